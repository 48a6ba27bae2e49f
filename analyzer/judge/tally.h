/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tally: verdicts counted, over the whole process and by call site, with what is no longer
 * listed one by one. Wants the verdicts decided.
 */
#ifndef CONNLEAK_TALLY_H
#define CONNLEAK_TALLY_H

#include "model/model.h"

/* One connection more. What is counted without being listed has no example and no reason. */
void tally_add(struct counts *to, const struct model_conn *c);
/* For qsort(3), worst first: by leaked, then by drained. */
int tally_order(const struct counts *a, const struct counts *b);

/* Fills in model_conn.site, when there are call sites: also of those that are walked after that. */
void tally_place(const struct model *m, struct model_conn *c);

/* Fills model.summary (but for its threads) and model.call_sites. False without memory, or with model.why. */
bool tally(struct model *m);

#endif
