/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the connections of a place are first used, and where those are closed that are closed: the recorder
 * notes it once for each stack, and a place may have several. Knows places, no verdicts.
 */
#ifndef CONNLEAK_JUDGE_TRACES_H
#define CONNLEAK_JUDGE_TRACES_H

#include "model/model.h"

/* Fills in model_call_site.first_used and .closed_at, after place_decide() and tally(). False: no memory. */
bool traces_join(struct model *m);

#endif
