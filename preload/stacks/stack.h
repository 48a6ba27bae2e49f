/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stacks: who called, each stored once, and the counters of the sockets that were opened there.
 * Knows how to intern addresses; how they are found is the unwinder's business.
 */
#ifndef CONNLEAK_STACK_H
#define CONNLEAK_STACK_H

#include <stdint.h>

#include "connleak/dump.h"

#define STACK_UNKNOWN 1u /* the stack without frames, always there; it, too, has counters */

/* The stack of the caller, by id. Keeps errno; async-signal-safe as unwind_take() is. */
uint32_t stack_here(void);

/* The id of these return addresses; STACK_UNKNOWN when the table is full, which is counted. */
uint32_t stack_intern(void *const *frames, uint32_t depth);

struct dump_stack *stack_of(uint32_t id);

void stack_forget(void);

#endif
