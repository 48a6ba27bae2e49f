/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who called, by id. Knows when a stack has to be unwound and what it is called in the dump; how it is
 * unwound is the unwinder's business.
 */
#ifndef CONNLEAK_STACK_H
#define CONNLEAK_STACK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/stacks.h"

/* The stack of the caller, by id. Keeps errno; async-signal-safe as unwind_take() is. */
uint32_t stack_here(void);

/* The id of these return addresses; STACK_UNKNOWN when the table is full, which is counted. */
uint32_t stack_intern(void *const *frames, uint32_t depth);

/* Is it an address in the recorder's own text? */
bool stack_is_own(const void *address);

/* Who asks when the caller has another kind of stack (Go's): an id, or 0: unwind as usual. NULL: nobody. */
extern uint32_t (*stack_elsewhere)(void);

/* Who knows of scripts is asked about each stack: `id` is that of the addresses (STACK_UNKNOWN: they could
 * not be had), `frame` the frame of stack_here() itself. Returns the id of the stack with the scripts' frames
 * in it, or `id`. NULL: no interpreter is in this process. */
extern uint32_t (*stack_scripts)(uint32_t id, const uintptr_t *frame);

/* The ids mean nothing any more: the child of a fork. */
void stack_forget(void);
/* How many times that was so. */
uint32_t stack_forgets(void);

#endif
