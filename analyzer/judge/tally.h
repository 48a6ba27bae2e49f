/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tally: verdicts counted, over the whole process and by call site, with what is no longer
 * listed one by one. Wants the verdicts decided.
 */
#ifndef CONNLEAK_TALLY_H
#define CONNLEAK_TALLY_H

#include "model/model.h"

/* Fills model.summary (but for its threads) and model.call_sites. False only without memory. */
bool tally(struct model *m);

#endif
