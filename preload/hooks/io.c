/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads and writes, by whatever name. Each is the real call between conn_begin() and one of the
 * conn_end_*() functions; on a descriptor that is no tracked socket it is a jump.
 *
 * What varies is only how a call names its bytes; the macros here contain nothing else. A twin
 * (__read_chk) waits in the call whose twin it is.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <fcntl.h>

#include "here/readable.h"
#include "hooks/around.h"
#include "stacks/unwind.h"
#include "threads/thread.h"

ssize_t __read(int fd, void *buffer, size_t size);
ssize_t __write(int fd, const void *buffer, size_t size);
ssize_t __send(int fd, const void *buffer, size_t size, int flags);
ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room);
ssize_t __recv_chk(int fd, void *buffer, size_t size, size_t room, int flags);
ssize_t __recvfrom_chk(int fd, void *buffer, size_t size, size_t room, int flags,
		       struct sockaddr *from, socklen_t *from_size);

#define ONE(buffer, size) TRAFFIC_ONE(buffer, size)

#define IN(name, call, parameters, arguments, bytes, wanted)                                      \
	AROUND(ssize_t, name, fd, call, parameters, arguments, way_end_in(&io, n, bytes, wanted))

#define OUT(name, call, parameters, arguments, bytes)                                             \
	AROUND(ssize_t, name, fd, call, parameters, arguments, way_end_out(&io, n, bytes))

/* ---- read and write ------------------------------------------------------------------------------- */

IN(read, read, (int fd, void *buffer, size_t size), (fd, buffer, size), ONE(buffer, size), size)
IN(__read, read, (int fd, void *buffer, size_t size), (fd, buffer, size), ONE(buffer, size), size)
IN(__read_chk, read, (int fd, void *buffer, size_t size, size_t room), (fd, buffer, size, room),
   ONE(buffer, size), size)
/* Where libunwind asks its question by write(2) itself, and not by syscall(2) (stacks/unwind.h). */
#if !defined(__x86_64__)
#undef AROUND_FIRST
#define AROUND_FIRST                                                                                   \
	if (unlikely(unwind_calls_from(__builtin_return_address(0)))) {                           \
		if (readable_byte(buffer))                                                        \
			return (ssize_t)size;                                                     \
		errno = EFAULT;                                                                   \
		return -1;                                                                        \
	}
#endif
OUT(write, write, (int fd, const void *buffer, size_t size), (fd, buffer, size), ONE(buffer, size))
#undef AROUND_FIRST
#define AROUND_FIRST
OUT(__write, write, (int fd, const void *buffer, size_t size), (fd, buffer, size), ONE(buffer, size))

IN(readv, readv, (int fd, const struct iovec *iov, int count), (fd, iov, count),
   TRAFFIC_MANY(iov, (size_t)count), n == 0 && conn_wants(iov, (size_t)count))
OUT(writev, writev, (int fd, const struct iovec *iov, int count), (fd, iov, count),
    TRAFFIC_MANY(iov, (size_t)count))

/* On a socket, with offset -1, these are readv and writev with flags (preadv2(2)). */
IN(preadv2, preadv2, (int fd, const struct iovec *iov, int count, off_t offset, int flags),
   (fd, iov, count, offset, flags), TRAFFIC_MANY(iov, (size_t)count),
   n == 0 && conn_wants(iov, (size_t)count))
IN(preadv64v2, preadv2, (int fd, const struct iovec *iov, int count, off64_t offset, int flags),
   (fd, iov, count, offset, flags), TRAFFIC_MANY(iov, (size_t)count),
   n == 0 && conn_wants(iov, (size_t)count))
OUT(pwritev2, pwritev2, (int fd, const struct iovec *iov, int count, off_t offset, int flags),
    (fd, iov, count, offset, flags), TRAFFIC_MANY(iov, (size_t)count))
OUT(pwritev64v2, pwritev2, (int fd, const struct iovec *iov, int count, off64_t offset, int flags),
    (fd, iov, count, offset, flags), TRAFFIC_MANY(iov, (size_t)count))

/* ---- send ------------------------------------------------------------------------------------------- */

OUT(send, send, (int fd, const void *buffer, size_t size, int flags), (fd, buffer, size, flags),
    ONE(buffer, size))
OUT(__send, send, (int fd, const void *buffer, size_t size, int flags), (fd, buffer, size, flags),
    ONE(buffer, size))
OUT(sendto, sendto, (int fd, const void *buffer, size_t size, int flags, const struct sockaddr *to,
	     socklen_t to_size),
    (fd, buffer, size, flags, to, to_size), ONE(buffer, size))
/* Of what cannot be tracked (a sandbox) what goes along is not looked at. */
static inline void end_sendmsg(const struct conn_io *io, ssize_t n, const struct msghdr *message)
{
	way_end_out(io, n, TRAFFIC_MANY(n < 0 ? NULL : message->msg_iov, n < 0 ? 0 : message->msg_iovlen));
	if (unlikely(n >= 0 && message->msg_control))
		RECORD conn_sent_with(message);
}
AROUND(ssize_t, sendmsg, fd, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags),
       end_sendmsg(&io, n, message))

HOOK(int, sendmmsg, (int fd, struct mmsghdr *messages, unsigned count, int flags))
{
	struct conn_io io;
	bool tracked = false;
	int n;

	RECORD tracked = conn_begin(&io, fd, DUMP_CALL_sendmmsg);
	n = REAL(sendmmsg)(fd, messages, count, flags);
	if (tracked)
		RECORD {
			if (n <= 0)
				conn_end_out(&io, n, TOLD(n), NULL, 0);
			for (int i = 0; i < n; i++) {
				conn_end_out(&io, messages[i].msg_len, 0, messages[i].msg_hdr.msg_iov,
					     messages[i].msg_hdr.msg_iovlen);
				conn_sent_with(&messages[i].msg_hdr);
			}
		}
	return n;
}

/* ---- recv -------------------------------------------------------------------------------------------- */

#define RECV(name, call, parameters, arguments)                                                   \
	AROUND(ssize_t, name, fd, call, parameters, arguments,                                    \
	       way_end_received(&io, n, flags, buffer, size))

RECV(recv, recv, (int fd, void *buffer, size_t size, int flags), (fd, buffer, size, flags))
RECV(__recv_chk, recv, (int fd, void *buffer, size_t size, size_t room, int flags),
     (fd, buffer, size, room, flags))
RECV(recvfrom, recvfrom,
     (int fd, void *buffer, size_t size, int flags, struct sockaddr *from, socklen_t *from_size),
     (fd, buffer, size, flags, from, from_size))
RECV(__recvfrom_chk, recvfrom,
     (int fd, void *buffer, size_t size, size_t room, int flags, struct sockaddr *from,
      socklen_t *from_size),
     (fd, buffer, size, room, flags, from, from_size))

/* ---- recvmsg and descriptors that come with it -------------------------------------------------------- */

static bool message_wants(const struct msghdr *m)
{
	return conn_wants(m->msg_iov, m->msg_iovlen);
}

HOOK(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags))
{
	struct conn_io io;
	bool tracked = false;
	ssize_t n;

	RECORD tracked = conn_begin(&io, fd, DUMP_CALL_recvmsg);
	n = REAL(recvmsg)(fd, message, flags);
	RECORD {
		if (tracked)
			conn_end_received(&io, n, TOLD(n), flags, n < 0 ? NULL : message->msg_iov,
				 n < 0 ? 0 : message->msg_iovlen, n == 0 && message_wants(message));
		if (n >= 0)
			conn_received_with(message);
	}
	return n;
}

HOOK(int, recvmmsg, (int fd, struct mmsghdr *messages, unsigned count, int flags,
		     struct timespec *timeout))
{
	struct conn_io io;
	bool tracked = false;
	int n;

	RECORD tracked = conn_begin(&io, fd, DUMP_CALL_recvmmsg);
	n = REAL(recvmmsg)(fd, messages, count, flags, timeout);
	RECORD {
		if (tracked && n <= 0)
			conn_end_received(&io, n, TOLD(n), flags, NULL, 0, false);
		for (int i = 0; i < n; i++) {
			struct msghdr *m = &messages[i].msg_hdr;

			if (tracked)
				conn_end_received(&io, messages[i].msg_len, 0, flags, m->msg_iov, m->msg_iovlen,
					 message_wants(m));
			conn_received_with(m);
		}
	}
	return n;
}
