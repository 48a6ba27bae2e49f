/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reuse: of connections that sit idle, which does anybody use again? Looks at who was opened while whom sat
 * idle; wants the verdicts of each decided. What it remembers is of places, peers to which idle connections
 * go, and threads: of no single connection.
 */
#ifndef CONNLEAK_REUSE_H
#define CONNLEAK_REUSE_H

#include "model/model.h"

struct reuse;

/* NULL without memory. */
struct reuse *reuse_begin(const struct model *m);
void reuse_free(struct reuse *r);

/* All connections, ascending by id. False without memory. */
bool reuse_meet(struct reuse *r, const struct model *m, const struct model_conn *c);
/* Is there anything that can only be said when they are met again, in the same order?
 * To be asked until there is not. */
bool reuse_goes_on(struct reuse *r, const struct model *m);
bool reuse_meet_again(struct reuse *r, const struct model *m, const struct model_conn *c);

/* Turns a drained connection into an abandoned or bypassed one where the others say so; nothing before all
 * were met. */
void reuse_apply(const struct reuse *r, const struct model *m, struct model_conn *c);

#endif
