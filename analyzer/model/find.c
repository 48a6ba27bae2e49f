/* SPDX-License-Identifier: Apache-2.0 */
/* What the model lists, by its id. */
#include "base/sorted.h"
#include "model/model.h"

static bool stack_below(const void *stacks, size_t i, uint64_t id)
{
	return ((const struct model_stack *)stacks)[i].id < id;
}

uint32_t model_stack_by_id(const struct model *m, uint32_t id)
{
	uint32_t i = (uint32_t)sorted_first(m->stacks, m->stack_count, id, stack_below);

	return i < m->stack_count && m->stacks[i].id == id ? i : MODEL_NONE;
}

uint32_t model_whole(const struct model *m, uint32_t stack)
{
	return stack != MODEL_NONE && m->stacks[stack].whole ? m->stacks[stack].whole - 1 : stack;
}

uint32_t model_use_stack(struct model *m, uint32_t id)
{
	uint32_t stack = model_stack_by_id(m, id);

	if (stack != MODEL_NONE)
		m->stacks[stack].used = true;
	return stack;
}

static bool conn_below(const void *conns, size_t i, uint64_t id)
{
	return ((const struct model_conn *)conns)[i].facts->id < id;
}

struct model_conn *model_conn_by_id(const struct model *m, uint64_t id)
{
	size_t i = sorted_first(m->conns, m->conn_count, id, conn_below);

	return i < m->conn_count && m->conns[i].facts->id == id ? &m->conns[i] : NULL;
}

static bool thread_below(const void *threads, size_t i, uint64_t id)
{
	return ((const struct model_thread *)threads)[i].id < id;
}

struct model_thread *model_thread_by_id(const struct model *m, uint32_t id)
{
	size_t i = sorted_first(m->threads, m->thread_count, id, thread_below);

	return i < m->thread_count && m->threads[i].id == id ? &m->threads[i] : NULL;
}
