/* SPDX-License-Identifier: Apache-2.0 */
/* What the model lists, by its id. */
#include "model/model.h"

uint32_t model_stack_by_id(const struct model *m, uint32_t id)
{
	uint32_t from = 0, to = m->stack_count;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (m->stacks[middle].id < id)
			from = middle + 1;
		else
			to = middle;
	}
	return from < m->stack_count && m->stacks[from].id == id ? from : MODEL_NONE;
}

uint32_t model_use_stack(struct model *m, uint32_t id)
{
	uint32_t stack = model_stack_by_id(m, id);

	if (stack != MODEL_NONE)
		m->stacks[stack].used = true;
	return stack;
}

struct model_conn *model_conn_by_id(const struct model *m, uint64_t id)
{
	uint32_t from = 0, to = m->conn_count;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (m->conns[middle].facts->id < id)
			from = middle + 1;
		else
			to = middle;
	}
	return from < m->conn_count && m->conns[from].facts->id == id ? &m->conns[from] : NULL;
}

struct model_thread *model_thread_by_id(const struct model *m, uint32_t id)
{
	uint32_t from = 0, to = m->thread_count;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (m->threads[middle].id < id)
			from = middle + 1;
		else
			to = middle;
	}
	return from < m->thread_count && m->threads[from].id == id ? &m->threads[from] : NULL;
}
