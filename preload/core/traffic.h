/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes by on a connection: counts bytes, notes what the program was told, feeds the framing. Knows
 * neither descriptors nor calls.
 */
#ifndef CONNLEAK_TRAFFIC_H
#define CONNLEAK_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "core/compiler.h"
#include "core/framing/framing.h"
#include "core/lines.h"
#include "core/slot.h"
#include "core/threads.h"
#include "core/turn.h"

/* When it was, and whose doing. */
struct moment {
	uint64_t now;      /* CLOCK_MONOTONIC, ns */
	uint32_t openings; /* sockets opened before, the low half of the number: orders this use against
	                      openings, exactly, where a clock would not */
	uint32_t thread;   /* its id, 0 unknown */
};

/* What a call moved, or meant to. One buffer becomes an array where it is looked at: most are not. */
struct traffic_bytes {
	const struct iovec *iov; /* NULL: nobody saw them */
	size_t count;
	bool single; /* instead of these: */
	struct iovec one;
};
#define TRAFFIC_ONE(buffer, size) ((struct traffic_bytes){NULL, 1, true, {(void *)(buffer), (size)}})
#define TRAFFIC_MANY(iov, count) ((struct traffic_bytes){(iov), (count), false, {NULL, 0}})

/* The array; `one` is the caller's, for as long as it is looked at. */
INLINE const struct iovec *traffic_iov(const struct traffic_bytes *bytes, struct iovec *one)
{
	if (!bytes->single)
		return bytes->iov;
	*one = bytes->one;
	return one;
}

/* Sockets opened so far, as struct moment has it. */
static inline uint32_t traffic_openings(const struct recorder *r)
{
	return (uint32_t)__atomic_load_n(&r->arena.process->next_id, __ATOMIC_RELAXED);
}

/* Decided by whichever direction is recognized first, so not under the other one's lock. */
static inline uint8_t traffic_protocol(const struct dump_conn *c)
{
	return __atomic_load_n(&c->protocol, __ATOMIC_RELAXED);
}

/* The framing has something to learn from this direction. */
static inline bool traffic_framed(const struct dump_conn *c, const struct dump_half *h)
{
	uint8_t protocol = traffic_protocol(c);

	return c->type == SOCK_STREAM && protocol != DUMP_PROTOCOL_NONE && !(slot_flags(c) & DUMP_TLS_INSIDE) &&
	       !(h->frame.flags & (DUMP_FRAME_LOST | DUMP_FRAME_SWITCHED));
}

/* TLS that nobody sees into yet, or what an upgrade (CONNECT, STARTTLS) led to. */
static inline bool traffic_opaque(const struct dump_conn *c)
{
	return (traffic_protocol(c) == DUMP_PROTOCOL_TLS ||
		(__atomic_load_n(&c->in.frame.flags, __ATOMIC_RELAXED) & DUMP_FRAME_SWITCHED)) &&
	       !(slot_flags(c) & DUMP_TLS_INSIDE);
}

/* The slot is the calling thread's to touch: a socket that it inherited is in use. */
COLD void traffic_touches(struct dump_conn *c);
static inline void traffic_begin(struct dump_conn *c)
{
	if (unlikely(slot_flags(c) & DUMP_INHERITED))
		traffic_touches(c);
}

/* Thread `t` reads or writes on connection `id`, which is in `c` and has these flags. */
static inline void traffic_by(struct dump_thread *t, const struct dump_conn *c, uint64_t id, uint16_t flags,
			      uint32_t how)
{
	if (unlikely(threads_touch_is_new(t, id, how)) && conn_is_with_flags(c, flags))
		threads_touch(t, id, how);
}

/* `n` bytes, in `iov`, or nobody saw them when that is NULL, of a connection that some framing follows, or
 * may yet. Under the direction's lock. */
void traffic_feed_in(struct recorder *r, struct dump_conn *c, const struct iovec *iov, size_t count, size_t n,
		     uint32_t openings);
void traffic_feed_out(struct recorder *r, struct dump_conn *c, const struct iovec *iov, size_t count,
		      size_t n, uint32_t openings);

/* `n` bytes went by. Under the direction's lock (core/half.h); inline twice, so that each direction has its
 * own. `flags` are the slot's, as they are then. True: they were read, and traffic_opaque(). */
INLINE bool traffic_moved(struct recorder *r, struct dump_conn *c, uint16_t flags,
			  enum framing_direction direction, struct traffic_bytes bytes, size_t n,
			  const struct moment *when)
{
	struct dump_half *h = direction == FRAMING_IN ? &c->in : &c->out;
	struct iovec one;

	h->bytes += n;
	h->last_mono = when->now;
	h->thread = when->thread;
	if (turn_is_unframed_with(c, flags, false)) {
		turn_unframed(c, h, n, when->openings);
		if (direction == FRAMING_OUT || likely(!(h->frame.flags & (LINES_READ | DUMP_FRAME_SWITCHED))))
			return false;
		if (lines_are_read(h))
			lines_read(h, traffic_iov(&bytes, &one), n);
		return traffic_opaque(c);
	}
	if (direction == FRAMING_OUT) {
		traffic_feed_out(r, c, traffic_iov(&bytes, &one), bytes.count, n, when->openings);
		return false;
	}
	traffic_feed_in(r, c, traffic_iov(&bytes, &one), bytes.count, n, when->openings);
	return traffic_opaque(c);
}

/* The program was told of an error on connection `id`, which was in `c`; those that say "not now" or
 * "not like this" are none. `among`: see core/half.h. */
void traffic_told_error(struct recorder *r, struct dump_conn *c, uint64_t id, bool among,
			enum framing_direction direction, int error, const struct moment *when);
/* It was told that the peer sends no more. */
void traffic_told_eof(struct recorder *r, struct dump_conn *c, uint64_t id, bool among,
		      const struct moment *when);

#endif
