/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stacks in the dump: each stored once, and the counters of the sockets that were opened there. Knows
 * addresses; how they are found, and in which modules they lie, is somebody else's business.
 */
#ifndef CONNLEAK_STACKS_H
#define CONNLEAK_STACKS_H

#include <stdint.h>

#include "core/arena.h"

#define STACK_UNKNOWN 1u /* the stack without frames, always there; it, too, has counters */

/* The id of these return addresses, innermost first; 0: they are not stored yet. */
uint32_t stacks_find(struct recorder *r, void *const *frames, uint32_t depth);

/* The same, stored now or by another thread just before; STACK_UNKNOWN when there is no room, which is
 * counted. `modules`: how many were known when it was taken. Both are lock-free and async-signal-safe, but
 * for the moment in which the pool grows. */
uint32_t stacks_store(struct recorder *r, void *const *frames, uint32_t depth, uint32_t modules);

static inline struct dump_stack *stack_of(const struct recorder *r, uint32_t id)
{
	return arena_item(r, ARENA_STACKS, id - 1);
}

/* The arena is new: the first stack is the one without frames. */
void stacks_begin(struct recorder *r);

#endif
