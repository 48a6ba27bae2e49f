/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where connections of a place are first used, and where those are closed that are: the other half of what a leak's
 * opening stack tells. Once for each opening stack, so that it costs nothing after that. Knows neither hooks nor bytes.
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

/* Nothing had been written to connection `id`, which was in `c`, or read from it, before this: takes the caller's stack
 * if it is the first of its place's, and the client's first write or what a server reads first. */
COLD void traces_used(const struct dump_conn *c, uint64_t id, bool wrote);

/* A descriptor of `c` is about to be closed by the caller, who is not the end of the program. */
void traces_closed_slow(struct dump_stack *opened);

static inline void traces_closed(const struct dump_conn *c)
{
	struct dump_stack *opened = stack_of(&here, c->stack);

	if (unlikely(__atomic_load_n(&opened->closes_seen, __ATOMIC_RELAXED) < DUMP_CLOSED_AT) && c->stack != STACK_UNKNOWN &&
	    __atomic_load_n(&c->refs, __ATOMIC_RELAXED) == 1 && conn_is_connection(c))
		traces_closed_slow(opened);
}

#endif
