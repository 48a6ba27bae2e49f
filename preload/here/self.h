/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a thread knows of itself.
 */
#ifndef CONNLEAK_SELF_H
#define CONNLEAK_SELF_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

struct dump_conn;
struct dump_thread;

/* What this thread knows of itself. Initial-exec: no allocation at first use, usable before any
 * constructor has run. */
struct self {
	struct dump_thread *at; /* the slot, once it is in the file, where it stays; else NULL */
	uint32_t slot; /* index + 1; 0: not met yet, or ended */
	uint32_t id;
	uint32_t opened_at; /* slot of the connection that it opened last */
	const struct dump_conn *accepting; /* while a connection is born of it: the listening socket; else NULL */
	uintptr_t stack_top;    /* of its own stack: readable up to here (here/bounds.h) */
	uintptr_t stack_bottom; /* not below it */
	bool stack_grows;       /* main's, which has a limit */
	struct dump_conn *touched; /* the first socket read or written since tls_begin(); NULL none */
	uint64_t touched_id;       /* of that connection */
	uint32_t inside;        /* how deep in the recorder; handlers come on top */
	uint32_t gated;         /* how often it is in what happens to threads (threads/gate.h) */
	uint32_t not_vforked;   /* so deep it is known that this is no vfork's child; 0 nowhere (state_vforked()) */
	bool unwinding;         /* inside libunwind: a signal handler must not enter it too */
	bool unwound;           /* libunwind has what it needs in this thread */
	bool nowhere;           /* there is no slot for this thread: counted once */
	uint32_t closed_twice;  /* index + 1 of what was noted of its last close (sockets/twice.h); 0 nothing */
	uint64_t closed, closed_before; /* the last two: from where, and which number */
};

extern __thread struct self self __attribute__((tls_model("initial-exec")));

/* True. The compiler may not put later loads before the increment; the processor may, and
 * thread_quiesce() makes it decide. */
static inline bool thread_inside(void)
{
	self.inside++;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	return true;
}

/* Returns errno as it was. */
static inline int thread_enter(void)
{
	thread_inside();
	return errno;
}

static inline void thread_leave(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	self.inside--;
}

#endif
