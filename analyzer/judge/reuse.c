/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/reuse.h"

#include <stdlib.h>

#include "connleak/exchange.h"
#include "judge/reuse_groups.h"
#include "model/verdicts.h"

/* How many make an orphaned pool: two may be chance. */
#define ABANDONED_MIN 3

struct reuse {
	struct groups met;
	bool *asks; /* by place: one that was opened there, open or closed, was asked for something */
	enum { LOOK_EACH, LOOK_ROWS, LOOK_OPENERS, LOOK_OPENERS_ROWS, LOOK_DONE } look;
};

/* An accepted connection's peer port is its own; only a client comes back to the same peer. */
static bool to_a_peer(const struct model_conn *c)
{
	return c->facts->role == DUMP_ROLE_CLIENT && (c->facts->has & DUMP_HAS_PEER);
}

static bool idle(const struct model_conn *c)
{
	return c->verdict == VERDICT_DRAINED && to_a_peer(c);
}

/* The number of the next socket at that time; the recorder keeps the low half. Never is when it was
 * opened. */
static uint64_t next_at(const struct dump_conn *c, const struct dump_half *h)
{
	uint64_t opened = c->id + 1, at = opened + (uint64_t)(int64_t)(int32_t)(h->last_next_id - (uint32_t)opened);

	return h->last_mono && (int64_t)(at - opened) > 0 ? at : opened;
}

/* When its last request began. */
static uint64_t last_asked(const struct dump_conn *c)
{
	return next_at(c, &c->out);
}

/* Since when it sits idle: the answer to its last request was there. */
static uint64_t last_used(const struct dump_conn *c)
{
	uint64_t in = next_at(c, &c->in), out = last_asked(c);

	return in > out ? in : out;
}

static bool was_asked(const struct dump_conn *c)
{
	return c->has & DUMP_HAS_ASKED;
}

/* The numbers of its requests; without framing they are counted in the frame all the same. */
static uint32_t requests(const struct model_conn *c)
{
	return c->facts->protocol == DUMP_PROTOCOL_NONE || c->facts->protocol == DUMP_PROTOCOL_TLS ?
		       c->facts->out.frame.begun : c->requests;
}

static bool alive(const struct model *m, uint32_t thread)
{
	const struct model_thread *t = model_thread_by_id(m, thread);

	return t && t->alive;
}

static void abandon(struct model_conn *c)
{
	c->verdict = VERDICT_LEAKED;
	c->reason = REASON_ABANDONED;
	c->evidence = EVIDENCE_REUSE;
}

/* ---- met once: which are there -------------------------------------------------------------------- */

static enum of kind_of(const struct model_conn *c)
{
	return was_asked(c->facts) ? OF_ASKED : OF_UNASKED;
}

static bool meet_opener(struct reuse *r, const struct model *m, const struct group *g,
			const struct model_conn *c)
{
	struct opener *o;

	if (!c->facts->opened_by || !alive(m, c->facts->opened_by))
		return true;
	o = groups_opener(&r->met, g, c);
	o = o ? o : groups_add_opener(&r->met, g, c);
	if (!o)
		return false;
	o->count++;
	return true;
}

/* One that was asked but once, and late, shows only that several were at work at a time. */
static bool meet_idle(struct reuse *r, const struct model *m, const struct model_conn *c, enum of of)
{
	struct group *g;

	if (!groups_has_one(m, c, of))
		return true;
	g = groups_find(&r->met, m, c, of);
	g = g ? g : groups_add(&r->met, m, c, of);
	if (!g)
		return false;
	g->count++;
	g->reused = g->reused || g->asked_at > c->facts->id;
	g->asked_at = requests(c) > 1 ? last_asked(c->facts) : 0;
	return meet_opener(r, m, g, c);
}

static bool meet_peer(struct reuse *r, const struct model_conn *c)
{
	struct peer *p = groups_peer(&r->met, c->facts);

	if (!p && idle(c)) {
		p = groups_add_peer(&r->met, c->facts);
		if (!p)
			return false;
	}
	if (p)
		p->newest = c->facts->id;
	return true;
}

bool reuse_meet(struct reuse *r, const struct model *m, const struct model_conn *c)
{
	if (c->stack != MODEL_NONE && was_asked(c->facts))
		r->asks[m->stacks[c->stack].place] = true;
	if (!to_a_peer(c))
		return true;
	return meet_peer(r, c) && (!idle(c) || meet_idle(r, m, c, kind_of(c)));
}

/* ---- met again: how they follow each other -------------------------------------------------------- */

/* Is it the only one that its thread, which lives, has of these, and uses itself? */
static bool kept_by_its_thread(const struct reuse *r, const struct group *g, const struct model_conn *c)
{
	const struct dump_conn *f = c->facts;
	const struct opener *o = f->opened_by && f->out.thread == f->opened_by ? groups_opener(&r->met, g, c) : NULL;

	return o && o->count == 1;
}

/* Of those that were at work at a time no two are in a row: what a pool makes for a burst of requests is no
 * row. */
static void go_on_row(struct group *g, const struct dump_conn *c)
{
	uint32_t row = g->idle_in_row <= c->id ? ABANDONED_MIN : g->idle_since <= c->id ? ABANDONED_MIN - 1 : 1;
	uint64_t used = last_used(c);

	g->row = row > g->row ? row : g->row;
	g->idle_since = used < g->idle_since ? used : g->idle_since;
	if (row > 1)
		g->idle_in_row = used < g->idle_in_row ? used : g->idle_in_row;
}
_Static_assert(ABANDONED_MIN == 3, "a row is of one, of two, or long enough");

/* So long after all there was had gone by, the next one is opened at another time. */
#define ANOTHER_TIME 30000000u

static uint64_t last_moved(const struct dump_conn *c)
{
	uint64_t last = c->connected_mono > c->opened_mono ? c->connected_mono : c->opened_mono;

	last = c->in.last_mono > last ? c->in.last_mono : last;
	return c->out.last_mono > last ? c->out.last_mono : last;
}

static void go_on_times(struct group *g, const struct dump_conn *c)
{
	g->times += !g->left || c->opened_mono > g->moved + ANOTHER_TIME;
	g->moved = last_moved(c) > g->moved ? last_moved(c) : g->moved;
}

static void go_on(struct reuse *r, struct group *g, const struct model_conn *c)
{
	if (!g || kept_by_its_thread(r, g, c))
		return;
	if (g->key.of == OF_UNASKED)
		go_on_times(g, c->facts);
	else
		go_on_row(g, c->facts);
	if (g->left < 2)
		*(g->left ? &g->second : &g->first) = c->facts->id;
	g->again = g->again || (g->left == 1 && requests(c) > 1);
	g->left++;
}

/* ---- what follows --------------------------------------------------------------------------------- */

/* Where nothing was asked for: a pool that was filled in advance was so at one time; a health check that
 * forgets to close goes on. */
static bool may_be_abandoned(const struct reuse *r, const struct group *g)
{
	if (g->key.of == OF_UNASKED)
		return g->count >= ABANDONED_MIN && !r->asks[g->key.place];
	return g->count > 1 && !g->reused;
}

static bool abandons(const struct reuse *r, const struct group *g, const struct model_conn *c)
{
	return g && g->abandoned && !kept_by_its_thread(r, g, c);
}

/* A library that abandons what it opens does so for each line that asks it to. One that hands out a handle is
 * asked once by each line: so a line counts where it has asked again, and what was not abandoned yet. */
static bool counts_for_opener(const struct group *g)
{
	return g->key.of == OF_ASKED && (g->abandoned ? g->count - g->left : g->count) > 1;
}

static bool is_openers(const struct reuse *r, const struct model *m, const struct model_conn *c)
{
	const struct group *g = idle(c) && was_asked(c->facts) ? groups_find(&r->met, m, c, OF_ASKED) : NULL;

	return g && counts_for_opener(g) && !abandons(r, g, c);
}

static bool any_may(const struct reuse *r, bool openers)
{
	for (const struct group *g = r->met.groups; g; g = g->hh.next)
		if ((g->key.of == OF_OPENER) == openers && may_be_abandoned(r, g))
			return true;
	return false;
}

static bool any_counts_for_opener(const struct reuse *r)
{
	for (const struct group *g = r->met.groups; g; g = g->hh.next)
		if (counts_for_opener(g))
			return true;
	return false;
}

static void decide_groups(struct reuse *r, const struct model *m)
{
	bool exhausted = dump_process(m->dump)->exhausted;

	for (struct group *g = r->met.groups; g; g = g->hh.next)
		g->abandoned = may_be_abandoned(r, g) &&
			       (g->key.of != OF_UNASKED ? g->row >= ABANDONED_MIN :
				g->left >= ABANDONED_MIN && (g->times >= ABANDONED_MIN || exhausted));
}

bool reuse_goes_on(struct reuse *r, const struct model *m)
{
	if (r->look == LOOK_ROWS || r->look == LOOK_OPENERS_ROWS)
		decide_groups(r, m);
	while (r->look < LOOK_DONE) {
		r->look++;
		if ((r->look == LOOK_ROWS && any_may(r, false)) || (r->look == LOOK_OPENERS && any_counts_for_opener(r)) ||
		    (r->look == LOOK_OPENERS_ROWS && any_may(r, true)))
			return true;
	}
	return false;
}

bool reuse_meet_again(struct reuse *r, const struct model *m, const struct model_conn *c)
{
	if (r->look == LOOK_ROWS && idle(c))
		go_on(r, groups_find(&r->met, m, c, kind_of(c)), c);
	else if (r->look == LOOK_OPENERS && is_openers(r, m, c))
		return meet_idle(r, m, c, OF_OPENER);
	else if (r->look == LOOK_OPENERS_ROWS && is_openers(r, m, c))
		go_on(r, groups_find(&r->met, m, c, OF_OPENER), c);
	return true;
}

static void pass_by(const struct reuse *r, const struct group *g, struct model_conn *c)
{
	if (g && g->key.of != OF_UNASKED && may_be_abandoned(r, g) && g->left == 2 && g->row == 2 && !g->again &&
	    c->facts->id == g->first)
		c->bypassed_by = g->second;
}

void reuse_apply(const struct reuse *r, const struct model *m, struct model_conn *c)
{
	const struct group *g, *opener;

	if (r->look != LOOK_DONE || !idle(c))
		return;
	g = groups_find(&r->met, m, c, kind_of(c));
	opener = is_openers(r, m, c) ? groups_find(&r->met, m, c, OF_OPENER) : NULL;
	pass_by(r, g, c);
	pass_by(r, opener, c);
	if (abandons(r, g, c) || abandons(r, opener, c))
		abandon(c);
	else if (c->reason != REASON_STALE && !exchange_listens(c->facts) && groups_peer(&r->met, c->facts) &&
		 groups_peer(&r->met, c->facts)->newest >= last_used(c->facts))
		c->reason = REASON_BYPASSED;
}

struct reuse *reuse_begin(const struct model *m)
{
	struct reuse *r = calloc(1, sizeof *r);

	if (r)
		r->asks = calloc(m->stack_count + 2ul, sizeof *r->asks);
	if (r && !r->asks) {
		free(r);
		return NULL;
	}
	return r;
}

void reuse_free(struct reuse *r)
{
	if (!r)
		return;
	groups_free(&r->met);
	free(r->asks);
	free(r);
}
