/* SPDX-License-Identifier: Apache-2.0 */
#include "core/exhaustion.h"

#include <string.h>

/* Items of the pool of stacks that are looked through: some ten thousand stacks. */
#define ITEMS_MAX 65536u

static struct dump_exhaustion *facts(const struct recorder *r)
{
	return arena_item(r, ARENA_EXHAUSTIONS, 0);
}

bool exhaustion_count(struct recorder *r, uint64_t now)
{
	__atomic_store_n(&facts(r)->last_mono, now, __ATOMIC_RELAXED);
	return __atomic_fetch_add(&r->arena.process->exhausted, 1, __ATOMIC_RELAXED) == 0;
}

/* Into its place among those with most. */
static void insert(struct dump_exhaustion *e, uint32_t stack, uint64_t open)
{
	uint32_t n = open < UINT32_MAX ? (uint32_t)open : UINT32_MAX, at = DUMP_EXHAUSTION_TOP;

	while (at > 0 && n > e->top[at - 1].open)
		at--;
	if (at == DUMP_EXHAUSTION_TOP)
		return;
	memmove(&e->top[at + 1], &e->top[at], (DUMP_EXHAUSTION_TOP - 1 - at) * sizeof *e->top);
	e->top[at].stack = stack;
	e->top[at].open = n;
}

/* Stacks begin at any item; what is none, frames that look like one perhaps, has nothing open. */
static void count_stacks(struct recorder *r, struct dump_exhaustion *e)
{
	uint32_t used = arena_used(r, ARENA_STACKS);

	for (uint32_t i = 0; i < used && i < ITEMS_MAX; i++) {
		const struct dump_stack *s = arena_item(r, ARENA_STACKS, i);
		uint64_t open;

		if (__atomic_load_n(&s->magic, __ATOMIC_ACQUIRE) != DUMP_STACK_MAGIC)
			continue;
		open = __atomic_load_n(&s->open_now, __ATOMIC_RELAXED);
		e->stacks += open != 0;
		insert(e, i + 1, open);
		i += (uint32_t)((sizeof *s + s->depth * sizeof(uint64_t) - 1) / DUMP_STACK_ITEM);
	}
}

void exhaustion_first(struct recorder *r, const struct exhaustion_moment *m)
{
	struct dump_exhaustion *e = facts(r);

	e->error = m->error;
	e->stack = m->stack;
	e->thread = m->thread;
	e->limit = m->limit;
	e->open = __atomic_load_n(&r->arena.process->open_now, __ATOMIC_RELAXED);
	count_stacks(r, e);
	__atomic_store_n(&e->mono, m->now, __ATOMIC_RELEASE);
}
