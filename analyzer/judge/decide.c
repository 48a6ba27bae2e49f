/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All connections, looked at as often as it takes, in memory that does not grow with their number: first
 * each for itself, with what its place and its peer are known by, then reuse, then the tally. Where they
 * are in memory, what is decided is written there; where they are walked (each.h), it is decided anew each
 * time by what was learned.
 */
#include <stdlib.h>

#include "judge/known.h"
#include "judge/reuse.h"
#include "judge/rules.h"
#include "judge/tally.h"
#include "judge/traces.h"
#include "judge/verdict.h"
#include "model/each.h"

struct model_judged {
	struct model then; /* as the model was: whoever started the process may tell more of its end after that */
	bool *keeps; /* by place: others of it were kept after their end was told */
	bool keeps_known;
	struct reuse *reuse;
};

static uint32_t place_of(const struct model *m, const struct model_conn *c)
{
	return m->stacks[c->stack].place;
}

/* A place that kept others after their end was told would have kept the last one, too. */
static void habits(const struct model *m, struct model_conn *c)
{
	if (c->reason == REASON_BY_EXIT && c->stack != MODEL_NONE && m->judged->keeps[place_of(m, c)])
		verdict_by_habit(m, c);
}

/* What the others say of it. */
static void conclude(const struct model *m, struct model_conn *c)
{
	habits(m, c);
	reuse_apply(m->judged->reuse, m, c);
}

static void judge(const struct model *m, struct model_conn *c)
{
	verdict_of(&m->judged->then, c);
	if (m->judged->keeps_known)
		conclude(m, c);
	tally_place(m, c);
}

/* ---- the looks ------------------------------------------------------------------------------------ */

/* Those that are idle are none of those that habits change. */
static bool look_at_each(struct model *m)
{
	struct model_judged *j = m->judged;
	bool enough = true;
	struct each e;

	for (uint32_t i = 0; i < m->conn_count; i++)
		known_describe(&m->conns[i]); /* what threads wait for is looked at from others */
	each_begin(&e, m);
	for (struct model_conn *c; enough && (c = each_next(&e));) {
		if (!model_walks(m))
			verdict_of(m, c);
		if (c->verdict == VERDICT_LEAKED && c->stack != MODEL_NONE &&
		    (c->reason == REASON_PEER_CLOSED || c->reason == REASON_ERRORED))
			j->keeps[place_of(m, c)] = true;
		enough = reuse_meet(j->reuse, m, c);
	}
	j->keeps_known = true;
	return each_end(&e, m->why) && enough;
}

static bool look_at_reuse(struct model *m)
{
	bool enough = true;
	struct each e;

	while (enough && reuse_goes_on(m->judged->reuse, m)) {
		each_begin(&e, m);
		for (const struct model_conn *c; enough && (c = each_next(&e));)
			enough = reuse_meet_again(m->judged->reuse, m, c);
		enough = each_end(&e, m->why) && enough;
	}
	return enough;
}

/* Those in memory. */
static void decide_kept(struct model *m)
{
	for (uint32_t i = 0; i < m->conn_count; i++) {
		if (model_walks(m))
			verdict_of(m, &m->conns[i]);
		conclude(m, &m->conns[i]);
	}
}

bool verdict_decide(struct model *m)
{
	verdict_free(m);
	m->judged = calloc(1, sizeof *m->judged);
	if (!m->judged)
		return false;
	m->judged->then = *m;
	m->judge = judge;
	m->judged->keeps = calloc(m->stack_count + 2ul, sizeof *m->judged->keeps);
	m->judged->reuse = reuse_begin(m);
	if (!m->judged->keeps || !m->judged->reuse || !look_at_each(m) || !look_at_reuse(m))
		return false;
	decide_kept(m);
	if (!tally(m) || !traces_join(m))
		return false;
	if (!model_walks(m))
		verdict_free(m);
	return true;
}

void verdict_free(struct model *m)
{
	if (m->judged) {
		free(m->judged->keeps);
		reuse_free(m->judged->reuse);
		free(m->judged);
	}
	m->judged = NULL;
	m->judge = NULL;
}
