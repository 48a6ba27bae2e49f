/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/tally.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>


/* Connected or accepted, by this process. */
static bool counts_as_connection(const struct dump_conn *c)
{
	return (c->flags & DUMP_CONNECTED) && c->type != SOCK_DGRAM &&
	       (!(c->flags & DUMP_INHERITED) || (c->flags & DUMP_TOUCHED));
}

/* ---- verdicts counted --------------------------------------------------------------------------------- */

/* How bad it is, of what one looks at first. */
static int badness(const struct model_conn *c)
{
	return c->verdict == VERDICT_LEAKED ? 3 : c->verdict == VERDICT_DRAINED ? 2 : c->verdict == VERDICT_CLOSED_EARLY;
}

void tally_add(struct counts *to, const struct model *m, uint32_t index)
{
	const struct model_conn *c = &m->conns[index];
	const struct model_conn *example = to->example == MODEL_NONE ? NULL : &m->conns[to->example];

	if (c->verdict == VERDICT_LEAKED)
		to->one_reason = !to->of[VERDICT_LEAKED] || (to->one_reason && example && example->reason == c->reason);
	to->of[c->verdict]++;
	if (!example || badness(c) > badness(example))
		to->example = index;
}

int tally_order(const struct counts *a, const struct counts *b)
{
	static const enum verdict first[] = {VERDICT_LEAKED, VERDICT_DRAINED};

	for (size_t i = 0; i < sizeof first / sizeof *first; i++)
		if (a->of[first[i]] != b->of[first[i]])
			return a->of[first[i]] > b->of[first[i]] ? -1 : 1;
	return 0;
}

static void add_recycled(struct counts *to, const struct dump_stack *s)
{
	to->of[VERDICT_CLOSED] += s->closed;
	to->of[VERDICT_CLOSED_EARLY] += s->closed_early;
}

/* ---- the process and its places ---------------------------------------------------------------------- */

static void count_conn(struct model *m, struct model_call_site *site, uint32_t index)
{
	struct model_conn *c = &m->conns[index];

	c->site = site ? site->place : MODEL_NONE;
	m->summary.sockets++;
	m->summary.connections += counts_as_connection(c->facts);
	m->summary.requests += c->requests;
	m->summary.responses += c->responses;
	tally_add(&m->summary.counts, m, index);
	if (!site)
		return;
	site->opened++;
	site->open_now += !c->closed;
	site->connections += counts_as_connection(c->facts);
	tally_add(&site->counts, m, index);
}

static void count_recycled(struct model *m, struct model_call_site *site, const struct dump_stack *s)
{
	m->summary.sockets += s->closed + s->closed_early;
	m->summary.unlisted += s->closed + s->closed_early;
	m->summary.connections += s->connections;
	m->summary.requests += s->requests;
	m->summary.responses += s->responses;
	add_recycled(&m->summary.counts, s);
	site->opened += s->closed + s->closed_early;
	site->connections += s->connections;
	add_recycled(&site->counts, s);
	if (s->open_max > site->open_max)
		site->open_max = s->open_max;
}

static int worst_first(const void *a, const void *b)
{
	const struct model_call_site *x = a, *y = b;
	int order = tally_order(&x->counts, &y->counts);

	if (order)
		return order;
	if (x->opened != y->opened)
		return x->opened > y->opened ? -1 : 1;
	return x->stack < y->stack ? -1 : x->stack > y->stack;
}

/* How many of each place's were open at once, as far as they are listed: a stack's own counter does not
 * tell of the others of its place. */
struct moment {
	uint64_t mono;
	uint32_t site;
	bool opened;
};

static int in_time(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	if (x->mono != y->mono)
		return x->mono < y->mono ? -1 : 1;
	return (int)x->opened - (int)y->opened;
}

static bool count_open_at_once(struct model *m, struct model_call_site *sites)
{
	struct moment *all = calloc(2ul * m->conn_count + 1, sizeof *all);
	uint64_t *now = calloc(m->stack_count + 1u, sizeof *now);
	size_t n = 0;

	for (uint32_t i = 0; all && now && i < m->conn_count; i++) {
		const struct model_conn *c = &m->conns[i];

		if (c->site == MODEL_NONE || sites[c->site].stacks < 2 ||
		    (c->closed && c->facts->closed_mono == c->facts->opened_mono)) /* within a tick of the clock */
			continue;
		all[n++] = (struct moment){c->facts->opened_mono, c->site, true};
		if (c->closed && c->facts->closed_mono)
			all[n++] = (struct moment){c->facts->closed_mono, c->site, false};
	}
	if (n)
		qsort(all, n, sizeof *all, in_time);
	for (size_t i = 0; i < n; i++) {
		uint64_t *it = &now[all[i].site];

		*it = all[i].opened ? *it + 1 : *it - (*it != 0);
		if (*it > sites[all[i].site].open_max)
			sites[all[i].site].open_max = *it;
	}
	free(all);
	free(now);
	return all && now;
}

static void begin(struct model *m, struct model_call_site *sites)
{
	m->summary = (struct model_summary){.counts = COUNTS_NONE, .unseen = m->process.unseen};
	for (uint32_t i = 0; i <= m->stack_count; i++)
		sites[i] = (struct model_call_site){.place = i, .stack = MODEL_NONE, .counts = COUNTS_NONE};
	for (uint32_t i = 0; i < m->stack_count; i++) {
		struct model_call_site *site = &sites[m->stacks[i].place];

		if (site->stack == MODEL_NONE || (!m->stacks[site->stack].facts->opened && m->stacks[i].facts->opened))
			site->stack = i;
		site->stacks += m->stacks[i].facts->opened != 0;
		count_recycled(m, site, m->stacks[i].facts);
	}
}

/* Those of which there is something to say, in order. */
static void keep(struct model *m, struct model_call_site *sites)
{
	uint32_t count = 0, *now = calloc(m->stack_count + 1u, sizeof *now);

	for (uint32_t i = 0; i <= m->stack_count; i++)
		if (sites[i].opened)
			sites[count++] = sites[i];
	qsort(sites, count, sizeof *sites, worst_first);
	for (uint32_t i = 0; now && i < count; i++)
		now[sites[i].place] = i;
	for (uint32_t i = 0; now && i < m->conn_count; i++)
		if (m->conns[i].site != MODEL_NONE)
			m->conns[i].site = now[m->conns[i].site];
	free(now);
	for (uint32_t i = 0; i < count; i++) {
		if (sites[i].counts.example != MODEL_NONE)
			sites[i].stack = m->conns[sites[i].counts.example].stack;
		m->stacks[sites[i].stack].used = true;
	}
	free(m->call_sites);
	m->call_sites = sites;
	m->call_site_count = count;
}

bool tally(struct model *m)
{
	struct model_call_site *sites = calloc(m->stack_count + 1u, sizeof *sites);

	if (!sites)
		return false;
	begin(m, sites);
	for (uint32_t i = 0; i < m->conn_count; i++)
		count_conn(m, m->conns[i].stack == MODEL_NONE ? NULL : &sites[m->stacks[m->conns[i].stack].place], i);
	if (!count_open_at_once(m, sites)) {
		free(sites);
		return false;
	}
	keep(m, sites);
	return true;
}
