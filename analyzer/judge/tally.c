/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/tally.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "model/each.h"

/* Connected or accepted, by this process. */
static bool counts_as_connection(const struct dump_conn *c)
{
	return (c->flags & DUMP_CONNECTED) && c->type != SOCK_DGRAM &&
	       (!(c->flags & DUMP_INHERITED) || (c->flags & DUMP_TOUCHED));
}

/* ---- verdicts counted ----------------------------------------------------------------------------- */

/* How bad it is, of what one looks at first. */
static int badness(enum verdict v)
{
	return v == VERDICT_LEAKED ? 3 : v == VERDICT_DRAINED ? 2 : v == VERDICT_CLOSED_EARLY;
}

void tally_add(struct counts *to, const struct model_conn *c)
{
	bool first = to->example == MODEL_NONE;

	if (c->verdict == VERDICT_LEAKED)
		to->one_reason = !to->of[VERDICT_LEAKED] || (to->one_reason && !first && to->reason == c->reason);
	to->of[c->verdict]++;
	if (!first && badness(c->verdict) <= badness(to->verdict))
		return;
	to->example = c->index;
	to->stack = c->stack;
	to->verdict = c->verdict;
	to->reason = c->reason;
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

/* ---- the process and its places ------------------------------------------------------------------- */

static void count_conn(struct model *m, struct model_call_site *site, const struct model_conn *c)
{
	m->summary.sockets++;
	m->summary.connections += counts_as_connection(c->facts);
	m->summary.requests += c->requests;
	m->summary.responses += c->responses;
	tally_add(&m->summary.counts, c);
	if (!site)
		return;
	site->opened++;
	site->open_now += !c->closed;
	site->connections += counts_as_connection(c->facts);
	tally_add(&site->counts, c);
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

static int tally_worst_first(const void *a, const void *b)
{
	const struct model_call_site *x = a, *y = b;
	int order = tally_order(&x->counts, &y->counts);

	if (order)
		return order;
	if (x->opened != y->opened)
		return x->opened > y->opened ? -1 : 1;
	return x->stack < y->stack ? -1 : x->stack > y->stack;
}

/* ---- how many of a place were open at once -------------------------------------------------------- */

/* As far as they are listed: a stack's own counter does not tell of the others of its place. What was
 * opened and closed when is put in order so much at a time. */
#ifndef MOMENTS_MAX /* a test may have a smaller one */
#define MOMENTS_MAX (1u << 17)
#endif

struct moment {
	uint64_t mono;
	uint32_t site;
	uint32_t order; /* at one time closes come first: 2 * model_conn.index + whether it was opened */
};

struct moments {
	struct moment *list; /* the first of those after `done` */
	size_t count, room;
	struct moment done; /* the last one that was counted */
	bool any_done, more; /* `more`: some are left out */
	uint64_t *now; /* by site: open just then */
};

static int in_time(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	if (x->mono != y->mono)
		return x->mono < y->mono ? -1 : 1;
	if ((x->order ^ y->order) & 1)
		return (int)(x->order & 1) - (int)(y->order & 1);
	return x->order < y->order ? -1 : x->order > y->order;
}

static bool more_room(struct moments *all)
{
	size_t room = all->room ? 2 * all->room : 16;
	struct moment *list = realloc(all->list, room * sizeof *list);

	if (!list)
		return false;
	all->list = list;
	all->room = room;
	return true;
}

static bool add_moment(struct moments *all, struct moment it)
{
	if (all->any_done && in_time(&it, &all->done) <= 0)
		return true;
	if (all->count == all->room && all->room < MOMENTS_MAX && !more_room(all))
		return false;
	if (all->count == all->room) {
		qsort(all->list, all->count, sizeof *all->list, in_time);
		all->count /= 2;
		all->more = true;
	}
	all->list[all->count++] = it;
	return true;
}

static bool add_moments(struct moments *all, const struct model_call_site *site, const struct model_conn *c)
{
	if (!site || site->stacks < 2 ||
	    (c->closed && c->facts->closed_mono == c->facts->opened_mono)) /* within a tick of the clock */
		return true;
	return add_moment(all, (struct moment){c->facts->opened_mono, site->place, 2 * c->index + 1}) &&
	       (!c->closed || !c->facts->closed_mono ||
		add_moment(all, (struct moment){c->facts->closed_mono, site->place, 2 * c->index}));
}

static void count_moments(struct moments *all, struct model_call_site *sites)
{
	if (all->count)
		qsort(all->list, all->count, sizeof *all->list, in_time);
	for (size_t i = 0; i < all->count; i++) {
		const struct moment *it = &all->list[i];
		uint64_t *now = &all->now[it->site];

		*now = it->order & 1 ? *now + 1 : *now - (*now != 0);
		if (*now > sites[it->site].open_max)
			sites[it->site].open_max = *now;
		all->done = *it;
		all->any_done = true;
	}
	all->count = 0;
}

static struct model_call_site *site_of(const struct model *m, struct model_call_site *sites,
				       const struct model_conn *c)
{
	return c->stack == MODEL_NONE ? NULL : &sites[m->stacks[c->stack].place];
}

/* Those that were left out. */
static bool count_the_rest(struct model *m, struct model_call_site *sites, struct moments *all)
{
	bool enough = true;
	struct each e;

	while (enough && all->more) {
		all->more = false;
		each_begin(&e, m);
		for (const struct model_conn *c; enough && (c = each_next(&e));)
			enough = add_moments(all, site_of(m, sites, c), c);
		enough = each_end(&e, m->why) && enough;
		count_moments(all, sites);
	}
	return enough;
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

void tally_place(const struct model *m, struct model_conn *c)
{
	bool known = m->site_of_place && c->stack != MODEL_NONE;

	c->site = known ? m->site_of_place[m->stacks[c->stack].place] : MODEL_NONE;
}

/* Those of which there is something to say, in order. */
static void keep(struct model *m, struct model_call_site *sites)
{
	uint32_t count = 0, *now = calloc(m->stack_count + 1u, sizeof *now);

	for (uint32_t i = 0; i <= m->stack_count; i++)
		if (sites[i].opened)
			sites[count++] = sites[i];
	qsort(sites, count, sizeof *sites, tally_worst_first);
	for (uint32_t i = 0; now && i < count; i++)
		now[sites[i].place] = i;
	free(m->site_of_place);
	m->site_of_place = now;
	for (uint32_t i = 0; now && i < m->conn_count; i++)
		tally_place(m, &m->conns[i]);
	for (uint32_t i = 0; i < count; i++) {
		/* Its end may have come between the count of a socket and that of the most. */
		if (sites[i].open_max < sites[i].open_now)
			sites[i].open_max = sites[i].open_now;
		if (sites[i].counts.example != MODEL_NONE)
			sites[i].stack = sites[i].counts.stack;
		sites[i].stack = model_whole(m, sites[i].stack);
		m->stacks[sites[i].stack].used = true;
	}
	free(m->call_sites);
	m->call_sites = sites;
	m->call_site_count = count;
}

static bool tally_count_all(struct model *m, struct model_call_site *sites)
{
	struct moments all = {.now = calloc(m->stack_count + 1ul, sizeof *all.now)};
	bool enough = all.now;
	struct each e;

	each_begin(&e, m);
	for (const struct model_conn *c; enough && (c = each_next(&e));) {
		struct model_call_site *site = site_of(m, sites, c);

		count_conn(m, site, c);
		enough = add_moments(&all, site, c);
	}
	enough = each_end(&e, m->why) && enough;
	if (enough) {
		count_moments(&all, sites);
		enough = count_the_rest(m, sites, &all);
	}
	free(all.list);
	free(all.now);
	return enough;
}

bool tally(struct model *m)
{
	struct model_call_site *sites = calloc(m->stack_count + 1u, sizeof *sites);

	if (!sites)
		return false;
	begin(m, sites);
	if (!tally_count_all(m, sites)) {
		free(sites);
		return false;
	}
	keep(m, sites);
	return true;
}
