/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/traces.h"

#include "here/options.h"
#include "stacks/stack.h"

/* Of two threads one is first. What was not to be had is not tried again: STACK_UNKNOWN stays. */
void traces_used(uint32_t opener)
{
	struct dump_stack *opened = stack_of(&here, opener);
	uint32_t none = 0, stack;

	if (!options.stack_depth || __atomic_load_n(&opened->first_used, __ATOMIC_RELAXED) ||
	    !__atomic_compare_exchange_n(&opened->first_used, &none, STACK_UNKNOWN, false,
					 __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return;
	stack = stack_here();
	__atomic_store_n(&opened->first_used, stack, __ATOMIC_RELEASE);
}

/* The first few closes, wherever they are. */
uint32_t traces_closed_slow(struct dump_stack *opened, uint32_t stack)
{
	uint32_t n = __atomic_fetch_add(&opened->closes_seen, 1, __ATOMIC_RELAXED);

	if (n >= DUMP_CLOSED_AT || !options.stack_depth)
		return stack;
	if (!stack)
		stack = stack_here();
	__atomic_store_n(&opened->closed_at[n], stack, __ATOMIC_RELEASE);
	return stack;
}
