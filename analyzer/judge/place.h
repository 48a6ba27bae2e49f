/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places: which opening stacks are one and the same as far as reuse can tell. It knows frames and
 * modules, no connections and no verdicts.
 */
#ifndef CONNLEAK_PLACE_H
#define CONNLEAK_PLACE_H

#include "model/model.h"

#define PLACE_UNKNOWN 0

/* An array of m->stack_count numbers: stacks with the same number, from 1 on, are one place, and
 * PLACE_UNKNOWN is a stack that could not be taken. To be freed; NULL only without memory. */
uint32_t *place_of_stacks(const struct model *m);

#endif
