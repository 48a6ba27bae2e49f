/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel says of the connections that are still open at the end. Owns the dump's kernel
 * facts; draws no conclusion from them.
 */
#ifndef CONNLEAK_KERNEL_H
#define CONNLEAK_KERNEL_H

#include <stdbool.h>

#include "connleak/dump.h"

/* Asks for each open connection: is its descriptor still this socket, its TCP state, what is left
 * in its queues, how many bytes the kernel counted. Some three system calls each. */
void kernel_ask_all(void);

/* Of one socket, before it is closed: fills in what can be had, all but `conn`. In a sandbox nothing. */
void kernel_ask_one(const struct dump_conn *c, int fd, struct dump_kernel *k);

/* It has counted no more bytes than went by here: nobody else moved any. False when that cannot be known. */
static inline bool kernel_agrees(const struct dump_conn *c, const struct dump_kernel *k)
{
	return k->has == (DUMP_KERNEL_TCP | DUMP_KERNEL_QUEUE) && !(c->flags & DUMP_INHERITED) &&
	       k->received <= c->in.bytes + k->queued + 1 &&  /* a FIN counts as a byte received */
	       k->acked + k->unsent <= c->out.bytes + 2;      /* the SYN as one acknowledged, a FIN as one */
}

#endif
