/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes by on a connection: counts bytes, notes what the program was told, feeds the framing.
 */
#include <errno.h>

#include "conn_io.h"
#include "entry.h"
#include "sockets/connect.h"
#include "core/follow.h"
#include "core/half.h"
#include "core/slot.h"
#include "process.h"
#include "threads/thread.h"
#include "sockets/tls.h"

/* The low half of the number of sockets opened so far: orders this use against openings, exactly,
 * where a clock would not. */
static uint32_t openings(void)
{
	return (uint32_t)__atomic_load_n(&here.arena.process->next_id, __ATOMIC_RELAXED);
}

static void touch(struct dump_conn *c)
{
	if (unlikely(slot_flags(c) & DUMP_INHERITED))
		slot_flag(c, DUMP_TOUCHED);
}

HOT bool conn_begin_slow(struct conn_io *io, uint32_t entry, int fd, enum dump_call call)
{
	entry = entry_of(entry, fd);
	if (unlikely(!entry))
		return false;
	io->conn = conn_of_entry(&here, entry);
	io->id = __atomic_load_n(&io->conn->id, __ATOMIC_ACQUIRE);
	if (unlikely(!io->id || !descriptor_still(fd, entry)))
		return false; /* closed by another thread just now, and the slot another's */
	touch(io->conn);
	io->fd = fd;
	io->openings = openings();
	io->forks = state.forks;
	io->thread = thread_self();
	if (likely(io->thread))
		thread_wait_begin(io->thread, call, io->id, -1);
	return true;
}

/* ---- framing ------------------------------------------------------------------------------------- */

/* Decided by whichever direction is recognized first, so not under the other one's lock. */
static uint8_t protocol_of(const struct dump_conn *c)
{
	return __atomic_load_n(&c->protocol, __ATOMIC_RELAXED);
}

static bool framed(const struct dump_conn *c, const struct dump_half *h)
{
	uint8_t protocol = protocol_of(c);

	return c->type == SOCK_STREAM && protocol != DUMP_PROTOCOL_NONE && protocol != DUMP_PROTOCOL_TLS &&
	       !(slot_flags(c) & DUMP_TLS_INSIDE) &&
	       !(h->frame.flags & (DUMP_FRAME_LOST | DUMP_FRAME_SWITCHED));
}

/* TLS that nobody sees into yet, or what an upgrade (CONNECT, STARTTLS) led to. */
static bool opaque(const struct dump_conn *c)
{
	return (protocol_of(c) == DUMP_PROTOCOL_TLS ||
		(__atomic_load_n(&c->in.frame.flags, __ATOMIC_RELAXED) & DUMP_FRAME_SWITCHED)) &&
	       !(slot_flags(c) & DUMP_TLS_INSIDE);
}

static void feed(struct dump_conn *c, enum framing_direction direction, const struct iovec *iov,
		 size_t count, size_t n)
{
	struct followed f = follow(&here, c);

	if (!iov) {
		framing_skip(&f.framing, direction, n);
		return;
	}
	for (size_t i = 0; i < count && n; i++) {
		size_t part = iov[i].iov_len < n ? iov[i].iov_len : n;

		if (part)
			framing_feed(&f.framing, direction, iov[i].iov_base, part);
		n -= part;
	}
	if (unlikely(protocol_of(c) == DUMP_PROTOCOL_TLS))
		slot_flag(c, DUMP_TLS);
}

/* ---- the end of a call ------------------------------------------------------------------------------ */

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

static __attribute__((cold)) void told_error(const struct conn_io *io, struct dump_half *h, int error)
{
	uint32_t seq;

	if (!tells(error) || !(seq = half_lock(&here, h, io->conn, io->id, state_threaded())))
		return;
	connect_refused(io->conn, error);
	h->error = (uint16_t)error;
	half_unlock(h, seq);
}

static void touch_by(struct dump_thread *t, const struct conn_io *io, uint32_t how)
{
	if (unlikely(thread_touch_is_new(t, io->id, how)) && conn_is_connection(io->conn))
		thread_touch(t, io->id, how);
}

/* Inline twice, so that each direction has its own.
 *
 * `used`: how many sockets were opened before this use. A write counts from its beginning: its
 * answer may be read, and the next socket opened, before send() returns. */
INLINE void moved(const struct conn_io *io, enum framing_direction direction, size_t n,
		  const struct iovec *iov, size_t count, uint32_t used)
{
	struct dump_conn *c = io->conn;
	struct dump_half *h = direction == FRAMING_IN ? &c->in : &c->out;
	uint32_t seq = half_lock(&here, h, io->conn, io->id, state_threaded());

	if (unlikely(!seq))
		return;
	if (unlikely(!(slot_flags(c) & (DUMP_CONNECTED | DUMP_PAIR))))
		connect_seen(c, io->fd);
	if (likely(io->thread))
		touch_by(io->thread, io, direction == FRAMING_IN ? DUMP_THREAD_READ : DUMP_THREAD_WROTE);
	h->bytes += n;
	h->last_mono = state_now();
	h->last_next_id = used;
	h->thread = self.id;
	if (framed(c, h))
		feed(c, direction, iov, count, n);
	if (direction == FRAMING_IN && unlikely(opaque(c)))
		tls_received(c, iov, count, n);
	half_unlock(h, seq);
}

static __attribute__((cold)) void told_eof(const struct conn_io *io)
{
	struct dump_conn *c = io->conn;
	uint32_t seq;

	if ((c->type != SOCK_STREAM && c->type != SOCK_SEQPACKET) || !(seq = half_lock(&here, &c->in, c, io->id, state_threaded())))
		return;
	if (framed(c, &c->in) && !c->in.eof) {
		struct followed f = follow(&here, c);

		framing_eof(&f.framing, FRAMING_IN);
	}
	c->in.eof = 1;
	half_unlock(&c->in, seq);
}

/* The call has returned. False when it was begun in another process. */
static bool back(const struct conn_io *io)
{
	if (unlikely(!conn_same_process(io)))
		return false;
	if (likely(io->thread))
		thread_wait_end(io->thread);
	tls_touched(io->conn, io->id);
	return true;
}

HOT void conn_end_in(const struct conn_io *io, ssize_t n, int error, const struct iovec *iov,
		     size_t count, bool wanted)
{
	if (!back(io))
		return;
	if (likely(n > 0))
		moved(io, FRAMING_IN, (size_t)n, iov, count, openings());
	else if (n == 0 && wanted)
		told_eof(io);
	else if (n < 0)
		told_error(io, &io->conn->in, error);
}

HOT void conn_end_out(const struct conn_io *io, ssize_t n, int error, const struct iovec *iov,
		      size_t count)
{
	if (!back(io))
		return;
	if (likely(n > 0))
		moved(io, FRAMING_OUT, (size_t)n, iov, count, io->openings);
	else if (n < 0)
		told_error(io, &io->conn->out, error);
}

void conn_end_peek(const struct conn_io *io, ssize_t n, int error, bool wanted)
{
	thread_wait_over();
	if (!conn_same_process(io))
		return;
	if (n == 0 && wanted)
		told_eof(io);
	else if (n < 0)
		told_error(io, &io->conn->in, error);
}
