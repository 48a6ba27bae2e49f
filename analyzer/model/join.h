/* SPDX-License-Identifier: Apache-2.0 */
/* What the dump has of one connection in its several pools, put together. */
#ifndef CONNLEAK_JOIN_H
#define CONNLEAK_JOIN_H

#include "model/model.h"

/* `c` as its own facts tell it. */
void join_facts(const struct model *m, struct model_conn *c, const struct dump_conn *facts, bool torn);
/* What the kernel said of it at the end; a close of it that says something, whose stack is used. */
void join_kernel(struct model_conn *c, const struct dump_kernel *k);
void join_close(const struct model *m, struct model_conn *c, const struct dump_close *it);
/* What opened it; the name stays where it is. */
void join_task(struct model_conn *c, const struct dump_task *t);

#endif
