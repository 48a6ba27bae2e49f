/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connections of the model, joined with what else the dump has of each, and the survey of them. Knows
 * the dump's pools, no verdicts.
 */
#ifndef CONNLEAK_CONNS_H
#define CONNLEAK_CONNS_H

#include "model/model.h"

/* Fills in model.conns and model.survey. Wants the stacks. False without memory, or with model.why. */
bool conns_build(struct model *m);
/* Also what kernel.c has added. */
void conns_free(struct model *m);

#endif
