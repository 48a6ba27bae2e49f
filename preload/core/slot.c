/* SPDX-License-Identifier: Apache-2.0 */
#include "core/slot.h"

#include <stddef.h>
#include <string.h>

#include "connleak/exchange.h"
#include "core/compiler.h"
#include "core/queue.h"
#include "core/series.h"
#include "core/stacks.h"
#include "core/streams.h"
#include "core/tasks.h"

/* ---- recycling --------------------------------------------------------------------------------- */

static bool half_seize(struct dump_half *h)
{
	uint32_t seq = __atomic_load_n(&h->seq, __ATOMIC_RELAXED);

	return !(seq & 1) && __atomic_compare_exchange_n(&h->seq, &seq, seq + 1, false, __ATOMIC_ACQUIRE,
							 __ATOMIC_RELAXED);
}

static void half_let_go(struct dump_half *h)
{
	__atomic_store_n(&h->seq, __atomic_load_n(&h->seq, __ATOMIC_RELAXED) + 1, __ATOMIC_RELEASE);
}

void slot_identify(struct dump_conn *c, uint64_t id, uint64_t inode)
{
	if (!half_seize(&c->in))
		return; /* a thread is at the end of a read, or the slot is being recycled */
	if (c->id == id)
		__atomic_store_n(&c->inode, inode, __ATOMIC_RELAXED);
	half_let_go(&c->in);
}

/* A thread may still be at the end of a read or a write on the closed connection. It holds that
 * direction; who holds both may give the slot another id, and holds them until slot_publish(). */
static bool seize(struct dump_conn *c)
{
	if (!half_seize(&c->in))
		return false;
	if (half_seize(&c->out))
		return true;
	half_let_go(&c->in);
	return false;
}

static void let_go_of_both(struct dump_conn *c)
{
	half_let_go(&c->in);
	half_let_go(&c->out);
}

/* A response was begun or awaited and is not finished, and the program was not told that none would come:
 * closing it then was closing it early. Stdio may have moved bytes that we did not see. */
static enum exchange_outstanding cut_short(const struct dump_conn *c, const struct dump_streams *streams)
{
	if (!exchange_followed(c, streams) || (slot_flags(c) & DUMP_STDIO) || exchange_told(c))
		return EXCHANGE_NOTHING;
	return exchange_outstanding(c, streams);
}

static void count_closed(struct recorder *r, const struct dump_conn *c, const struct dump_streams *streams)
{
	enum exchange_outstanding early = cut_short(c, streams);
	struct dump_stack *s = stack_of(r, c->stack);

	__atomic_fetch_add(early ? &s->closed_early : &s->closed, 1, __ATOMIC_RELAXED);
	if (early == EXCHANGE_AWAITED)
		__atomic_fetch_add(&s->closed_unread, 1, __ATOMIC_RELAXED);
	if (slot_flags(c) & DUMP_CONNECTED)
		__atomic_fetch_add(&s->connections, 1, __ATOMIC_RELAXED);
	if (slot_flags(c) & DUMP_CLOSED_UNSEEN)
		__atomic_fetch_add(&s->unseen, 1, __ATOMIC_RELAXED);
	if (exchange_counted(c)) {
		__atomic_fetch_add(&s->requests, exchange_requests(c)->begun, __ATOMIC_RELAXED);
		__atomic_fetch_add(&s->responses, exchange_responses_done(c), __ATOMIC_RELAXED);
	}
}

/* Counts a closed connection into its call site and frees its slot. False when somebody is still
 * at it. */
static bool recycle(struct recorder *r, uint32_t index)
{
	struct dump_conn *c = arena_item(r, ARENA_CONNECTIONS, index);

	if (!seize(c))
		return false;
	if (__atomic_load_n(&c->state, __ATOMIC_RELAXED) != DUMP_CLOSED) { /* it came back: slot_revive() */
		let_go_of_both(c);
		return true;
	}
	count_closed(r, c, streams_there(r, index));
	__atomic_store_n(&c->state, DUMP_RECYCLING, __ATOMIC_RELEASE);
	streams_drop(r, index);
	tasks_drop(r, index);
	__atomic_store_n(&c->id, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&c->state, DUMP_FREE, __ATOMIC_RELEASE);
	free_list_push(&r->free_slots, index);
	return true;
}

static bool recycle_oldest(struct recorder *r)
{
	uint32_t oldest = queue_pop(&r->closed);

	if (oldest == QUEUE_EMPTY)
		return false;
	if (recycle(r, oldest))
		return true;
	queue_push(&r->closed, oldest); /* no room: then it keeps its slot for good */
	return false;
}

bool slot_cut_short(const struct recorder *r, uint32_t index)
{
	struct dump_conn *c = arena_item(r, ARENA_CONNECTIONS, index);
	bool until_close, cut;

	if (!seize(c))
		return false; /* another thread is at work on it: what it leaves is not known yet */
	until_close = (__atomic_load_n(&c->has, __ATOMIC_RELAXED) & DUMP_HAS_REQUESTS_IN) &&
		      (exchange_responses(c)->flags & DUMP_FRAME_UNTIL_CLOSE); /* that is how such a response ends */
	cut = exchange_has_framing(c) && !until_close && cut_short(c, streams_there(r, index)) != EXCHANGE_NOTHING;
	let_go_of_both(c);
	return cut;
}

/* ---- taking and publishing -------------------------------------------------------------------- */

/* All but the sequence number that it begins with. In pieces: for one of 120 bytes gcc takes an instruction
 * that begins slowly (rep stos). */
static void clear_half(struct dump_half *h)
{
	memset(&h->seq + 1, 0, sizeof *h - sizeof h->seq);
}

/* Before the halves; and no descriptor. Who let go of the last descriptor but one may still be
 * looking for its number among these. It is not among the next connection's: a number is free again
 * only when that thread has returned. */
static void clear(struct dump_conn *c)
{
	char *at = (char *)c;

	memset(&c->seq + 1, 0, 64 - sizeof c->seq);
	memset(at + 64, 0, offsetof(struct dump_conn, fds) - 64);
	for (unsigned i = 0; i < 4; i += 2)
		__atomic_store_n((uint64_t *)(void *)&c->fds[i], ~0ull, __ATOMIC_RELAXED);
	memset(c->fds + 4, 0, offsetof(struct dump_conn, in) - offsetof(struct dump_conn, fds) - sizeof c->fds);
}
_Static_assert(offsetof(struct dump_conn, fds) % 8 == 0, "two at a time");

/* A slot that was never used is not held yet. One that was is held since recycle(): others may still look at
 * the number, and change nothing. */
static void half_hold(struct dump_half *h)
{
	__atomic_store_n(&h->seq, __atomic_load_n(&h->seq, __ATOMIC_RELAXED) | 1, __ATOMIC_RELAXED);
}

/* One that nobody has had yet. Without room to grow the oldest closed one goes early. */
static __attribute__((noinline)) uint32_t take_new(struct recorder *r)
{
	uint32_t index = arena_take(r, ARENA_CONNECTIONS, 1);

	if (unlikely(index == ARENA_NONE) && recycle_oldest(r))
		index = free_list_pop(&r->free_slots);
	if (unlikely(index == QUEUE_EMPTY))
		arena_lost(r, DUMP_LOST_CONNECTIONS, 1);
	return index;
}

struct dump_conn *slot_take(struct recorder *r, uint32_t *index)
{
	struct dump_conn *c;

	*index = free_list_pop(&r->free_slots);
	if (*index == QUEUE_EMPTY && (*index = take_new(r)) == QUEUE_EMPTY)
		return NULL;
	c = arena_item(r, ARENA_CONNECTIONS, *index);
	__atomic_store_n(&c->seq, c->seq | 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	clear(c);
	half_hold(&c->in);
	half_hold(&c->out);
	clear_half(&c->in);
	clear_half(&c->out);
	__atomic_store_n(&c->id, __atomic_fetch_add(&r->arena.process->next_id, 1, __ATOMIC_RELAXED),
			 __ATOMIC_RELAXED);
	return c;
}

INLINE void count_open(struct recorder *r, const struct dump_conn *c, struct dump_stack *s, uint64_t when)
{
	uint64_t now = __atomic_add_fetch(&s->open_now, 1, __ATOMIC_RELAXED);
	uint64_t all = __atomic_add_fetch(&r->arena.process->open_now, 1, __ATOMIC_RELAXED);
	uint64_t max = __atomic_load_n(&s->open_max, __ATOMIC_RELAXED);

	series_note(r, c->stack, s, when, now, all, true);
	while (now > max && !__atomic_compare_exchange_n(&s->open_max, &max, now, true,
							 __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

static void count_opened(struct recorder *r, const struct dump_conn *c)
{
	struct dump_stack *s = stack_of(r, c->stack);

	count_open(r, c, s, c->opened_mono);
	__atomic_fetch_add(&s->opened, 1, __ATOMIC_RELAXED);
}

static void count_closed_now(struct recorder *r, uint32_t stack, uint64_t now)
{
	struct dump_stack *s = stack_of(r, stack);
	uint64_t here = __atomic_fetch_sub(&s->open_now, 1, __ATOMIC_RELAXED);
	uint64_t all = __atomic_fetch_sub(&r->arena.process->open_now, 1, __ATOMIC_RELAXED);

	series_note(r, stack, s, now, here, all, false);
}

/* When the last descriptor is gone the file cannot be opened any more, to be extended by what the kernel says
 * of each at the end: near the limit there is room for that before. */
static void reserve_for_the_end(struct recorder *r, uint32_t descriptors)
{
	uint64_t limit = r->arena.process->nofile_began;

	if (limit <= ARENA_KERNEL_MAX && descriptors >= limit - limit / 10)
		arena_reserve(r, ARENA_KERNEL, (uint32_t)limit);
}

/* It was born with this number. What was inherited, and what came as a copy, may have any. */
static void count_descriptor(struct recorder *r, const struct dump_conn *c, int fd)
{
	uint32_t *end = &r->arena.process->descriptors, is = __atomic_load_n(end, __ATOMIC_RELAXED);

	if (likely((uint32_t)fd < is) || (c->flags & DUMP_INHERITED))
		return;
	while ((uint32_t)fd >= is &&
	       !__atomic_compare_exchange_n(end, &is, (uint32_t)fd + 1, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
	reserve_for_the_end(r, (uint32_t)fd + 1);
}

void slot_publish(struct recorder *r, struct dump_conn *c, int fd)
{
	__atomic_store_n(&c->fds[0], fd, __ATOMIC_RELAXED);
	if (!c->stack)
		c->stack = STACK_UNKNOWN;
	__atomic_store_n(&c->state, DUMP_OPEN, __ATOMIC_RELAXED);
	__atomic_store_n(&c->refs, 1, __ATOMIC_RELEASE); /* a dup() that was late may look at it */
	half_let_go(&c->in);
	half_let_go(&c->out);
	__atomic_store_n(&c->seq, c->seq + 1, __ATOMIC_RELEASE);
	count_descriptor(r, c, fd);
	count_opened(r, c);
}

/* ---- sharing and letting go ------------------------------------------------------------------- */

void slot_name(struct dump_conn *c, int fd)
{
	for (unsigned i = 0; i < 4; i++)
		if (__atomic_load_n(&c->fds[i], __ATOMIC_RELAXED) == fd)
			return;
	for (unsigned i = 0; i < 4; i++) {
		int32_t nobody = -1;

		if (__atomic_compare_exchange_n(&c->fds[i], &nobody, fd, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			return;
	}
}

bool slot_share(struct dump_conn *c, int fd)
{
	uint32_t refs = __atomic_load_n(&c->refs, __ATOMIC_RELAXED);

	do {
		if (!refs)
			return false;
	} while (!__atomic_compare_exchange_n(&c->refs, &refs, refs + 1, true, __ATOMIC_ACQ_REL,
					      __ATOMIC_RELAXED));
	slot_name(c, fd);
	return true;
}

bool slot_revive(struct recorder *r, uint32_t index, uint64_t inode, int fd, uint64_t now)
{
	struct dump_conn *c = arena_item(r, ARENA_CONNECTIONS, index);
	uint32_t seq = c->seq;
	bool there, had = seize(c);

	there = had && __atomic_load_n(&c->state, __ATOMIC_RELAXED) == DUMP_CLOSED && c->inode == inode;
	if (there) {
		__atomic_store_n(&c->seq, seq + 1, __ATOMIC_RELAXED);
		__atomic_thread_fence(__ATOMIC_RELEASE);
		c->closed_mono = 0;
		for (unsigned i = 0; i < 4; i++)
			__atomic_store_n(&c->fds[i], i ? -1 : fd, __ATOMIC_RELAXED);
		__atomic_store_n(&c->state, DUMP_OPEN, __ATOMIC_RELAXED);
		__atomic_store_n(&c->refs, 1, __ATOMIC_RELEASE);
		__atomic_store_n(&c->seq, seq + 2, __ATOMIC_RELEASE);
	}
	if (had)
		let_go_of_both(c);
	if (there)
		count_open(r, c, stack_of(r, c->stack), now);
	return there;
}

/* Twice: one that could not be recycled when it was its turn went to the end. */
static __attribute__((noinline)) void keep_the_last(struct recorder *r)
{
	for (int i = 0; i < 2 && queue_size(&r->closed) > r->told.history; i++)
		recycle_oldest(r);
}

static __attribute__((noinline)) void keep_none(struct recorder *r, uint32_t index)
{
	if (!__atomic_load_n(&r->arena.process->ending, __ATOMIC_RELAXED))
		recycle(r, index);
}

INLINE void closed_for_good(struct recorder *r, uint32_t index, struct dump_conn *c, bool unseen,
			    uint64_t now)
{
	if (unseen)
		slot_flag(c, DUMP_CLOSED_UNSEEN);
	c->closed_mono = now;
	__atomic_store_n(&c->state, DUMP_CLOSED, __ATOMIC_RELEASE);
	count_closed_now(r, c->stack, now);
	if (unlikely(!queue_push(&r->closed, index)))
		keep_none(r, index);
	else if (unlikely(__atomic_load_n(&r->arena.process->ending, __ATOMIC_RELAXED)))
		return; /* each of them has its verdict still: none gives way to the next */
	else if (queue_size(&r->closed) > r->told.history)
		keep_the_last(r);
}

/* The last ones stay, to be named in the report. */
static __attribute__((noinline)) void one_less(struct dump_conn *c, int fd)
{
	for (unsigned i = 0; i < 4; i++) {
		int32_t it = fd;

		if (__atomic_compare_exchange_n(&c->fds[i], &it, -1, false, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			break;
	}
}

void slot_release_of(struct recorder *r, struct dump_conn *c, uint32_t index, int fd, bool unseen,
		     uint64_t now)
{
	uint32_t left = __atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL);

	if (likely(left == 0))
		closed_for_good(r, index, c, unseen, now);
	else
		one_less(c, fd);
}

void slot_release(struct recorder *r, uint32_t index, int fd, bool unseen, uint64_t now)
{
	slot_release_of(r, arena_item(r, ARENA_CONNECTIONS, index), index, fd, unseen, now);
}
