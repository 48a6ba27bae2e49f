/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors closed twice: the dump's facts, joined with the connections and stacks of the model. */
#ifndef CONNLEAK_MODEL_TWICE_H
#define CONNLEAK_MODEL_TWICE_H

#include "model/model.h"

/* Of a model that was built. False: no memory. */
bool twice_join(struct model *m);

#endif
