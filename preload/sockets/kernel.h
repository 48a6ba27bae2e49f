/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel says of the connections that are still open at the end. Owns the dump's kernel
 * facts; draws no conclusion from them.
 */
#ifndef CONNLEAK_KERNEL_H
#define CONNLEAK_KERNEL_H

/* Asks for each open connection: is its descriptor still this socket, its TCP state, what is left
 * in its queues, how many bytes the kernel counted. Some three system calls each. */
void kernel_ask_all(void);

#endif
