/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of each read and write on a tracked socket, inline: what hooks/around.h lays around the
 * real call, and what conn_io.c has as functions for those that seldom come. Here instructions are
 * counted (tests/bench/baseline.json): each word is read once, what seldom happens is a call, and
 * nothing on the way sets errno.
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

/* Does it only read? Then when it began is nothing to go by. */
INLINE bool way_reads(enum dump_call call)
{
	return call == DUMP_CALL_read || call == DUMP_CALL_readv || call == DUMP_CALL_recv ||
	       call == DUMP_CALL_recvfrom;
}

/* descriptor_get() has just found something at `fd`. */
INLINE bool way_begin(struct conn_io *io, int fd, enum dump_call call)
{
	uint32_t entry = entry_in(descriptor_again(fd), fd, &io->process);

	if (unlikely(!entry))
		return false;
	io->conn = conn_of_entry(&here, entry);
	io->id = __atomic_load_n(&io->conn->id, __ATOMIC_ACQUIRE);
	if (unlikely(!io->id || !descriptor_still(fd, entry)))
		return false; /* closed by another thread just now, and the slot another's */
	traffic_begin(io->conn);
	io->fd = fd;
	io->openings = way_reads(call) ? 0 : traffic_openings(&here);
	io->thread = thread_self_or_nobody();
	threads_wait_begin(io->thread, call, io->id, -1, state_now());
	return true;
}

/* Inline, so that each direction has its own. The clock is read before the lock is taken: within it
 * nothing is called on most ways.
 *
 * A write counts from its beginning, in how many sockets were opened before: its answer may be read, and the
 * next socket opened, before send() returns. */
INLINE void way_moved(const struct conn_io *io, enum framing_direction direction, size_t n,
		      struct traffic_bytes bytes)
{
	struct dump_conn *c = io->conn;
	struct dump_half *h = direction == FRAMING_IN ? &c->in : &c->out;
	struct moment when = {state_now(), direction == FRAMING_IN ? traffic_openings(&here) : io->openings,
			      self.id};
	uint32_t seq = half_lock(&here, h, c, io->id, state_threaded());
	uint32_t opener = STACK_UNKNOWN;
	uint16_t flags;
	bool opaque;

	if (unlikely(!seq))
		return;
	flags = slot_flags(c);
	if (unlikely(!(flags & (DUMP_CONNECTED | DUMP_PAIR))))
		connecting_seen(c, io->fd);
	traffic_by(io->thread, c, io->id, flags, direction == FRAMING_IN ? DUMP_THREAD_READ : DUMP_THREAD_WROTE);
	opaque = traffic_moved(&here, c, flags, direction, bytes, n, &when);
	if (direction == FRAMING_IN && unlikely(opaque)) {
		struct iovec one;

		tls_received(c, traffic_iov(&bytes, &one), bytes.count, n);
	}
	if (unlikely(h->bytes == n)) /* nothing before */
		opener = traces_opener(c, direction == FRAMING_OUT);
	half_unlock(h, seq);
	if (unlikely(opener != STACK_UNKNOWN))
		traces_used(opener);
}

/* No byte went by: the peer sends no more, where so many were `wanted`, or there is an error. */
void way_told(struct dump_conn *c, uint64_t id, enum framing_direction direction, ssize_t n, int error,
	      size_t wanted);

/* The call is over; it may be one of a TLS library's. False when it was begun in another process. */
INLINE bool way_back(const struct conn_io *io)
{
	if (!conn_back(io))
		return false;
	tls_touched(io->conn, io->id);
	return true;
}

/* As conn_end_in() and conn_end_out(); the error is errno's. */
INLINE void way_end_in(const struct conn_io *io, ssize_t n, struct traffic_bytes bytes, size_t wanted)
{
	if (!way_back(io))
		return;
	if (likely(n > 0))
		way_moved(io, FRAMING_IN, (size_t)n, bytes);
	else
		way_told(io->conn, io->id, FRAMING_IN, n, errno, wanted);
}

INLINE void way_end_out(const struct conn_io *io, ssize_t n, struct traffic_bytes bytes)
{
	if (!way_back(io))
		return;
	if (likely(n > 0))
		way_moved(io, FRAMING_OUT, (size_t)n, bytes);
	else
		way_told(io->conn, io->id, FRAMING_OUT, n, errno, 0);
}

/* The call is given as a copy, so that the compiler has its fields in registers where this is not called. */
COLD void way_end_received_slow(struct conn_io io, ssize_t n, int flags, const void *buffer, size_t size);

/* As conn_end_received(): nearly all pass no flag that says otherwise. */
INLINE void way_end_received(const struct conn_io *io, ssize_t n, int flags, const void *buffer, size_t size)
{
	if (likely(!(flags & (MSG_ERRQUEUE | MSG_OOB | MSG_PEEK | MSG_TRUNC))))
		way_end_in(io, n, TRAFFIC_ONE(buffer, size), size);
	else
		way_end_received_slow(*io, n, flags, buffer, size);
}

#endif
