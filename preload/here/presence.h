/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of the recorder in this process: is it on, whose process is this, may we make system
 * calls, what time is it. Owns no connection, no thread and no file.
 */
#ifndef CONNLEAK_PRESENCE_H
#define CONNLEAK_PRESENCE_H

#include <stdbool.h>
#include <stdint.h>
#if __has_include(<sys/single_threaded.h>) /* glibc 2.32 */
#include <sys/single_threaded.h>
#else
#define __libc_single_threaded 0 /* nobody tells: there may always be more */
#endif
#include <time.h>

#include "core/arena.h"
#include "core/compiler.h"
#include "connleak/sys.h"
#include "here/self.h"

struct state {
	uint32_t *alive;  /* 1 + forks, in a page that the kernel wipes in the child of a fork, once there is one */
	uint32_t pid;     /* of the process that owns this memory */
	uint32_t forks;   /* how many forks lie between the program's start and this process */
	int begun;        /* process_begin() was called */
	bool off;         /* CONNLEAK_DISABLE, or no memory to be had: record nothing */
	bool sandboxed;   /* a seccomp filter was installed: no system call of our own any more */
	bool threaded;    /* there is, or was, a second thread */
	int (*clock)(clockid_t, struct timespec *); /* until process_begin() one that stands still */
};

extern struct state state;

/* The one recorder of this process: what is known of it. */
extern struct recorder here;

/* Either is set before the second thread runs, so that who reads it late is alone all the same. libc's own
 * word also tells of threads that it makes without a call of ours: for SIGEV_THREAD, getaddrinfo_a, aio. A
 * thread of a raw clone is known from its first event on. */
static inline bool state_threaded(void)
{
#if __has_include(<sys/single_threaded.h>)
	return !__atomic_load_n(&__libc_single_threaded, __ATOMIC_RELAXED) ||
	       __atomic_load_n(&state.threaded, __ATOMIC_RELAXED);
#else
	return true;
#endif
}

static inline void state_set_threaded(void)
{
	__atomic_store_n(&state.threaded, true, __ATOMIC_RELAXED);
}

/* Which process this is, of those that a fork leads to from the program's start: 1, 2, ...; 0 in the child of
 * a fork until process_reborn(): this memory is a copy, the mapped file the parent's. Two loads. Sees every
 * kind of fork, also those that run no atfork handlers. */
static inline uint32_t state_process(void)
{
	return __atomic_load_n(state.alive, __ATOMIC_RELAXED);
}

static inline bool state_forked(void)
{
	return unlikely(!state_process());
}

/* True in the child of a vfork, which runs in the parent's memory (the page is not wiped): nothing may be
 * touched. One system call, so ask it only where a tracked descriptor is at stake; in a sandbox, where we may
 * not ask, the answer is no. Who knows that this call is none of such a child's says so in self.not_vforked,
 * by how deep it is: a signal handler that forks meanwhile is deeper. */
static inline bool state_vforked(void)
{
	if (self.not_vforked && self.not_vforked == self.inside)
		return false;
	return !state.sandboxed && (uint32_t)sys_call0(SYS_getpid) != state.pid;
}

static inline uint64_t state_ask(clockid_t clock)
{
	struct timespec t;

	state.clock(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* CLOCK_MONOTONIC in ns, as coarse as the kernel's tick (1 to 10 ms, 5 ns a call): one clock for
 * all times in the dump, so that they are in order among each other. */
static inline uint64_t state_now(void)
{
	return state_ask(CLOCK_MONOTONIC_COARSE);
}

/* The same clock, exactly. Where vdso(7) has no way to it this is a system call: not for a sandbox. */
static inline uint64_t state_now_exactly(void)
{
	return state_ask(CLOCK_MONOTONIC);
}

#endif
