/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of scripts out of the dump: checked, their names terminated. Knows nothing of stacks.
 */
#ifndef CONNLEAK_MODEL_PLACES_H
#define CONNLEAK_MODEL_PLACES_H

#include "model/model.h"

/* Fills model.places. False only without memory. */
bool places_build(struct model *m);
void places_free(struct model *m);

/* The index into model.places that a frame of the dump stands for; MODEL_NONE: an address, or damage. */
uint32_t places_at(const struct model *m, uint64_t frame);

#endif
