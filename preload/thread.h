/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads: this thread's slot in the dump; who was born, named, ended, and what each waits in.
 * Knows connections only by their ids.
 */
#ifndef CONNLEAK_THREAD_H
#define CONNLEAK_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "state.h"

/* What this thread knows of itself. Initial-exec: no allocation at first use, usable before any
 * constructor has run. */
struct self {
	uint32_t slot; /* index + 1; 0: not met yet */
	uint32_t id;
	uintptr_t stack_top;    /* somewhere near it; 0 unknown */
	uintptr_t stack_bottom; /* not below it; 0 unknown */
	bool unwinding;         /* inside libunwind: a signal handler must not enter it too */
	bool unwound;           /* libunwind has what it needs in this thread */
	bool nowhere;           /* there is no slot for this thread: counted once */
};

extern __thread struct self self __attribute__((tls_model("initial-exec")));

/* Slow path of thread_self(). */
struct dump_thread *thread_meet(void);

/* The calling thread's slot; NULL when there is none to be had. Async-signal-safe. */
static inline struct dump_thread *thread_self(void)
{
	if (likely(self.slot))
		return arena_item(ARENA_THREADS, self.slot - 1);
	return thread_meet();
}

/* Before a call that may block on connection `id`, and after it. The words stand alone, so that a
 * reader after SIGKILL finds them; a thread that leaves the call by longjmp keeps them until its
 * next call. */
static inline void thread_wait_begin(struct dump_thread *t, enum dump_call call, uint64_t id,
				     int epfd)
{
	t->waiting_on = id;
	t->waiting_since = state_now();
	t->waiting_epfd = epfd;
	__atomic_store_n(&t->waiting_in, call, __ATOMIC_RELEASE);
}

static inline void thread_wait_end(struct dump_thread *t)
{
	__atomic_store_n(&t->waiting_in, DUMP_CALL_none, __ATOMIC_RELAXED);
}

enum thread_use { THREAD_READ, THREAD_WROTE, THREAD_OPENED };

/* Slow path of thread_touch(): the first connection of this thread, or the second. */
void thread_touch_first(struct dump_thread *t, uint64_t id, uint32_t how);

/* The thread read from, wrote to or opened connection `id`. */
static inline void thread_touch(struct dump_thread *t, uint64_t id, uint32_t how)
{
	if (unlikely((t->flags & (how | DUMP_THREAD_MANY)) == 0 || t->touched != id))
		thread_touch_first(t, id, how);
}

/* Marks the thread as the opener of `id`: threads that it creates next may be that one's. */
void thread_opened(uint64_t id);

/* ---- birth and end, called by the hooks --------------------------------------------------------- */

/* A new thread is about to be made by the calling one. Returns its slot's index + 1, or 0 when
 * there is none (counted; the thread is then met when it calls us). */
uint32_t thread_birth(bool detached);
/* It was not made after all. */
void thread_stillborn(uint32_t slot);
/* Runs in the new thread, first thing: `stack_size` bytes of stack at least, 0 unknown. */
void thread_start(uint32_t slot, size_t stack_size);
/* Runs in the thread, last thing. */
void thread_end(void);
void thread_rename(uint32_t slot, const char *name);
bool thread_alive(uint32_t slot);
/* The calling thread becomes main (start of the process, or the child of a fork). */
void thread_main(void);

void thread_forget(void);

#endif
