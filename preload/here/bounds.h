/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which stack are we on, and how much of it is left? The one place that answers. Knows nothing of who
 * wants to know, nor what for.
 *
 * A thread's own stack is known from its birth on. Off it the kernel knows an alternate stack, and of a
 * coroutine's nobody tells, but for an interpreter that made it: else it counts as none. Where the answer is
 * less than what something needs, it is not done, and counted.
 *
 * All functions are async-signal-safe and keep errno.
 */
#ifndef CONNLEAK_BOUNDS_H
#define CONNLEAK_BOUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "here/self.h"

static inline bool bounds_own(uintptr_t at)
{
	return self.stack_bottom <= at && at < self.stack_top;
}

/* The end of this thread's own stack, up to which it may be read from `here` on, a place on it. NULL on
 * any other stack: there what lies above may not be mapped. A handful of instructions. */
static inline const uintptr_t *bounds_top(const uintptr_t *here)
{
	return bounds_own((uintptr_t)here) ? (const uintptr_t *)(self.stack_top & ~(sizeof here - 1)) : NULL;
}

/* A thread may be lent a stack of ours for one call (golang/enter.c): a level of it is so large, and this is
 * where the one in use ends and the next begins. 0: none was lent. */
#define BOUNDS_LENT 65536u
extern __thread uintptr_t bounds_lent __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* Bytes that are left below the caller's frame; 0 where nobody tells, and in a sandbox, where nobody may be
 * asked. One or two system calls, so ask it only before what needs much. */
size_t bounds_left(void);

/* An interpreter knows the stacks it makes for its fibers: bytes that are left below this place of the one
 * the calling thread is on; 0: on none, as far as can be proven. Needs little of it. NULL: nobody does. */
extern size_t (*bounds_fiber)(uintptr_t at);

/* As bounds_left(), and a fiber's, too: for what does not read beyond its own frame, which unwinding does. */
size_t bounds_room(void);

/* The calling thread is main, and on its stack. */
void bounds_main(void);

/* The calling thread is young, and has a stack of `size` bytes; 0: nobody told. */
void bounds_thread(size_t size);

#endif
