/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONNLEAK_CENSUS_H
#define CONNLEAK_CENSUS_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "core/arena.h"
#include "connleak/dump.h"
#include "sockets/descriptor.h"

/* A new descriptor that is no socket: what we hold under its number was closed unseen. */
void conn_replaced_slow(int fd);
static inline void conn_replaced(int fd)
{
	if (unlikely(fd >= 0 && descriptor_get(fd)))
		conn_replaced_slow(fd);
}

/* ---- inheritance, exec, end ----------------------------------------------------------------------- */

/* The parent's picture, in the child of a fork that has touched nothing yet. */
extern struct arena_map process_parent;

/* At the start of a process image: sockets that are open already. Makes system calls. */
void conn_inherit_from_exec(void);
/* Calls `visit` for each descriptor of this process, but for the one that this takes. False: there is no
 * /proc. Makes system calls; once at a time. */
bool conn_each_descriptor(void (*visit)(int fd));
/* In the child of a fork: what the parent held is pending here. */
void conn_inherit_from_fork(void);
/* Gives a slot to one socket that we did not see being made; `entry` is its pending entry, `fresh`
 * says that this process has just got it. */
void conn_adopt(int fd, uint32_t entry, bool fresh);
/* Gives a slot to every pending socket; called when this process's dump is made. */
void conn_adopt_all(void);
/* Asks the kernel which of the descriptors that we hold as open are not, and closes those. Some
 * 0.2 us for each. */
void conn_reconcile(void);
/* An exec is about to happen: notes which connections it would close. */
void conn_before_exec(void);
/* Calls `visit` for each open connection that has a descriptor. */
void conn_each_open(void (*visit)(struct dump_conn *c, int fd, void *data), void *data);

#endif
