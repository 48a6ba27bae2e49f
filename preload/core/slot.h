/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The slot of a connection: taken, filled, published, shared among descriptors, let go, kept for
 * a while and recycled. For the conn_*.c files only; knows nothing of system calls.
 */
#ifndef CONNLEAK_CONN_SLOT_H
#define CONNLEAK_CONN_SLOT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/arena.h"
#include "connleak/dump.h"

/* The slot of an entry that is not pending. */
static inline struct dump_conn *conn_of_entry(const struct recorder *r, uint32_t entry)
{
	return arena_item(r, ARENA_CONNECTIONS, entry - 1);
}

/* Whose slot it is; it may be another connection's the next moment. A stale answer is caught where it
 * counts: half_lock() asks again once it holds the slot. */
static inline uint64_t conn_id(const struct dump_conn *c)
{
	return __atomic_load_n(&c->id, __ATOMIC_RELAXED);
}

/* Is it, or can it become, a connection to somebody: no datagram socket, no end of a socketpair,
 * not listening. */
static inline bool conn_is_with_flags(const struct dump_conn *c, uint16_t flags)
{
	return (c->type == SOCK_STREAM || c->type == SOCK_SEQPACKET) && !(flags & (DUMP_PAIR | DUMP_LISTENING));
}
static inline bool conn_is_connection(const struct dump_conn *c)
{
	return conn_is_with_flags(c, __atomic_load_n(&c->flags, __ATOMIC_RELAXED));
}

/* A slot for a new socket, with an id, being written (seq is odd); its index in *index. NULL when
 * there is none. Everything not set by the caller is 0. */
struct dump_conn *slot_take(struct recorder *r, uint32_t *index);
/* Makes it valid: open, with `fd` as its only descriptor. */
void slot_publish(struct recorder *r, struct dump_conn *c, int fd);

/* Names one of its descriptors, if there is room: the first ones are named as they come, and a later one
 * whose predecessors were closed when it is met again. */
void slot_name(struct dump_conn *c, int fd);

/* One more descriptor. False when it was closed meanwhile. */
bool slot_share(struct dump_conn *c, int fd);
/* The closed connection in slot `index` is open again, if it is this socket's still: its last descriptor went
 * through another socket (SCM_RIGHTS) and came back as `fd`. It stays among the closed until its turn. */
bool slot_revive(struct recorder *r, uint32_t index, uint64_t inode, int fd, uint64_t now);

/* One descriptor less; with the last one the connection is closed. */
void slot_release(struct recorder *r, uint32_t index, int fd, bool unseen, uint64_t now);
/* The same of slot `index`, which is `c`. */
void slot_release_of(struct recorder *r, struct dump_conn *c, uint32_t index, int fd, bool unseen,
		     uint64_t now);

/* Its inode is known now, if it is still that connection's slot. */
void slot_identify(struct dump_conn *c, uint64_t id, uint64_t inode);

static inline uint16_t slot_flags(const struct dump_conn *c)
{
	return __atomic_load_n(&c->flags, __ATOMIC_ACQUIRE);
}

/* Most are so already: an atomic instruction is what these would cost. */
static inline void slot_flag(struct dump_conn *c, uint16_t bits)
{
	if ((slot_flags(c) & bits) != bits)
		__atomic_fetch_or(&c->flags, bits, __ATOMIC_RELEASE);
}
static inline void slot_unflag(struct dump_conn *c, uint16_t bits)
{
	if (slot_flags(c) & bits)
		__atomic_fetch_and(&c->flags, (uint16_t)~bits, __ATOMIC_RELEASE);
}

/* The same of what is known of it (`has`). */
static inline void slot_knows(struct dump_conn *c, uint8_t bits)
{
	if ((__atomic_load_n(&c->has, __ATOMIC_RELAXED) & bits) != bits)
		__atomic_fetch_or(&c->has, bits, __ATOMIC_RELEASE);
}

/* Would closing it now be early: is a response begun or awaited, and neither an end nor an error told? */
bool slot_cut_short(const struct recorder *r, uint32_t index);

#endif
