/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pins: which thread serves which connection, and which threads live on only because their
 * connection was never let go. Wants the verdicts decided; knows neither the dump's layout nor
 * reports.
 */
#ifndef CONNLEAK_PINS_H
#define CONNLEAK_PINS_H

#include "model/model.h"

/* Decides serves, role and pins of each thread, and the summary's threads. Call it again after
 * verdict_decide(): it starts over. False only without memory. */
bool pins_decide(struct model *m);

/* The threads of a connection, ascending by id, each once: who opened it, read it last, wrote it last,
 * serves it, waits on it. The first one above `after` (begin with 0); 0: no more. */
uint32_t pins_next(const struct model *m, const struct model_conn *c, uint32_t after);

#endif
