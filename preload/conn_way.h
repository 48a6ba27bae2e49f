/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of each read and write on a tracked socket, inline: what hooks/around.h lays around the real call, and what
 * conn_io.c has as functions for those that seldom come. Here instructions are counted (tests/bench/baseline.json):
 * each word is read once, what seldom happens is a call, and nothing on the way sets errno.
 */
#ifndef CONNLEAK_CONN_WAY_H
#define CONNLEAK_CONN_WAY_H

#include "conn_io.h"
#include "core/half.h"
#include "core/traffic.h"
#include "entry.h"
#include "sockets/connecting.h"
#include "sockets/tls.h"
#include "sockets/traces.h"

INLINE bool way_begin(struct conn_io *io, int fd, enum dump_call call)
{
	uint32_t entry = descriptor_get(fd);

	entry = likely(entry) ? entry_of(entry, fd) : 0;
	if (unlikely(!entry))
		return false;
	io->conn = conn_of_entry(&here, entry);
	io->id = __atomic_load_n(&io->conn->id, __ATOMIC_ACQUIRE);
	if (unlikely(!io->id || !descriptor_still(fd, entry)))
		return false; /* closed by another thread just now, and the slot another's */
	traffic_begin(io->conn);
	io->fd = fd;
	io->openings = traffic_openings(&here);
	io->forks = state.forks;
	io->thread = thread_self();
	if (likely(io->thread))
		threads_wait_begin(io->thread, call, io->id, -1, state_now());
	return true;
}

/* Inline, so that each direction has its own.
 *
 * `used`: how many sockets were opened before this use. A write counts from its beginning: its
 * answer may be read, and the next socket opened, before send() returns. */
INLINE void way_moved(const struct conn_io *io, enum framing_direction direction, size_t n, const struct iovec *iov,
		      size_t count, uint32_t used)
{
	struct dump_conn *c = io->conn;
	struct dump_half *h = direction == FRAMING_IN ? &c->in : &c->out;
	uint32_t seq = half_lock(&here, h, c, io->id, state_threaded());
	uint32_t opener = STACK_UNKNOWN;
	uint16_t flags;

	if (unlikely(!seq))
		return;
	flags = slot_flags(c);
	if (unlikely(!(flags & (DUMP_CONNECTED | DUMP_PAIR))))
		connecting_seen(c, io->fd);
	if (likely(io->thread))
		traffic_by(io->thread, c, io->id, flags, direction == FRAMING_IN ? DUMP_THREAD_READ : DUMP_THREAD_WROTE);
	traffic_moved(&here, c, direction, iov, count, n, &(struct moment){state_now(), used, self.id});
	if (direction == FRAMING_IN && unlikely(traffic_opaque(c)))
		tls_received(c, iov, count, n);
	if (unlikely(h->bytes == n)) /* nothing before */
		opener = traces_opener(c, direction == FRAMING_OUT);
	half_unlock(h, seq);
	if (unlikely(opener != STACK_UNKNOWN))
		traces_used(opener);
}

/* No byte went by: the peer sends no more, where one was `wanted`, or there is an error. */
void way_told(struct dump_conn *c, uint64_t id, enum framing_direction direction, ssize_t n, int error, bool wanted);

/* The call is over; it may be one of a TLS library's. False when it was begun in another process. */
INLINE bool way_back(const struct conn_io *io)
{
	if (!conn_back(io))
		return false;
	tls_touched(io->conn, io->id);
	return true;
}

/* As conn_end_in() and conn_end_out(); the error is errno's. */
INLINE void way_end_in(const struct conn_io *io, ssize_t n, const struct iovec *iov, size_t count, bool wanted)
{
	if (!way_back(io))
		return;
	if (likely(n > 0))
		way_moved(io, FRAMING_IN, (size_t)n, iov, count, traffic_openings(&here));
	else
		way_told(io->conn, io->id, FRAMING_IN, n, errno, wanted);
}

INLINE void way_end_out(const struct conn_io *io, ssize_t n, const struct iovec *iov, size_t count)
{
	if (!way_back(io))
		return;
	if (likely(n > 0))
		way_moved(io, FRAMING_OUT, (size_t)n, iov, count, io->openings);
	else
		way_told(io->conn, io->id, FRAMING_OUT, n, errno, false);
}

/* As conn_end_received(): nearly all pass no flag that says otherwise. */
INLINE void way_end_received(const struct conn_io *io, ssize_t n, int flags, const struct iovec *iov, size_t count,
			     bool wanted)
{
	if (likely(!(flags & (MSG_ERRQUEUE | MSG_OOB | MSG_PEEK | MSG_TRUNC))))
		way_end_in(io, n, iov, count, wanted);
	else
		conn_end_received(io, n, n < 0 ? errno : 0, flags, iov, count, wanted);
}

#endif
