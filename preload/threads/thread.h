/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads: this thread's slot in the dump; who was born, named, ended, and what each waits in.
 * Knows connections only by their ids.
 */
#ifndef CONNLEAK_THREAD_H
#define CONNLEAK_THREAD_H

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/threads.h"
#include "here/self.h"
#include "here/presence.h"
#include "threads/handle.h"

/* Returns when no other thread is inside the recorder that was so when it was called, or after a
 * fifth of a second: one may have left a handler by longjmp. Threads that nobody saw being made do
 * not count. Makes system calls. */
void thread_quiesce(void);

/* Slow path of thread_self(). */
struct dump_thread *thread_self_slow(void);

/* The calling thread's slot; NULL when there is none to be had. Async-signal-safe. */
static inline struct dump_thread *thread_self(void)
{
	return likely(self.at) ? self.at : thread_self_slow();
}

/* What is written of a thread without a slot, by any number of them: nobody reads it. */
extern struct dump_thread thread_nobody;

/* As thread_self(), but never NULL. */
static inline struct dump_thread *thread_self_or_nobody(void)
{
	struct dump_thread *t = self.at;

	if (unlikely(!t) && !(t = thread_self_slow()))
		t = &thread_nobody;
	return t;
}

/* The sockets that one call waits for, gathered before it. */
struct thread_wait {
	uint64_t ids[1 + DUMP_WAIT_ALSO];
	uint32_t count; /* all of them, also those whose ids did not fit */
};

/* As threads_wait_begin(), for the calling thread and any number of sockets. */
void thread_wait_for(const struct thread_wait *sockets, enum dump_call call);
/* And for what is in the epoll set `epfd`: which sockets those are is on record with each of them.
 * False when there is nothing to record for: then there is no wait to end. */
bool thread_waits_for_set(int epfd, enum dump_call call);

/* The calling thread waits no more, in whatever it did. */
void thread_wait_over(void);

/* What the calling thread opened turned out to be no connection: it listens. */
void thread_untouch(uint64_t id);

/* The calling thread opened connection `id`, in slot `index`: threads that it creates next may be
 * that one's. */
static inline void thread_opened(uint64_t id, uint32_t index)
{
	struct dump_thread *t = thread_self();

	if (!t)
		return;
	t->opened_last = id;
	self.opened_at = index + 1;
	if (threads_touch_is_new(t, id, DUMP_THREAD_OPENED))
		threads_touch(t, id, DUMP_THREAD_OPENED);
}

/* ---- birth and end, called by the hooks --------------------------------------------------------- */

/* A thread by its slot, as long as the slot is that thread's. */
struct thread_ref {
	uint32_t slot; /* index + 1; 0: not recorded */
	uint32_t id;
};

/* A new thread is about to be made by the calling one, perhaps for connection `born_for`. The slot
 * is 0 when there is none (counted; the thread is then met when it calls us). */
struct thread_ref thread_birth(bool detached, uint64_t born_for);
/* It was not made after all. */
void thread_stillborn(struct thread_ref it);
/* Runs in the new thread, first thing: `stack_size` bytes of stack at least, 0 unknown. */
void thread_start(uint32_t slot, size_t stack_size);
/* Runs in the thread, last thing. */
void thread_end(void);
/* The calling thread ends now, if it is one that thread_start() never saw: main, for example. */
void thread_end_unborn(void);

/* ---- by handle --------------------------------------------------------------------------------- */

/* Before what the program does with the handle: afterwards it may be another thread's. Slot 0: the
 * thread has not come to its first line yet, or nothing is known of it. */
struct thread_ref thread_find(pthread_t handle);

/* After it: `it` is what thread_find() said before. A thread that came to its first line meanwhile
 * is looked for, and asks the kernel for its name. */
void thread_named(struct thread_ref it, pthread_t handle, const char *name);
void thread_joined(struct thread_ref it, pthread_t handle);
/* Before it. */
void thread_detached(pthread_t handle);

/* The calling thread gave itself a name, which the kernel has read. */
void thread_renamed_self(const char *name);

/* The calling thread becomes main (start of the process, or the child of a fork). */
void thread_main(void);

/* ---- goroutines ------------------------------------------------------------------------------------ */

struct thread_goroutine {
	uint64_t goid;
	uint32_t made_by; /* thread id */
	uint32_t stack;   /* where the go statement was */
	char name[16];
};

/* One was met. Slot 0: there is none to be had, which is counted. */
struct thread_ref thread_goroutine(const struct thread_goroutine *it);
void thread_goroutine_ended(struct thread_ref it);
/* At the end. */
struct thread_parked {
	uint32_t in;     /* string; 0 nothing */
	uint64_t since;  /* CLOCK_MONOTONIC ns, 0 unknown */
	bool waits;      /* still for what it waited for */
	uint32_t is;     /* HANDED_OUT, READS_BODY, HANDLES */
};
void thread_goroutine_parked(struct thread_ref it, const struct thread_parked *parked);
void thread_forget(void);

#endif
