/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/twice.h"

#include "core/arena.h"
#include "here/options.h"
#include "sockets/closing.h"
#include "sockets/descriptor.h"
#include "stacks/ending.h"
#include "stacks/stack.h"

/* From the first number on that is closed twice the next closes are remembered in full. */
#define STACKS 4096u

/* Of what twice_closing() keeps, and how many bytes of code lie between the calls of an unrolled loop. */
#define NUMBER_BITS 20
#define NUMBER ((1ull << NUMBER_BITS) - 1)
#define UNROLLED 64

struct twice_number twice_numbers[TWICE_NUMBERS];
uint32_t twice_stacks;
static bool happened;

static uint32_t stack_now(void)
{
	uint32_t left = __atomic_load_n(&twice_stacks, __ATOMIC_RELAXED);

	if (!left || !__atomic_compare_exchange_n(&twice_stacks, &left, left - 1, false,
						  __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return 0; /* another thread is at it: then this one is remembered in short */
	return options.stack_depth ? stack_here() : 0;
}

void twice_remember_stack(int fd, uint32_t stack)
{
	if ((unsigned)fd < TWICE_NUMBERS)
		__atomic_store_n(&twice_numbers[fd].last.stack, stack ? stack : stack_now(), __ATOMIC_RELAXED);
}

bool twice_take(int fd, struct twice_number *was)
{
	struct twice_number *it = &twice_numbers[fd];
	uint64_t conn = __atomic_load_n(&it->last.conn, __ATOMIC_ACQUIRE);

	twice_copy(&was->last, &it->last);
	twice_copy(&was->before, &it->before);
	was->last.conn = conn;
	return __atomic_exchange_n(&it->last.conn, 0, __ATOMIC_ACQ_REL) == conn && conn;
}

void twice_forget_all(void)
{
	uint32_t end = descriptors_used();

	for (uint32_t fd = 0; fd < end && fd < TWICE_NUMBERS; fd++)
		if (twice_numbers[fd].last.conn)
			twice_numbers[fd].last.conn = 0;
	self.closed_twice = 0;
}

/* Were the last two closes of neighbours, and from one place? An unrolled loop calls from several,
 * close to each other: so do two statements, but these close sockets. `other` is the one of the two
 * that was not closed twice. */
static bool in_a_row(uint64_t other)
{
	uint64_t a = self.closed, b = self.closed_before, number = other & NUMBER;
	bool neighbours = (((a & NUMBER) - (b & NUMBER) + 1) & ~2ull) == 0; /* 1 or -1 */

	if (!neighbours || a >> NUMBER_BITS == b >> NUMBER_BITS)
		return neighbours;
	return (a >> NUMBER_BITS) - (b >> NUMBER_BITS) + UNROLLED <= 2 * UNROLLED && !descriptor_get((int)number) &&
	       number < TWICE_NUMBERS && !__atomic_load_n(&twice_numbers[number].last.opened, __ATOMIC_RELAXED);
}

/* In full where it was taken, else the innermost frame. */
static uint32_t stack_of_close(const struct twice_close *c)
{
	if (c->stack)
		return c->stack;
	if (!c->caller || stack_is_own(c->caller) || !options.stack_depth)
		return STACK_UNKNOWN;
	return stack_intern((void *const *)&c->caller, 1);
}

static bool same(const struct dump_twice *a, const struct dump_twice *b)
{
	return a->opened == b->opened && a->closed == b->closed && a->again == b->again;
}

/* The item for what happened at these places, which may be there: also one that was taken back. */
static uint32_t item_for(const struct dump_twice *what)
{
	uint32_t used = arena_used(&here, ARENA_TWICE), index;

	for (index = 0; index < used; index++)
		if (same(arena_item(&here, ARENA_TWICE, index), what))
			return index;
	return arena_take(&here, ARENA_TWICE, 1);
}

static void write_down(const struct dump_twice *what, uint64_t conn)
{
	uint32_t index = item_for(what);
	struct dump_twice *it;

	if (index == ARENA_NONE) {
		arena_lost(&here, DUMP_LOST_TWICE, 1);
		return;
	}
	it = arena_item(&here, ARENA_TWICE, index);
	if (__atomic_fetch_add(&it->count, 1, __ATOMIC_RELAXED) == 0) {
		uint32_t count = it->count;

		*it = *what;
		it->count = count;
		__atomic_store_n(&it->conn, conn, __ATOMIC_RELEASE);
	}
	self.closed_twice = index + 1;
}

void twice_closed_again(int fd, const struct twice_number *was)
{
	struct dump_twice what = {
		.fd = fd, .opened = was->last.opened, .closed_by = was->last.thread, .again_by = self.id};

	if (in_a_row(self.closed_before) || arena_state(&here) != ARENA_FILE || closing_in_ending || ending_now())
		return;
	what.closed = stack_of_close(&was->last);
	what.again = stack_here();
	what.again_mono = state_now();
	if (was->before.conn) {
		what.before = was->before.conn;
		what.before_closed = stack_of_close(&was->before);
		what.before_closed_by = was->before.thread;
	}
	write_down(&what, was->last.conn);
	if (!__atomic_exchange_n(&happened, true, __ATOMIC_RELAXED))
		__atomic_store_n(&twice_stacks, STACKS, __ATOMIC_RELAXED);
}

void twice_look_back(void)
{
	uint32_t index = self.closed_twice;
	struct dump_twice *it;

	self.closed_twice = 0;
	if (!in_a_row(self.closed) || arena_state(&here) != ARENA_FILE || index > arena_used(&here, ARENA_TWICE))
		return;
	it = arena_item(&here, ARENA_TWICE, index - 1);
	if (__atomic_sub_fetch(&it->count, 1, __ATOMIC_RELAXED) == 0)
		__atomic_store_n(&it->conn, 0, __ATOMIC_RELEASE);
}
