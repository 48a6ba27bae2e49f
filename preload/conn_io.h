/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONNLEAK_CONN_IO_H
#define CONNLEAK_CONN_IO_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "core/slot.h"
#include "connleak/dump.h"
#include "sockets/descriptor.h"
#include "here/presence.h"
#include "threads/thread.h"

/* ---- calls that may block ---------------------------------------------------------------------- */

/* A call on a tracked connection, from before it to after it. The id tells whether the slot is
 * still that connection's when the call returns. */
struct conn_io {
	struct dump_conn *conn;
	struct dump_thread *thread; /* thread_nobody: there is no slot for it */
	uint64_t id;
	int fd;
	uint32_t openings; /* sockets opened before a call that may write, low half of the number */
	uint32_t process; /* state_process(): a handler may fork, and the child return into the call */
};

/* Are slot and thread still this process's? */
static inline bool conn_same_process(const struct conn_io *io)
{
	return likely(io->process == state_process());
}

/* The call has returned, and its thread waits no more. False when it was begun in another process. */
INLINE bool conn_back(const struct conn_io *io)
{
	if (!conn_same_process(io))
		return false;
	threads_wait_end(io->thread);
	return true;
}

bool conn_begin_slow(struct conn_io *io, int fd, enum dump_call call);

/* True when `fd` is a tracked socket: then the thread is marked as waiting in `call`, and the
 * call's end has to be told by one of the functions below. */
static inline bool conn_begin(struct conn_io *io, int fd, enum dump_call call)
{
	return unlikely(descriptor_get(fd)) && conn_begin_slow(io, fd, call);
}

/* It returned `n` (as read(2) does) with `error`; the bytes are in `iov`, or nobody saw them when
 * `iov` is NULL. `wanted`: it asked for at least a byte, so that 0 is end-of-file. */
void conn_end_in(const struct conn_io *io, ssize_t n, int error, const struct iovec *iov,
		 size_t iov_count, bool wanted);
void conn_end_out(const struct conn_io *io, ssize_t n, int error, const struct iovec *iov,
		  size_t iov_count);
/* The call only looked (MSG_PEEK): nothing was taken, but end-of-file and errors were told. */
void conn_end_peek(const struct conn_io *io, ssize_t n, int error, bool wanted);
/* One of the two, by recv(2)'s flags: MSG_PEEK takes nothing from the queue; MSG_ERRQUEUE and
 * MSG_OOB take nothing from the stream; with MSG_TRUNC the bytes of a TCP stream are thrown away
 * without being copied (tcp(7)). */
static inline void conn_end_received(const struct conn_io *io, ssize_t n, int error, int flags,
				     const struct iovec *iov, size_t iov_count, bool wanted)
{
	if (flags & (MSG_ERRQUEUE | MSG_OOB))
		thread_wait_over();
	else if (flags & MSG_PEEK)
		conn_end_peek(io, n, error, wanted);
	else
		conn_end_in(io, n, error, flags & MSG_TRUNC ? NULL : iov, iov_count, wanted);
}

/* Does it ask for a byte at least? Only after a success: the kernel may have found the array unreadable. */
static inline bool conn_wants(const struct iovec *iov, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (iov[i].iov_len)
			return true;
	return false;
}

#endif
