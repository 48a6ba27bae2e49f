/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who else holds a socket: a child that inherited it, whoever was sent it. The peer of a connection that
 * this process has closed sees no end as long as anybody does. Joins the models of many processes by the
 * sockets' inodes, and asks /proc of those that run; knows no verdicts.
 */
#ifndef CONNLEAK_HOLDERS_H
#define CONNLEAK_HOLDERS_H

#include "model/model.h"

/* Fills in model_conn.holders of all. Who has ended holds nothing any more, but held it when a process that
 * ended before it did; who was killed, nobody knows when, is not named. False only without memory. */
bool holders_join(struct model *const *all, size_t count);

/* Who else holds this one, in the order in which they began: the first after `after` (begin with NULL);
 * NULL: no more. Also of connections that are walked, of which model_conn.holders says nothing. */
const struct model_holder *holders_next(const struct model *m, const struct model_conn *c,
					const struct model_holder *after);
/* Of a model whose connections are walked; before model_free(). */
void holders_free(struct model *m);

#endif
