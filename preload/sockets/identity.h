/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which socket a connection is: its inode, by which a descriptor is known to be it still, after closes
 * that nobody saw. The kernel is asked when it is needed: a server's connections come and go, and of most
 * nobody ever wants to know.
 *
 * The first sockets of a process are asked for at once (CONNLEAK_INODES says how many). Of later ones the
 * youngest are not known yet: one is asked for when so many others were opened after it and it is still
 * there. All functions are lock-free and async-signal-safe; in a sandbox nothing becomes known.
 */
#ifndef CONNLEAK_CONN_IDENTITY_H
#define CONNLEAK_CONN_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "connleak/dump.h"

/* A socket was opened at `fd`, in slot `index` with this id: before it is published. */
void identity_opened(struct dump_conn *c, uint32_t index, uint64_t id, int fd);

/* Before inodes are compared: those of the youngest are asked for, too. */
void identity_settle(void);

/* Is `fd`, which stands for `c`, another socket by now, or none? An unknown inode is that of any socket; in
 * a sandbox nobody may ask, and it is none. */
bool identity_lost(const struct dump_conn *c, int fd);

/* A descriptor of the connection in slot `index` was sent through a socket, from where it may come back after
 * all that are here were closed. The last ones are remembered. */
void identity_sent(uint32_t index);

/* The slot of one that was sent and is this socket, if its connection is still there; ARENA_NONE: none. */
uint32_t identity_of_sent(uint64_t inode);

/* In the child of a fork: its slots are its own. */
void identity_forget(void);

#endif
