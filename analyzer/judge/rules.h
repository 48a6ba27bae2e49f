/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of verdicts that look at one connection, its threads and the survey. Pure functions of the
 * model. */
#ifndef CONNLEAK_RULES_H
#define CONNLEAK_RULES_H

#include "model/model.h"

/* What a rule that fits says of it; true. */
static inline bool is(struct model_conn *c, enum verdict v, enum reason r, enum evidence e)
{
	c->verdict = v;
	c->reason = r;
	c->evidence = e;
	return true;
}

/* Describes it (judge/known.h), and decides verdict, reason, evidence and what stands beside them in struct
 * model_conn. */
void verdict_of(const struct model *m, struct model_conn *c);

/* The same of one that the end of the process closed (by-exit), where its place is known to keep what has
 * ended: it would have been kept, too. */
void verdict_by_habit(const struct model *m, struct model_conn *c);

#endif
