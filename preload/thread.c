/* SPDX-License-Identifier: Apache-2.0 */
#include "thread.h"

#include <string.h>

#include "queue.h"
#include "stack.h"
#include "unwind.h"

/* How many ended threads stay to be looked at; older ones live on in the process's counters. */
#define HISTORY 1024u
#define THREADS_MAX (((1u << 12) - 1) << 6) /* as the arena's table of pools has it */

__thread struct self self __attribute__((tls_model("initial-exec")));

static uint32_t next_id = 1;
static uint32_t free_next[THREADS_MAX];
static struct free_list free_slots = {0, free_next};
static struct queue_cell ended_cells[HISTORY * 2];
static struct queue ended;

static void set_flags(struct dump_thread *t, uint32_t bits)
{
	__atomic_fetch_or(&t->flags, bits, __ATOMIC_RELEASE);
}

static uint32_t take_slot(void)
{
	uint32_t index = free_list_pop(&free_slots);

	if (index == QUEUE_EMPTY)
		index = arena_prepare() ? arena_take(ARENA_THREADS, 1) : ARENA_NONE;
	if (index == ARENA_NONE) {
		arena_lost(DUMP_LOST_THREADS, 1);
		return 0;
	}
	return index + 1;
}

static struct dump_thread *begin(uint32_t slot, uint32_t flags)
{
	struct dump_thread *t = arena_item(ARENA_THREADS, slot - 1);

	__atomic_store_n(&t->seq, t->seq | 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	memset((char *)t + sizeof t->seq, 0, sizeof *t - sizeof t->seq);
	t->id = __atomic_fetch_add(&next_id, 1, __ATOMIC_RELAXED);
	t->flags = flags;
	t->waiting_epfd = -1;
	t->created_mono = state_now();
	return t;
}

static void finish(struct dump_thread *t)
{
	__atomic_store_n(&t->seq, (t->seq | 1) + 1, __ATOMIC_RELEASE);
}

/* ---- meeting threads -------------------------------------------------------------------------- */

static void read_name(struct dump_thread *t)
{
	char name[16] = "";

	if (!state.sandboxed && sys_call5(SYS_prctl, 16 /* PR_GET_NAME */, name, 0, 0, 0) == 0)
		memcpy(t->name, name, sizeof t->name);
}

/* A thread that no hook of ours saw being made: main, or the work of a raw clone. */
struct dump_thread *thread_meet(void)
{
	uint32_t tid, slot;
	struct dump_thread *t;

	if (self.nowhere)
		return NULL;
	slot = take_slot();
	if (!slot) {
		self.nowhere = true;
		return NULL;
	}
	tid = state.sandboxed ? 0 : (uint32_t)sys_call0(SYS_gettid);
	t = begin(slot, DUMP_THREAD_STARTED |
				(tid == state.pid ? DUMP_THREAD_MAIN : DUMP_THREAD_FOREIGN));
	t->tid = tid;
	t->stack = STACK_UNKNOWN;
	read_name(t);
	self.id = t->id;
	finish(t);
	self.slot = slot;
	return t;
}

void thread_main(void)
{
	extern void *__libc_stack_end;

	if (!self.stack_top)
		self.stack_top = (uintptr_t)__libc_stack_end;
}

void thread_touch_first(struct dump_thread *t, uint64_t id, uint32_t how)
{
	if (!t->touched) {
		t->touched = id;
		set_flags(t, how);
	} else if (t->touched == id) {
		set_flags(t, how);
	} else {
		set_flags(t, DUMP_THREAD_MANY);
	}
}

void thread_opened(uint64_t id)
{
	struct dump_thread *t = thread_self();

	if (!t)
		return;
	t->opened_last = id;
	thread_touch(t, id, DUMP_THREAD_OPENED);
}

/* ---- birth and end ------------------------------------------------------------------------------ */

uint32_t thread_birth(bool detached)
{
	struct dump_thread *creator = thread_self(), *t;
	uint32_t stack, slot;

	if (!creator)
		return 0;
	stack = stack_here();
	slot = take_slot();
	if (!slot)
		return 0;
	t = begin(slot, detached ? DUMP_THREAD_DETACHED : 0);
	creator = thread_self();
	t->created_by = creator->id;
	t->born_for = creator->opened_last;
	t->stack = stack;
	memcpy(t->name, creator->name, sizeof t->name); /* as the kernel does */
	finish(t);
	__atomic_fetch_add(&arena.process->threads_made, 1, __ATOMIC_RELAXED);
	return slot;
}

void thread_stillborn(uint32_t slot)
{
	struct dump_thread *t = arena_item(ARENA_THREADS, slot - 1);

	t->id = 0;
	__atomic_fetch_sub(&arena.process->threads_made, 1, __ATOMIC_RELAXED);
	free_list_push(&free_slots, slot - 1);
}

void thread_start(uint32_t slot, size_t stack_size)
{
	struct dump_thread *t = arena_item(ARENA_THREADS, slot - 1);
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	if (self.slot) { /* a signal handler was faster than we, and the thread was met there */
		((struct dump_thread *)arena_item(ARENA_THREADS, self.slot - 1))->id = 0;
		free_list_push(&free_slots, self.slot - 1);
	}
	self.slot = slot;
	self.id = t->id;
	self.stack_top = (here | 4095) - 7;
	if (stack_size && stack_size < here)
		self.stack_bottom = here - stack_size + 4096;
	if (!state.sandboxed)
		t->tid = (uint32_t)sys_call0(SYS_gettid);
	set_flags(t, DUMP_THREAD_STARTED);
}

static void keep_for_a_while(uint32_t index)
{
	uint32_t oldest;

	if (!ended.cells)
		queue_init(&ended, ended_cells, HISTORY * 2);
	if (!queue_push(&ended, index))
		return;
	if (queue_size(&ended) <= HISTORY)
		return;
	oldest = queue_pop(&ended);
	if (oldest == QUEUE_EMPTY)
		return;
	((struct dump_thread *)arena_item(ARENA_THREADS, oldest))->id = 0;
	free_list_push(&free_slots, oldest);
}

void thread_end(void)
{
	uint32_t slot = self.slot;
	struct dump_thread *t;

	if (!slot || state_forked())
		return;
	t = arena_item(ARENA_THREADS, slot - 1);
	t->ended_mono = state_now();
	thread_wait_end(t);
	set_flags(t, DUMP_THREAD_ENDED);
	self.slot = 0;
	self.nowhere = true; /* what its destructors still do is nobody's */
	if (t->flags & (DUMP_THREAD_MAIN | DUMP_THREAD_FOREIGN))
		return;
	__atomic_fetch_add(&arena.process->threads_ended, 1, __ATOMIC_RELAXED);
	keep_for_a_while(slot - 1);
}

void thread_rename(uint32_t slot, const char *name)
{
	struct dump_thread *t = arena_item(ARENA_THREADS, slot - 1);

	__atomic_store_n(&t->seq, t->seq | 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	memset(t->name, 0, sizeof t->name);
	memcpy(t->name, name, strnlen(name, sizeof t->name - 1));
	finish(t);
}

bool thread_alive(uint32_t slot)
{
	const struct dump_thread *t = arena_item(ARENA_THREADS, slot - 1);

	return t->id && !(t->flags & DUMP_THREAD_ENDED);
}

void thread_forget(void)
{
	uintptr_t top = self.stack_top, bottom = self.stack_bottom;
	bool unwound = self.unwound;

	next_id = 1;
	free_slots.head = 0;
	memset(&ended, 0, sizeof ended);
	self = (struct self){.stack_top = top, .stack_bottom = bottom, .unwound = unwound};
}
