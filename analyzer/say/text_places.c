/* SPDX-License-Identifier: Apache-2.0 */
/* Connections that are no finding in full, by place: drained, in use, closed too early. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "model/verdicts.h"
#include "say/pieces.h"
#include "say/text.h"

static const char *const titles[VERDICT_COUNT] = {
	[VERDICT_DRAINED] = "Drained: never closed, with nothing outstanding: idle, ready for reuse",
	[VERDICT_ACTIVE] = "Active: in use, or a thread waits for what comes next",
	[VERDICT_CLOSED_EARLY] = "Closed early: a response was outstanding, so that it could not be reused",
	[VERDICT_CLOSED] = "Closed",
	[VERDICT_LISTENING] = "Listening",
};

struct group { /* of one place */
	uint64_t count, connected, requests, responses, reused, unsent;
	uint64_t reasons; /* bits 1 << enum reason */
	uint32_t example, others; /* index into model.conns; how many have another peer */
	bool guessed;             /* all of them by heuristic */
	char peer[MODEL_ADDRESS_MAX];
};

/* Clients come from a new port each time. */
static bool same_peer(const struct model *m, const struct model_conn *c, const struct group *g)
{
	char peer[MODEL_ADDRESS_MAX] = "";

	model_peer(m, c, peer, sizeof peer);
	return strcmp(peer, g->peer) == 0;
}

static void count_in(struct group *g, const struct model *m, uint32_t index)
{
	const struct model_conn *c = &m->conns[index];

	if (!g->count) {
		g->example = index;
		g->guessed = true;
		model_peer(m, c, g->peer, sizeof g->peer);
	}
	g->count++;
	g->connected += (c->facts->flags & DUMP_CONNECTED) != 0;
	g->others += !same_peer(m, c, g);
	g->requests += c->requests;
	g->responses += c->responses;
	g->reused += c->reused;
	g->unsent += c->kernel.unsent;
	g->reasons |= 1ull << c->reason;
	g->guessed = g->guessed && c->evidence == EVIDENCE_HEURISTIC;
}

static int most_first(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->example < y->example ? -1 : x->example > y->example;
}

static struct group *groups_of(const struct model *m, const char *const *skip, enum verdict v,
			       uint32_t *count)
{
	struct group *all = calloc(m->call_site_count + 1ul, sizeof *all);
	uint32_t n = 0;

	for (uint32_t i = 0; all && i < m->conn_count; i++)
		if (m->conns[i].verdict == v && !skip[i])
			count_in(&all[m->conns[i].site == MODEL_NONE ? m->call_site_count : m->conns[i].site], m, i);
	for (uint32_t i = 0; all && i <= m->call_site_count; i++)
		if (all[i].count)
			all[n++] = all[i];
	if (all)
		qsort(all, n, sizeof *all, most_first);
	*count = n;
	return all;
}

static void put_reasons(FILE *to, const struct group *g)
{
	const char *between = "";

	for (int i = 0; i < REASON_COUNT; i++)
		if (g->reasons >> i & 1) {
			fprintf(to, "%s%s", between, reason_name((enum reason)i));
			between = ", ";
		}
}

static void put_use(FILE *to, const struct group *g, const struct model_conn *c)
{
	put_reasons(to, g);
	if (g->requests) {
		fputs(", ", to);
		put_number(to, g->requests);
		fprintf(to, " request%s, ", plural(g->requests));
		put_number(to, g->responses);
		fputs(" answered, reused ", to);
		put_number(to, g->reused);
		fprintf(to, " time%s", plural(g->reused));
	}
	if (g->guessed)
		fputs(c->facts->in.bytes || c->facts->out.bytes ? ", by heuristic: no protocol that is known" :
								  ", by heuristic", to);
	if (g->unsent) {
		fputs("; ", to);
		put_number(to, g->unsent);
		fprintf(to, " bytes wait in the kernel until the %s reads",
			c->facts->role == DUMP_ROLE_SERVER ? "client" : "server");
	}
}

static void put_group(const struct report *r, const struct model *m, const struct group *g)
{
	const struct model_conn *c = &m->conns[g->example];
	const struct model_call_site *site = c->site == MODEL_NONE ? NULL : &m->call_sites[c->site];
	struct prose p;

	if (!prose_begin(&p))
		return;
	phrase_spot(p.text, m, r->symbols, c->stack);
	fputs(": ", p.text);
	if (g->count == 1) {
		fprintf(p.text, "%s %" PRIu64, g->connected ? "connection" : "socket", c->facts->id);
	} else {
		put_number(p.text, g->count);
		fputs(g->connected == g->count ? " connections" : " sockets", p.text);
	}
	fputc(' ', p.text);
	put_where(p.text, m, c);
	fputs(g->others ? " and others, " : ", ", p.text);
	put_use(p.text, g, c);
	if (site) {
		fprintf(p.text, "; it %s ", c->facts->role == DUMP_ROLE_SERVER ? "accepted" : "opened");
		put_number(p.text, site->opened);
		fputs(" and closed ", p.text);
		put_number(p.text, counts_closed(&site->counts));
	}
	prose_end(&p, r->to, r->width, 2, 4);
}

static void put_connections(const struct report *r, const struct model *m, const struct group *g,
			    const char *const *skip)
{
	const struct model_conn *first = &m->conns[g->example];

	for (uint32_t i = g->example; i < m->conn_count; i++) {
		const struct model_conn *c = &m->conns[i];
		struct prose p;

		if (c->verdict != first->verdict || c->site != first->site || skip[i] || !prose_begin(&p))
			continue;
		fprintf(p.text, "connection %" PRIu64 " ", c->facts->id);
		put_where(p.text, m, c);
		fputs(": ", p.text);
		phrase_use(p.text, c);
		prose_end(&p, r->to, r->width, 4, 6);
	}
}

/* Too few for a verdict. */
static void put_starving(const struct report *r, const struct model *m, const char *const *skip)
{
	struct prose p;

	for (uint32_t i = 0; i < m->conn_count; i++) {
		if (m->conns[i].verdict != VERDICT_DRAINED || !m->conns[i].bypassed_by || skip[i] || !prose_begin(&p))
			continue;
		fprintf(p.text,
			"connections %" PRIu64 " and %" PRIu64 " were opened one after the other by one place, and "
			"neither was asked again: it looks like a pool to which nothing is given back, and whose "
			"users will starve", m->conns[i].facts->id, m->conns[i].bypassed_by);
		prose_end(&p, r->to, r->width, 2, 4);
	}
}

/* Then its threads were said there. */
static bool leaks_too(const struct model *m, const struct model_conn *c)
{
	return c->site != MODEL_NONE && m->call_sites[c->site].counts.of[VERDICT_LEAKED];
}

void put_places(const struct report *r, const struct model *m, const char *const *skip, enum verdict v)
{
	uint32_t count, shown = 0;
	struct group *all = groups_of(m, skip, v, &count);

	if (all && count)
		put_title(r, titles[v]);
	for (; all && shown < count && !beyond_top(r, shown); shown++) {
		put_group(r, m, &all[shown]);
		if (r->view.verbose && all[shown].count > 1)
			put_connections(r, m, &all[shown], skip);
		if (v == VERDICT_DRAINED && !leaks_too(m, &m->conns[all[shown].example]))
			put_pinned_by_site(r, m, m->conns[all[shown].example].site);
	}
	if (all && shown < count)
		put_more(r, count - shown, "place");
	if (v == VERDICT_DRAINED)
		put_starving(r, m, skip);
	free(all);
}
