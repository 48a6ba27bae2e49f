/* SPDX-License-Identifier: Apache-2.0 */
/* Threads out of a dump, goroutines among them: who they are, what they wait in. Knows no connection. */
#ifndef CONNLEAK_MODEL_THREADS_H
#define CONNLEAK_MODEL_THREADS_H

#include "model/model.h"

/* Fills model.threads, by id; wants its process and stacks. False without memory. */
bool threads_build(struct model *m);

#endif
