/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/tally.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "judge/verdict.h"

static uint64_t *counter(struct model_summary *s, enum verdict v)
{
	switch (v) {
	case VERDICT_CLOSED: return &s->closed;
	case VERDICT_CLOSED_EARLY: return &s->closed_early;
	case VERDICT_ACTIVE: return &s->active;
	case VERDICT_DRAINED: return &s->drained;
	case VERDICT_LEAKED: return &s->leaked;
	case VERDICT_LISTENING: return &s->listening;
	default: return &s->open;
	}
}

static uint64_t *site_counter(struct model_call_site *s, enum verdict v)
{
	switch (v) {
	case VERDICT_CLOSED: return &s->closed;
	case VERDICT_CLOSED_EARLY: return &s->closed_early;
	case VERDICT_ACTIVE: return &s->active;
	case VERDICT_DRAINED: return &s->drained;
	case VERDICT_LEAKED: return &s->leaked;
	case VERDICT_LISTENING: return &s->listening;
	default: return &s->open;
	}
}

/* Connected or accepted, by this process. */
static bool counts_as_connection(const struct dump_conn *c)
{
	return (c->flags & DUMP_CONNECTED) && c->type != SOCK_DGRAM &&
	       (!(c->flags & DUMP_INHERITED) || (c->flags & DUMP_TOUCHED));
}

/* How bad a finding is to look at first. */
static int badness(const struct model_conn *c)
{
	return c->verdict == VERDICT_LEAKED ? 3 : c->verdict == VERDICT_DRAINED ? 2 :
	       c->verdict == VERDICT_CLOSED_EARLY ? 1 : 0;
}

static void count_conn(struct model *m, struct model_call_site *site, uint32_t index)
{
	const struct model_conn *c = &m->conns[index];

	m->summary.sockets++;
	m->summary.connections += counts_as_connection(c->facts);
	m->summary.requests += c->requests;
	m->summary.responses += c->responses;
	++*counter(&m->summary, c->verdict);
	if (!site)
		return;
	site->opened++;
	site->open_now += !c->closed;
	++*site_counter(site, c->verdict);
	if (c->verdict == VERDICT_LEAKED) {
		site->one_reason = site->leaked == 1 || (site->one_reason && site->reason == c->reason);
		site->reason = c->reason;
	}
	if (site->example == MODEL_NONE || badness(c) > badness(&m->conns[site->example]))
		site->example = index;
}

static void count_recycled(struct model *m, struct model_call_site *site, const struct dump_stack *s)
{
	m->summary.sockets += s->closed + s->closed_early;
	m->summary.unlisted += s->closed + s->closed_early;
	m->summary.closed += s->closed;
	m->summary.closed_early += s->closed_early;
	m->summary.connections += s->connections;
	m->summary.requests += s->requests;
	m->summary.responses += s->responses;
	site->opened += s->closed + s->closed_early;
	site->closed += s->closed;
	site->closed_early += s->closed_early;
	site->open_max = s->open_max;
}

static int worst_first(const void *a, const void *b)
{
	const struct model_call_site *x = a, *y = b;

	if (x->leaked != y->leaked)
		return x->leaked > y->leaked ? -1 : 1;
	if (x->drained != y->drained)
		return x->drained > y->drained ? -1 : 1;
	if (x->opened != y->opened)
		return x->opened > y->opened ? -1 : 1;
	return x->stack < y->stack ? -1 : x->stack > y->stack;
}

bool tally(struct model *m)
{
	struct model_call_site *sites = calloc(m->stack_count + 1u, sizeof *sites);
	uint32_t count = 0;

	if (!sites)
		return false;
	m->summary = (struct model_summary){0};
	for (uint32_t i = 0; i < m->stack_count; i++) {
		sites[i].stack = i;
		sites[i].example = MODEL_NONE;
		count_recycled(m, &sites[i], m->stacks[i].facts);
	}
	for (uint32_t i = 0; i < m->conn_count; i++)
		count_conn(m, m->conns[i].stack == MODEL_NONE ? NULL : &sites[m->conns[i].stack], i);
	for (uint32_t i = 0; i < m->stack_count; i++)
		if (sites[i].opened) {
			m->stacks[i].used = true;
			sites[count++] = sites[i];
		}
	qsort(sites, count, sizeof *sites, worst_first);
	free(m->call_sites);
	m->call_sites = sites;
	m->call_site_count = count;
	return true;
}
