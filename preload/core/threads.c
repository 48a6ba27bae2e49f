/* SPDX-License-Identifier: Apache-2.0 */
#include "core/threads.h"

#include <string.h>

#include "core/queue.h"

/* ---- birth and end -------------------------------------------------------------------------------- */

uint32_t threads_take(struct recorder *r)
{
	uint32_t index = free_list_pop(&r->free_threads);

	if (index == QUEUE_EMPTY)
		index = recorder_prepare(r) ? arena_take(r, ARENA_THREADS, 1) : ARENA_NONE;
	if (index == ARENA_NONE) {
		arena_lost(r, DUMP_LOST_THREADS, 1);
		return 0;
	}
	return index + 1;
}

struct dump_thread *threads_begin(struct recorder *r, uint32_t slot, uint32_t flags, uint64_t now)
{
	struct dump_thread *t = threads_at(r, slot);

	__atomic_store_n(&t->seq, t->seq | 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	memset((char *)t + sizeof t->seq, 0, sizeof *t - sizeof t->seq);
	t->id = __atomic_add_fetch(&r->last_thread, 1, __ATOMIC_RELAXED);
	t->flags = flags;
	t->waiting_epfd = -1;
	t->created_mono = now;
	return t;
}

void threads_finish(struct dump_thread *t)
{
	__atomic_store_n(&t->seq, (t->seq | 1) + 1, __ATOMIC_RELEASE);
}

void threads_unmake(struct recorder *r, uint32_t slot)
{
	threads_at(r, slot)->id = 0;
	free_list_push(&r->free_threads, slot - 1);
}

static void keep_for_a_while(struct recorder *r, uint32_t slot)
{
	uint32_t oldest;

	if (!queue_push(&r->ended, slot - 1))
		return;
	if (queue_size(&r->ended) <= THREADS_ENDED)
		return;
	oldest = queue_pop(&r->ended);
	if (oldest != QUEUE_EMPTY)
		threads_unmake(r, oldest + 1);
}

void threads_end(struct recorder *r, uint32_t slot, uint64_t now)
{
	struct dump_thread *t = threads_at(r, slot);

	t->ended_mono = now;
	threads_wait_end(t);
	threads_flag(t, DUMP_THREAD_ENDED);
	if (t->flags & (DUMP_THREAD_MAIN | DUMP_THREAD_FOREIGN))
		return;
	__atomic_fetch_add(&r->arena.process->threads_ended, 1, __ATOMIC_RELAXED);
	keep_for_a_while(r, slot);
}

void threads_rename(struct dump_thread *t, uint32_t id, const char *name)
{
	uint32_t seq = __atomic_load_n(&t->seq, __ATOMIC_RELAXED);

	if ((seq & 1) || !__atomic_compare_exchange_n(&t->seq, &seq, seq + 1, false, __ATOMIC_ACQUIRE,
						      __ATOMIC_RELAXED))
		return;
	if (t->id == id) {
		memset(t->name, 0, sizeof t->name);
		memcpy(t->name, name, strnlen(name, sizeof t->name - 1));
	}
	threads_finish(t);
}

/* ---- what it does --------------------------------------------------------------------------------- */

void threads_touch(struct dump_thread *t, uint64_t id, uint32_t how)
{
	if (!t->touched) {
		t->touched = id;
		threads_flag(t, how);
	} else if (t->touched == id) {
		threads_flag(t, how);
	} else {
		threads_flag(t, DUMP_THREAD_MANY);
	}
}

void threads_untouch(struct dump_thread *t, uint64_t id)
{
	if (t->touched != id || (t->flags & DUMP_THREAD_MANY))
		return;
	t->touched = 0;
	__atomic_fetch_and(&t->flags, ~(DUMP_THREAD_READ | DUMP_THREAD_WROTE | DUMP_THREAD_OPENED),
			   __ATOMIC_RELEASE);
}

static void newer(void *now, const void *then)
{
	const struct dump_thread *late = then;

	if (late->seq % 2 == 0 && (int32_t)(late->seq - ((struct dump_thread *)now)->seq) > 0)
		*(struct dump_thread *)now = *late;
}

void threads_settle(struct recorder *r)
{
	arena_settle(r, ARENA_THREADS, newer);
}
