/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the facts of a connection amount to. A pure function of the model; it knows neither files
 * nor reports. What verdicts, reasons and evidence there are: model/verdicts.h.
 */
#ifndef CONNLEAK_VERDICT_H
#define CONNLEAK_VERDICT_H

#include "model/model.h"

/* Decides each connection, the call sites and the summary (but for its threads). Call it again
 * after the model changed: it starts over. False without memory, or with model.why. */
bool verdict_decide(struct model *m);
/* Forgets what that rests on; before model_free(). */
void verdict_free(struct model *m);

#endif
