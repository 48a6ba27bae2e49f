/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/closing.h"

#include <stddef.h>

#include "core/arena.h"
#include "core/slot.h"
#include "sockets/kernel.h"
#include "stacks/stack.h"

/* The first items are a ring for those that were closed early; those of an ending follow, and the next
 * ending takes their places. */
#define EARLY 512u

uint32_t closing_in_ending;
static uint32_t endings, early_count, ending_count;

static uint32_t item_at(uint32_t index)
{
	uint32_t used = arena_used(&here, ARENA_CLOSES);

	while (used <= index) {
		if (arena_take(&here, ARENA_CLOSES, used ? 1 : EARLY) == ARENA_NONE)
			return ARENA_NONE;
		used = arena_used(&here, ARENA_CLOSES);
	}
	return index;
}

static void note(const struct dump_conn *c, int fd, uint32_t stack, uint32_t ending)
{
	uint32_t index = item_at(ending ? EARLY + __atomic_fetch_add(&ending_count, 1, __ATOMIC_RELAXED) :
					  __atomic_fetch_add(&early_count, 1, __ATOMIC_RELAXED) % EARLY);
	struct dump_close *it;

	if (index == ARENA_NONE)
		return;
	it = arena_item(&here, ARENA_CLOSES, index);
	__atomic_store_n(&it->kernel.conn, 0, __ATOMIC_RELEASE);
	it->stack = stack;
	it->ending = ending;
	it->kernel.has = 0;
	if (ending)
		kernel_ask_one(c, fd, &it->kernel);
	__atomic_store_n(&it->kernel.conn, conn_id(c), __ATOMIC_RELEASE);
}

static uint32_t begin_ending(void)
{
	uint32_t now = __atomic_load_n(&closing_in_ending, __ATOMIC_RELAXED), next;

	if (now)
		return now;
	next = __atomic_add_fetch(&endings, 1, __ATOMIC_RELAXED);
	if (!__atomic_compare_exchange_n(&closing_in_ending, &now, next, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return now; /* another thread's */
	__atomic_store_n(&ending_count, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&here.arena.process->ending, next, __ATOMIC_RELEASE);
	return next;
}

void closing_goes_on_slow(void)
{
	if (ending_now())
		return;
	__atomic_store_n(&here.arena.process->ending, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&closing_in_ending, 0, __ATOMIC_RELEASE);
}

uint32_t closing_slow(uint32_t index, int fd, bool look, uint64_t place)
{
	const struct dump_conn *c = arena_item(&here, ARENA_CONNECTIONS, index);
	uint32_t stack;

	if (look && ending_now_at(place))
		note(c, fd, stack = stack_here(), begin_ending());
	else if (slot_cut_short(&here, index))
		note(c, fd, stack = stack_here(), 0);
	else
		stack = 0;
	return stack;
}

void closing_stdio(struct dump_conn *c, int fd)
{
	struct dump_kernel k = {0};

	if (__atomic_load_n(&c->refs, __ATOMIC_RELAXED) != 1)
		return;
	kernel_ask_one(c, fd, &k);
	if (kernel_agrees(c, &k))
		slot_unflag(c, DUMP_STDIO);
}

void closing_forget(void)
{
	closing_in_ending = endings = early_count = ending_count = 0;
}
