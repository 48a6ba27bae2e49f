/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/place_made.h"

#include <stdlib.h>
#include <string.h>

static int by_frame(const struct model_frame *a, const struct model_frame *b)
{
	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	return (a->module > b->module) - (a->module < b->module);
}

/* In the order of a dictionary, so that those that one begins follow it. */
static int by_frames(const void *a, const void *b)
{
	const struct model_stack *x = *(struct model_stack *const *)a, *y = *(struct model_stack *const *)b;

	for (uint32_t i = 0; i < x->depth && i < y->depth; i++) {
		int order = by_frame(&x->frames[i], &y->frames[i]);

		if (order)
			return order;
	}
	return (x->depth > y->depth) - (x->depth < y->depth);
}

static bool begins(const struct model_stack *it, const struct model_stack *other)
{
	for (uint32_t i = 0; i < it->depth; i++)
		if (i == other->depth || by_frame(&it->frames[i], &other->frames[i]) != 0)
			return false;
	return it->depth;
}

/* The one that goes on from the first of them, as all do that opened a socket; NULL: none, or they part. */
static const struct model_stack *rest_of(struct model_stack *const *sorted, uint32_t count)
{
	const struct model_stack *found = NULL;

	for (uint32_t i = 1; i < count && begins(sorted[0], sorted[i]); i++) {
		if (sorted[i]->depth == sorted[0]->depth || !sorted[i]->facts->opened)
			continue;
		if (found && found->place != sorted[i]->place)
			return NULL;
		found = found ? found : sorted[i];
	}
	return found;
}

static void join(struct model *m, struct model_stack *const *sorted, uint32_t count)
{
	const struct model_stack *rest;

	if (count > 1 && by_frames(&sorted[0], &sorted[1]) == 0) /* a second copy of the next */
		rest = sorted[1]->whole ? &m->stacks[sorted[1]->whole - 1] : NULL;
	else
		rest = rest_of(sorted, count);
	if (!rest)
		return;
	sorted[0]->place = rest->place;
	sorted[0]->opener = rest->opener;
	sorted[0]->whole = rest->whole ? rest->whole : (uint32_t)(rest - m->stacks) + 1;
}

bool place_made_join(struct model *m)
{
	const char *runtime = m->process.runtime;
	struct model_stack **sorted;

	if (!runtime || strncmp(runtime, "go", 2) != 0)
		return true;
	sorted = calloc(m->stack_count + 1u, sizeof *sorted);
	if (!sorted)
		return false;
	for (uint32_t i = 0; i < m->stack_count; i++)
		sorted[i] = &m->stacks[i];
	qsort(sorted, m->stack_count, sizeof *sorted, by_frames);
	for (uint32_t i = m->stack_count; i-- > 0;) /* the longer ones first */
		join(m, sorted + i, m->stack_count - i);
	free(sorted);
	return true;
}
