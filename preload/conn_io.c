/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that read and write: from before the call, by descriptor, to what core makes of its end. */
#include "conn_io.h"

#include "core/half.h"
#include "core/traffic.h"
#include "entry.h"
#include "sockets/connecting.h"
#include "sockets/tls.h"
#include "threads/thread.h"

HOT bool conn_begin_slow(struct conn_io *io, uint32_t entry, int fd, enum dump_call call)
{
	entry = entry_of(entry, fd);
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

/* ---- the end of a call ------------------------------------------------------------------------------ */

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
		connecting_seen(c, io->fd);
	if (likely(io->thread))
		traffic_by(io->thread, c, io->id, direction == FRAMING_IN ? DUMP_THREAD_READ : DUMP_THREAD_WROTE);
	traffic_moved(&here, c, direction, iov, count, n, &(struct moment){state_now(), used, self.id});
	if (direction == FRAMING_IN && unlikely(traffic_opaque(c)))
		tls_received(c, iov, count, n);
	half_unlock(h, seq);
}

static COLD void told_error(const struct conn_io *io, enum framing_direction direction, int error)
{
	struct moment when = {state_now(), traffic_openings(&here), self.id};

	traffic_told_error(&here, io->conn, io->id, state_threaded(), direction, error, &when);
}

static COLD void told_eof(const struct conn_io *io)
{
	struct moment when = {state_now(), traffic_openings(&here), self.id};

	traffic_told_eof(&here, io->conn, io->id, state_threaded(), &when);
}

/* The same of a call that moves bytes, which may be one of a TLS library's. */
INLINE bool back(const struct conn_io *io)
{
	if (!conn_back(io))
		return false;
	tls_touched(io->conn, io->id);
	return true;
}

HOT void conn_end_in(const struct conn_io *io, ssize_t n, int error, const struct iovec *iov,
		     size_t count, bool wanted)
{
	if (!back(io))
		return;
	if (likely(n > 0))
		moved(io, FRAMING_IN, (size_t)n, iov, count, traffic_openings(&here));
	else if (n == 0 && wanted)
		told_eof(io);
	else if (n < 0)
		told_error(io, FRAMING_IN, error);
}

HOT void conn_end_out(const struct conn_io *io, ssize_t n, int error, const struct iovec *iov,
		      size_t count)
{
	if (!back(io))
		return;
	if (likely(n > 0))
		moved(io, FRAMING_OUT, (size_t)n, iov, count, io->openings);
	else if (n < 0)
		told_error(io, FRAMING_OUT, error);
}

void conn_end_peek(const struct conn_io *io, ssize_t n, int error, bool wanted)
{
	if (!conn_back(io))
		return;
	if (n == 0 && wanted)
		told_eof(io);
	else if (n < 0)
		told_error(io, FRAMING_IN, error);
}
