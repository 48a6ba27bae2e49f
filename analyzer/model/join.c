/* SPDX-License-Identifier: Apache-2.0 */
#include "model/join.h"

#include <string.h>

static const char *kind_of(const struct dump_conn *c)
{
	static const struct {
		uint8_t family, type;
		const char *kind;
	} kinds[] = {
		{2, 1, "tcp"},	{10, 1, "tcp6"}, {2, 2, "udp"},	  {10, 2, "udp6"}, {1, 0, "unix"},
		{2, 3, "raw"},	{10, 3, "raw6"}, {16, 0, "netlink"}, {17, 0, "packet"}, {40, 0, "vsock"},
		{38, 0, "alg"}, {2, 5, "sctp"},	 {10, 5, "sctp6"},
	};

	for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].family == c->family && (!kinds[i].type || kinds[i].type == c->type))
			return kinds[i].kind;
	return "other";
}

void join_facts(const struct model *m, struct model_conn *c, const struct dump_conn *facts, bool torn)
{
	*c = (struct model_conn){.facts = facts, .half_written = torn, .kind = kind_of(facts),
				 .stack = model_stack_by_id(m, facts->stack), .closed_stack = MODEL_NONE};
}

static struct model_kernel kernel_of(const struct dump_kernel *k)
{
	return (struct model_kernel){
		.known = true, .has_queue = k->has & DUMP_KERNEL_QUEUE, .has_tcp = k->has & DUMP_KERNEL_TCP,
		.gone = k->has & DUMP_KERNEL_GONE, .tcp_state = k->has & DUMP_KERNEL_TCP ? (uint8_t)k->tcp_state : 0,
		.queued = k->queued, .unsent = k->unsent, .received = k->received, .acked = k->acked};
}

void join_kernel(struct model_conn *c, const struct dump_kernel *k)
{
	if (c->facts->state == DUMP_OPEN)
		c->kernel = kernel_of(k);
}

void join_close(const struct model *m, struct model_conn *c, const struct dump_close *it)
{
	if (c->facts->state != DUMP_CLOSED || (it->ending && it->ending != dump_process(m->dump)->ending))
		return;
	c->closed_stack = model_stack_by_id(m, it->stack);
	if (c->closed_stack != MODEL_NONE)
		m->stacks[c->closed_stack].used = true;
	c->teardown = it->ending;
	if (c->teardown)
		c->kernel = kernel_of(&it->kernel);
}

void join_task(struct model_conn *c, const struct dump_task *t)
{
	if (*t->name && memchr(t->name, 0, sizeof t->name))
		c->task = t->name;
}
