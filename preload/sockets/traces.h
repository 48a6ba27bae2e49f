/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where connections of a place are first used, and where those are closed that are: the other half of
 * what a leak's opening stack tells. Once for each opening stack, so that it costs nothing after that.
 * Knows neither hooks nor bytes.
 *
 * Lock-free and async-signal-safe as stack_here() is.
 */
#ifndef CONNLEAK_TRACES_H
#define CONNLEAK_TRACES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/slot.h"
#include "core/stacks.h"
#include "here/presence.h"

/* Under the direction's lock, where nothing had been written to it, or read from it, before: the place that
 * opened it, if this is the client's first write or what a server reads first; else STACK_UNKNOWN. */
static inline uint32_t traces_opener(const struct dump_conn *c, bool wrote)
{
	uint8_t role = __atomic_load_n(&c->role, __ATOMIC_RELAXED);

	return role == (wrote ? DUMP_ROLE_CLIENT : DUMP_ROLE_SERVER) && c->stack ? c->stack : STACK_UNKNOWN;
}

/* After that, without the lock, for a stack takes its time: the caller's, if it is that place's first. */
COLD void traces_used(uint32_t opener);

/* A descriptor of `c` is about to be closed by the caller, who is not the end of the program. `stack` is its
 * stack, if it was taken, else 0; so is what is returned. */
uint32_t traces_closed_slow(struct dump_stack *opened, uint32_t stack);

static inline uint32_t traces_closed(const struct dump_conn *c, uint32_t stack)
{
	struct dump_stack *opened = stack_of(&here, c->stack);

	if (unlikely(__atomic_load_n(&opened->closes_seen, __ATOMIC_RELAXED) < DUMP_CLOSED_AT) &&
	    c->stack != STACK_UNKNOWN && __atomic_load_n(&c->refs, __ATOMIC_RELAXED) == 1 &&
	    conn_is_connection(c))
		return traces_closed_slow(opened, stack);
	return stack;
}

#endif
