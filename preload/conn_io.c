/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that read and write: from before the call, by descriptor, to what core makes of its end. */
#include "conn_way.h"

bool conn_begin_slow(struct conn_io *io, int fd, enum dump_call call)
{
	return way_begin(io, fd, call);
}

void conn_end_in(const struct conn_io *io, ssize_t n, int error, const struct iovec *iov, size_t count,
		 bool wanted)
{
	if (!way_back(io))
		return;
	if (likely(n > 0))
		way_moved(io, FRAMING_IN, (size_t)n, TRAFFIC_MANY(iov, count));
	else
		way_told(io->conn, io->id, FRAMING_IN, n, error, wanted);
}

void conn_end_out(const struct conn_io *io, ssize_t n, int error, const struct iovec *iov, size_t count)
{
	if (!way_back(io))
		return;
	if (likely(n > 0))
		way_moved(io, FRAMING_OUT, (size_t)n, TRAFFIC_MANY(iov, count));
	else
		way_told(io->conn, io->id, FRAMING_OUT, n, error, 0);
}

void conn_end_peek(const struct conn_io *io, ssize_t n, int error, bool wanted)
{
	if (conn_back(io) && n <= 0)
		way_told(io->conn, io->id, FRAMING_IN, n, error, wanted);
}

COLD void way_told(struct dump_conn *c, uint64_t id, enum framing_direction direction, ssize_t n, int error,
		   size_t wanted)
{
	struct moment when = {state_now(), traffic_openings(&here), self.id};

	if (n < 0)
		traffic_told_error(&here, c, id, state_threaded(), direction, error, &when);
	else if (wanted)
		traffic_told_eof(&here, c, id, state_threaded(), &when);
}

COLD void way_end_received_slow(struct conn_io io, ssize_t n, int flags, const void *buffer, size_t size)
{
	struct iovec one = {(void *)buffer, size};

	conn_end_received(&io, n, n < 0 ? errno : 0, flags, &one, 1, size > 0);
}
