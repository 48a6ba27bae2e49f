/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A compiler at run time (V8, HotSpot) moves code and compiles it anew, so that one line of the
 * program has another address after a while. Where a stack enters such code, which belongs to no
 * module, it ends for us; and what goes on where another one ends cannot be told apart from it.
 */
#include "judge/place.h"

#include <stdlib.h>
#include <string.h>

struct item {
	const struct model_stack *stack;
	uint32_t index;
	uint32_t depth; /* frames that can be compared: up to the first outside of all modules */
};

/* A stack that ends for us at once says nothing. */
static bool cut(const struct item *it)
{
	return it->depth && it->depth < it->stack->depth;
}

static bool begins_with(const struct item *it, const struct item *with)
{
	if (it->depth < with->depth)
		return false;
	for (uint32_t i = 0; i < with->depth; i++)
		if (it->stack->frames[i].address != with->stack->frames[i].address)
			return false;
	return true;
}

/* In the order of a dictionary, so that those that one begins follow it. Of two that are equal as
 * far as they go the cut one leads. */
static int by_frames(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	for (uint32_t i = 0; i < x->depth && i < y->depth; i++)
		if (x->stack->frames[i].address != y->stack->frames[i].address)
			return x->stack->frames[i].address < y->stack->frames[i].address ? -1 : 1;
	if (x->depth != y->depth)
		return x->depth < y->depth ? -1 : 1;
	return (int)cut(y) - (int)cut(x);
}

static struct item item_of(const struct model *m, uint32_t index)
{
	struct item it = {.stack = &m->stacks[index], .index = index};

	while (it.depth < it.stack->depth && it.stack->frames[it.depth].module != MODEL_NONE)
		it.depth++;
	return it;
}

static void number(const struct item *items, uint32_t count, uint32_t *places)
{
	const struct item *leader = NULL;
	uint32_t last = PLACE_UNKNOWN;

	for (uint32_t i = 0; i < count; i++) {
		if (!items[i].stack->depth)
			continue;
		if (!leader || !cut(leader) || !begins_with(&items[i], leader)) {
			leader = &items[i];
			last++;
		}
		places[items[i].index] = last;
	}
}

uint32_t *place_of_stacks(const struct model *m)
{
	struct item *items = calloc(m->stack_count + 1u, sizeof *items);
	uint32_t *places = calloc(m->stack_count + 1u, sizeof *places);

	if (items && places) {
		for (uint32_t i = 0; i < m->stack_count; i++)
			items[i] = item_of(m, i);
		qsort(items, m->stack_count, sizeof *items, by_frames);
		number(items, m->stack_count, places);
	} else {
		free(places);
		places = NULL;
	}
	free(items);
	return places;
}
