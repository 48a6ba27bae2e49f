/* SPDX-License-Identifier: Apache-2.0 */
#include "core/traffic.h"

#include <errno.h>

#include "core/connect.h"
#include "core/follow.h"
#include "core/half.h"

COLD void traffic_touches(struct dump_conn *c)
{
	slot_flag(c, DUMP_TOUCHED);
}

INLINE void feed(struct recorder *r, struct dump_conn *c, enum framing_direction direction,
		 const struct iovec *iov, size_t count, size_t n, uint32_t openings)
{
	struct followed f = follow(r, c);
	struct dump_half *h = direction == FRAMING_IN ? &c->in : &c->out;
	struct turn before = turn_before(h);
	size_t left = n;

	if (!iov)
		framing_skip(&f.framing, direction, n);
	for (size_t i = 0; iov && i < count && left; i++) {
		size_t part = iov[i].iov_len < left ? iov[i].iov_len : left;

		if (part)
			framing_feed(&f.framing, direction, iov[i].iov_base, part);
		left -= part;
	}
	turn_framed(c, h, before, f.framing.asked, n, openings);
	if (unlikely(traffic_protocol(c) == DUMP_PROTOCOL_TLS))
		slot_flag(c, DUMP_TLS);
}

INLINE void look(struct recorder *r, struct dump_conn *c, enum framing_direction direction,
		 const struct iovec *iov, size_t count, size_t n, uint32_t openings)
{
	struct dump_half *h = direction == FRAMING_IN ? &c->in : &c->out;

	if (traffic_framed(c, h))
		feed(r, c, direction, iov, count, n, openings);
	if (turn_is_unframed(c, false)) /* that has become known just now */
		turn_unframed(c, h, n, openings);
}

HOT void traffic_feed_in(struct recorder *r, struct dump_conn *c, const struct iovec *iov, size_t count,
			 size_t n, uint32_t openings)
{
	look(r, c, FRAMING_IN, iov, count, n, openings);
}

HOT void traffic_feed_out(struct recorder *r, struct dump_conn *c, const struct iovec *iov, size_t count,
			  size_t n, uint32_t openings)
{
	look(r, c, FRAMING_OUT, iov, count, n, openings);
}

/* Errors after which the program knows that something happened to the connection; the others say
 * "not now" or "not like this". */
static bool tells(int error)
{
	switch (error) {
	case EAGAIN: case EINTR: case EFAULT: case EINVAL: case EBADF: case ENOTSOCK:
	case EOPNOTSUPP: case EMSGSIZE: case ENOBUFS: case ENOMEM: case EDESTADDRREQ:
	case EISCONN: case EALREADY: case EINPROGRESS: case ENOTCONN: case ESPIPE:
		return false;
	}
	return true;
}

/* What it was told, and when: a program that ends right then closes by that. */
static void told(struct dump_half *h, const struct moment *when)
{
	h->last_mono = when->now;
	h->last_next_id = when->openings;
	h->thread = when->thread ? when->thread : h->thread;
}

COLD void traffic_told_error(struct recorder *r, struct dump_conn *c, uint64_t id, bool among,
			     enum framing_direction direction, int error, const struct moment *when)
{
	struct dump_half *h = direction == FRAMING_IN ? &c->in : &c->out;
	uint32_t seq;

	if (!__atomic_load_n(&h->thread, __ATOMIC_RELAXED)) /* somebody looks at it */
		__atomic_store_n(&h->thread, when->thread, __ATOMIC_RELAXED);
	if (!tells(error) || !(seq = half_lock(r, h, c, id, among)))
		return;
	connect_refused(c, error);
	told(h, when);
	__atomic_store_n(&h->error, (uint16_t)error, __ATOMIC_RELAXED);
	half_unlock(h, seq);
}

COLD void traffic_told_eof(struct recorder *r, struct dump_conn *c, uint64_t id, bool among,
			   const struct moment *when)
{
	uint32_t seq;

	if ((c->type != SOCK_STREAM && c->type != SOCK_SEQPACKET) || !(seq = half_lock(r, &c->in, c, id, among)))
		return;
	if (traffic_framed(c, &c->in) && !c->in.eof) {
		struct followed f = follow(r, c);

		framing_eof(&f.framing, FRAMING_IN);
	}
	if (!c->in.eof)
		told(&c->in, when);
	__atomic_store_n(&c->in.eof, 1, __ATOMIC_RELAXED);
	half_unlock(&c->in, seq);
}
