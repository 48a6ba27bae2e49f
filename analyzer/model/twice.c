/* SPDX-License-Identifier: Apache-2.0 */
#include "model/twice.h"

#include <stdlib.h>

static bool used_by(const struct dump_conn *c, uint32_t thread)
{
	return thread && (c->opened_by == thread || c->in.thread == thread || c->out.thread == thread);
}

/* Threads that used a connection in between are not on record, only the first and the last ones: so this is
 * said of one that nobody but its user had to do with, as far as that goes. */
static bool by_a_stranger(const struct model_twice *t)
{
	const struct dump_conn *c = t->conn ? t->conn->facts : NULL;

	return c && t->facts->closed_by && !used_by(c, t->facts->closed_by) && used_by(c, t->facts->again_by);
}

/* Return addresses: two closes on one line of a function that the compiler wrote twice are two. */
static bool one_place(const struct model *m, uint32_t a, uint32_t b)
{
	return a != MODEL_NONE && b != MODEL_NONE && m->stacks[a].depth && m->stacks[b].depth &&
	       m->stacks[a].frames->address == m->stacks[b].frames->address;
}

/* Whoever closed it had closed the one before, which had the number: from that very place, or it was the
 * thread that had to do with that one only. */
static bool meant_before(const struct model *m, const struct model_twice *t)
{
	if (!t->facts->before)
		return false;
	if (t->stranger && t->facts->closed_by == t->facts->before_closed_by)
		return true;
	return one_place(m, t->closed, t->before_closed) && !one_place(m, t->closed, t->again);
}

static uint32_t use(struct model *m, uint32_t id)
{
	uint32_t stack = model_stack_by_id(m, id);

	if (stack != MODEL_NONE)
		m->stacks[stack].used = true;
	return stack;
}

bool twice_join(struct model *m)
{
	uint32_t count;
	const struct dump_twice *from = dump_twices(m->dump, &count);

	m->twice = calloc(count + 1ul, sizeof *m->twice);
	if (!m->twice)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		struct model_twice *t = &m->twice[m->twice_count++];

		*t = (struct model_twice){.facts = &from[i], .conn = model_conn_by_id(m, from[i].conn),
					  .opened = use(m, from[i].opened), .closed = use(m, from[i].closed),
					  .again = use(m, from[i].again), .before_closed = use(m, from[i].before_closed)};
		t->stranger = by_a_stranger(t);
		t->meant_before = meant_before(m, t);
		if (!t->conn || t->conn->facts->state != DUMP_CLOSED)
			continue;
		t->conn->closed_twice = true;
		if (t->conn->closed_stack == MODEL_NONE)
			t->conn->closed_stack = t->closed;
	}
	return true;
}
