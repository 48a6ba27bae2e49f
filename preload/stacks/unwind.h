/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The unwinder: libunwind, loaded at run time, and when it is safe to call. Knows nothing of what
 * the stacks are for.
 *
 * libunwind is never linked: it exports _Unwind_* without versions and would take over the
 * exceptions of every C++ library that a C program loads later. dlopen(RTLD_LOCAL) keeps it out
 * of everybody's symbol scope.
 */
#ifndef CONNLEAK_UNWIND_H
#define CONNLEAK_UNWIND_H

#include <signal.h>
#include <stdbool.h>

/* Loads it, once. Calls dlopen: only where no other thread can hold the loader's lock and wait for
 * this one. That is so at a process's first pthread_create, and before it. */
void unwind_load(void);

/* Is there as much of this stack left as libunwind may need (here/bounds.h)? Ask it before a frame is
 * made for what unwind_take() fills. */
bool unwind_has_room(void);

/* Does the calling thread run a signal handler? True where that cannot be told. One or more system calls. */
bool unwind_in_signal_handler(void);

/* The return addresses of this thread's callers, innermost first. Returns how many; 0 when none
 * can be had now, which is counted. Keeps errno. Safe in signal handlers: in a thread that never
 * unwound before it declines there, because the first time allocates. */
int unwind_take(void **frames, int max);

/* Around whatever takes a lock that a fork of another thread would copy in its locked state: libunwind's own,
 * and the dynamic linker's of dl_iterate_phdr. False: not now, and in this process never. */
bool unwind_enter(void);
void unwind_leave(void);

/* libunwind asks the kernel whether there is memory where a guess leads it, by writing from there
 * into a pipe that it opens at its first use, keeps, and finds again by number. The program would
 * see two descriptors of ours; were it to close every descriptor, as a daemon does, what it opens
 * next would be read from, written to and closed by libunwind. So it gets no pipe while it works
 * for us, and its question another answer; both hooks that answer it ask here first.
 *
 * Is `address` part of libunwind, which is working for the calling thread? */
bool unwind_calls_from(const void *address);
/* Its sigprocmask(2), with all signals that there are. The kernel's answer: 0, or an error, negative. */
long unwind_masks(int how, const sigset_t *set, sigset_t *old);

/* In the child of a fork: were other threads inside at that moment, their locks are never released
 * here, and no stacks are taken any more. */
void unwind_after_fork(void);

#endif
