/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/traces.h"

#include <stdlib.h>

static bool taken(const struct model *m, uint32_t stack)
{
	return stack != MODEL_NONE && m->stacks[stack].depth;
}

static void add_close(const struct model *m, struct model_call_site *site, uint32_t stack)
{
	for (unsigned i = 0; i < site->closed_at_count; i++)
		if (m->stacks[site->closed_at[i]].place == m->stacks[stack].place)
			return;
	if (site->closed_at_count < MODEL_CLOSED_AT_MAX)
		site->closed_at[site->closed_at_count++] = stack;
}

static void join(const struct model *m, struct model_call_site *site, const struct dump_stack *s)
{
	uint32_t used = model_stack_by_id(m, s->first_used);

	if (site->first_used == MODEL_NONE && taken(m, used))
		site->first_used = used;
	for (unsigned i = 0; i < DUMP_CLOSED_AT; i++) {
		uint32_t stack = model_stack_by_id(m, s->closed_at[i]);

		if (taken(m, stack))
			add_close(m, site, stack);
	}
}

bool traces_join(struct model *m)
{
	uint32_t *site_of = malloc((m->stack_count + 1ul) * sizeof *site_of);

	if (!site_of)
		return false;
	for (uint32_t i = 0; i <= m->stack_count; i++)
		site_of[i] = MODEL_NONE;
	for (uint32_t i = 0; i < m->call_site_count; i++) {
		site_of[m->call_sites[i].place] = i;
		m->call_sites[i].first_used = MODEL_NONE;
		m->call_sites[i].closed_at_count = 0;
	}
	for (uint32_t i = 0; i < m->stack_count; i++)
		if (m->stacks[i].place && site_of[m->stacks[i].place] != MODEL_NONE)
			join(m, &m->call_sites[site_of[m->stacks[i].place]], m->stacks[i].facts);
	free(site_of);
	return true;
}
