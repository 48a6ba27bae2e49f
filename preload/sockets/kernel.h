/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel says of the connections that are still open at the end. Owns the dump's kernel
 * facts; draws no conclusion from them.
 */
#ifndef CONNLEAK_KERNEL_H
#define CONNLEAK_KERNEL_H

#include "connleak/dump.h"

/* Asks for each open connection: is its descriptor still this socket, its TCP state, what is left
 * in its queues, how many bytes the kernel counted. Some three system calls each. */
void kernel_ask_all(void);

/* Of one socket, before it is closed: fills in what can be had, all but `conn`. In a sandbox nothing. */
void kernel_ask_one(const struct dump_conn *c, int fd, struct dump_kernel *k);

#endif
