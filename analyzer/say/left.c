/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is open at the end and is no connection to anybody: by place, with how many that place opened and
 * closed. However harmless one is, a place that goes on making them runs into the limit on descriptors. And
 * what was closed here, and is open all the same: another process holds it.
 */
#include "say/left.h"

#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "base/printable.h"
#include "model/verdicts.h"
#include "say/pieces.h"

#define GROWS 3 /* so many at once, or pairs, may be no accident */

/* A worker has its server's. */
static bool given_to_listen(const struct model_conn *c)
{
	return (c->facts->flags & DUMP_INHERITED) &&
	       ((c->facts->flags & DUMP_LISTENING) || c->kernel.tcp_state == TCP_LISTEN);
}

/* Standard streams are surroundings; what exec passes on is the next program's; listening is no leaving. */
static bool left(const struct model_conn *c)
{
	if (given_to_listen(c))
		return false;
	for (unsigned i = 0; i < sizeof c->facts->fds / sizeof *c->facts->fds; i++)
		if ((c->facts->flags & DUMP_INHERITED) && c->facts->fds[i] >= 0 && c->facts->fds[i] <= 2)
			return false;
	return c->verdict == VERDICT_OPEN && c->reason != REASON_PASSED_ON;
}

/* Closed here, and held by others: its peer sees no end. */
static bool held(const struct model_conn *c)
{
	return c->closed && c->holder_count && (c->facts->flags & DUMP_CONNECTED) && !(c->facts->flags & DUMP_PAIR);
}

bool left_any(const struct model *m)
{
	for (uint32_t i = 0; i < m->conn_count; i++)
		if (left(&m->conns[i]) || held(&m->conns[i]))
			return true;
	return false;
}

static void put_site(const struct report *r, const struct model *m, const struct model_conn *c, uint64_t n)
{
	const struct model_call_site *site = c->site == MODEL_NONE ? NULL : &m->call_sites[c->site];
	bool given = c->facts->flags & DUMP_INHERITED, received = given && c->facts->opened_by;
	struct prose p;

	if (!prose_begin(&p))
		return;
	put_number(p.text, n);
	fprintf(p.text, " %s socket%s, %s", c->kind, plural(n), reason_name(c->reason));
	if (given && !received) {
		fprintf(p.text, ": open when %s began, left to it by process %" PRIu32,
			m->process.forked ? "this child" : "the program", m->process.ppid);
	} else if (site && site->place) {
		fprintf(p.text, ": this place %s ", received ? "received" : "opened");
		put_number(p.text, site->opened);
		fputs(" and closed ", p.text);
		put_number(p.text, counts_closed(&site->counts));
		if (n >= (c->facts->flags & DUMP_PAIR ? 2 * GROWS : GROWS))
			fputs("; it grows", p.text);
	}
	prose_end(&p, r->to, r->width, 2, 4);
	if (c->stack != MODEL_NONE || !given) {
		fputs("      at ", r->to);
		phrase_place(r->to, m, r->symbols, c->stack);
		fputc('\n', r->to);
	}
}

#define HOLDERS_MAX 8u

static void put_holders(const struct report *r, const struct model *m, const struct model_conn *c)
{
	struct prose p;

	if (!prose_begin(&p))
		return;
	fprintf(p.text, "connection %" PRIu64 " ", c->facts->id);
	put_where(p.text, m, c);
	fputs(": the peer sees no end: ", p.text);
	for (uint32_t i = 0; i < c->holder_count && i < HOLDERS_MAX; i++) {
		fprintf(p.text, "%sprocess %" PRIu32, i ? "; " : "", c->holders[i].pid);
		if (c->holders[i].name[0])
			fprintf(p.text, ", %s", c->holders[i].name);
	}
	if (c->holder_count > HOLDERS_MAX)
		fprintf(p.text, "; %s more", NUMBER(c->holder_count - HOLDERS_MAX));
	fputs(c->holder_count == 1 ? ", holds it" : " hold it", p.text);
	prose_end(&p, r->to, r->width, 2, 4);
}

static void put_held(const struct report *r, const struct model *m)
{
	uint32_t shown = 0;

	for (uint32_t i = 0; i < m->conn_count; i++) {
		if (!held(&m->conns[i]))
			continue;
		if (!shown)
			fprintf(r->to, "\n%sClosed here, and held by another process%s\n", colour(r, BOLD), colour(r, PLAIN));
		if (!beyond_top(r, shown++))
			put_holders(r, m, &m->conns[i]);
	}
	if (shown && beyond_top(r, shown - 1ul))
		put_more(r, shown - r->view.top, "connection");
}

/* By place, in the order in which each was first met. */
void put_left(const struct report *r, const struct model *m, const char *const *skip)
{
	uint64_t *count = calloc(m->call_site_count + 1ul, sizeof *count);
	uint32_t shown = 0;

	for (uint32_t i = 0; count && i < m->conn_count; i++)
		if (left(&m->conns[i]) && !skip[i])
			count[m->conns[i].site == MODEL_NONE ? m->call_site_count : m->conns[i].site]++;
	for (uint32_t i = 0; count && i < m->conn_count; i++) {
		uint64_t *n = &count[m->conns[i].site == MODEL_NONE ? m->call_site_count : m->conns[i].site];

		if (!left(&m->conns[i]) || skip[i] || !*n)
			continue;
		if (!shown)
			fprintf(r->to, "\n%sOpen otherwise: no connection to anybody that this process answers for%s\n",
				colour(r, BOLD), colour(r, PLAIN));
		if (!beyond_top(r, shown++))
			put_site(r, m, &m->conns[i], *n);
		*n = 0;
	}
	if (shown && beyond_top(r, shown - 1ul))
		put_more(r, shown - r->view.top, "place");
	free(count);
	put_held(r, m);
}
