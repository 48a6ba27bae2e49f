/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads in the dump: their slots, birth and end, what each touched first and what it waits in. Knows
 * connections by their ids and threads by their slots; which thread calls is somebody else's business.
 *
 * All functions are lock-free and async-signal-safe, but for the moment in which the pool grows.
 */
#ifndef CONNLEAK_THREADS_H
#define CONNLEAK_THREADS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"

/* The thread in `slot` (index + 1, not 0). */
static inline struct dump_thread *threads_at(const struct recorder *r, uint32_t slot)
{
	return arena_item(r, ARENA_THREADS, slot - 1);
}

/* ---- birth and end ------------------------------------------------------------------------------ */

/* A slot for a thread; makes the arena if there is none. 0: there is none to be had, which is counted. */
uint32_t threads_take(struct recorder *r);
/* The slot is a new thread's, with an id, and being written. */
struct dump_thread *threads_begin(struct recorder *r, uint32_t slot, uint32_t flags, uint64_t now);
/* It is written. */
void threads_finish(struct dump_thread *t);
/* It was not made after all, or there is another slot for it. */
void threads_unmake(struct recorder *r, uint32_t slot);
/* It ends: its slot stays to be looked at until enough others have ended, unless nobody saw it being made. */
void threads_end(struct recorder *r, uint32_t slot, uint64_t now);

static inline void threads_flag(struct dump_thread *t, uint32_t bits)
{
	__atomic_fetch_or(&t->flags, bits, __ATOMIC_RELEASE);
}

/* Thread `id`, if the slot is still its, gets a name, cut at what there is room for. Two may do so at once;
 * the second gives up rather than wait. */
void threads_rename(struct dump_thread *t, uint32_t id, const char *name);

/* ---- what it does ------------------------------------------------------------------------------- */

/* Before a call that may block on connection `id`, and after it. The words stand alone, so that a
 * reader after SIGKILL finds them; a thread that leaves the call by longjmp keeps them until its
 * next call. */
static inline void threads_wait_begin(struct dump_thread *t, uint32_t call, uint64_t id, int epfd,
				      uint64_t now)
{
	t->waiting_on = id;
	t->waiting_since = now;
	t->waiting_epfd = epfd;
	__atomic_store_n(&t->waiting_in, call, __ATOMIC_RELEASE);
}

static inline void threads_wait_end(struct dump_thread *t)
{
	__atomic_store_n(&t->waiting_in, DUMP_CALL_none, __ATOMIC_RELAXED);
}

/* Would threads_touch() learn anything from this use (one of DUMP_THREAD_READ, WROTE, OPENED,
 * CLOSED) of connection `id`? Most do not. */
static inline bool threads_touch_is_new(const struct dump_thread *t, uint64_t id, uint32_t how)
{
	return !(t->flags & DUMP_THREAD_MANY) && (t->touched != id || !(t->flags & how));
}

void threads_touch(struct dump_thread *t, uint64_t id, uint32_t how);

/* What it touched turned out to be no connection: it listens. */
void threads_untouch(struct dump_thread *t, uint64_t id);

/* Brings over what was written into anonymous memory while the file was made (arena.h). */
void threads_settle(struct recorder *r);

#endif
