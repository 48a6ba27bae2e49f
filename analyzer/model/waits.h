/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waits: which sockets each thread that is alive waits for, and which sockets are waited for. Part
 * of building the model; knows no verdicts.
 */
#ifndef CONNLEAK_WAITS_H
#define CONNLEAK_WAITS_H

#include "model/model.h"

/* Fills in waiting_on and waiting_count of the threads and waited_for of the connections. False only
 * without memory. */
bool waits_join(struct model *m);

#endif
