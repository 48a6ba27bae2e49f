/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waits: which sockets each thread that is alive waits for, and which sockets are waited for. Part
 * of building the model; knows no verdicts.
 */
#ifndef CONNLEAK_WAITS_H
#define CONNLEAK_WAITS_H

#include "model/model.h"

/* Before any connection is looked at. False without memory. */
bool waits_begin(struct model *m);
void waits_free(struct model *m);
/* Each connection, before waits_join(). True: who waits in its epoll set may
 * wait for it alone, and names it. */
bool waits_survey(struct model *m, const struct dump_conn *c);

/* Fills in waiting_on and waiting_count of the threads and waited_for of the connections in the model. */
void waits_join(struct model *m);
/* How one is waited for that no thread names. */
void waits_apply(const struct model *m, struct model_conn *c);

#endif
