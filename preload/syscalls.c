/* SPDX-License-Identifier: Apache-2.0 */
#include "syscalls.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "conn.h"
#include "connleak/sys.h"
#include "here/older.h"
#include "here/readable.h"
#include "process.h"
#include "sockets/epoll.h"
#include "threads/thread.h"

#define CALL(name) .call = DUMP_CALL_##name

const struct syscall_row syscall_rows[SYSCALL_ROWS] = {
	[SYS_read] = {SYSCALL_READS, CALL(read), SYSCALL_BUFFER},
	[SYS_readv] = {SYSCALL_READS, CALL(readv), SYSCALL_VECTOR},
	[SYS_recvfrom] = {SYSCALL_READS, CALL(recvfrom), SYSCALL_BUFFER, .flags = 3},
	[SYS_recvmsg] = {SYSCALL_READS, CALL(recvmsg), SYSCALL_MESSAGE, .flags = 2},
	[SYS_recvmmsg] = {SYSCALL_READS_MANY, CALL(recvmmsg)},
	[SYS_write] = {SYSCALL_WRITES, CALL(write), SYSCALL_BUFFER},
	[SYS_writev] = {SYSCALL_WRITES, CALL(writev), SYSCALL_VECTOR},
	[SYS_sendto] = {SYSCALL_WRITES, CALL(sendto), SYSCALL_BUFFER},
	[SYS_sendmsg] = {SYSCALL_WRITES, CALL(sendmsg), SYSCALL_MESSAGE},
	[SYS_sendfile] = {SYSCALL_WRITES, CALL(sendfile), SYSCALL_UNSEEN},
	[SYS_splice] = {SYSCALL_SPLICES, CALL(splice), SYSCALL_UNSEEN},
	[SYS_connect] = {SYSCALL_CONNECTS, CALL(connect)},
	[SYS_accept] = {SYSCALL_ACCEPTS, CALL(accept)},
	[SYS_accept4] = {SYSCALL_ACCEPTS, CALL(accept4)},

	[SYS_socket] = {SYSCALL_OPENS},
	[SYS_socketpair] = {SYSCALL_PAIRS},
	[SYS_dup] = {SYSCALL_COPIES},
#ifdef SYS_dup2
	[SYS_dup2] = {SYSCALL_COPIES},
#endif
	[SYS_dup3] = {SYSCALL_COPIES},
	[SYS_fcntl] = {SYSCALL_COPIES_BY_COMMAND},
	[SYS_pidfd_getfd] = {SYSCALL_RECEIVES},

	[SYS_close] = {SYSCALL_CLOSES},
	[SYS_close_range] = {SYSCALL_CLOSES_RANGE},
	[SYS_bind] = {SYSCALL_BINDS},
	[SYS_listen] = {SYSCALL_LISTENS},
	[SYS_shutdown] = {SYSCALL_SHUTS},
	[SYS_getsockopt] = {SYSCALL_ASKS},
	[SYS_getsockname] = {SYSCALL_ASKS_NAME},
	[SYS_getpeername] = {SYSCALL_ASKS_PEER},
	[SYS_epoll_ctl] = {SYSCALL_WATCHES},
#ifdef SYS_epoll_wait
	[SYS_epoll_wait] = {SYSCALL_WAITS_FOR_SET, CALL(epoll_wait)},
#endif
	[SYS_epoll_pwait] = {SYSCALL_WAITS_FOR_SET, CALL(epoll_pwait)},
	[SYS_epoll_pwait2] = {SYSCALL_WAITS_FOR_SET, CALL(epoll_pwait2)},

	[SYS_execve] = {SYSCALL_EXECS},
	[SYS_execveat] = {SYSCALL_EXECS},
	[SYS_exit_group] = {SYSCALL_EXITS},
	[SYS_seccomp] = {SYSCALL_FILTERS},
	[SYS_prctl] = {SYSCALL_FILTERS_BY_OPTION},
};

/* ---- before ------------------------------------------------------------------------------------------- */

static uint32_t room(const long a[6])
{
	const socklen_t *size = (const socklen_t *)a[2];

	return a[1] && size && readable(size, sizeof *size) ? *size : 0;
}

static void close_range_of(const long a[6])
{
	unsigned first = (unsigned)a[0], last = (unsigned)a[1];

	if (((int)a[2] & ~CLOSE_RANGE_UNSHARE) == 0 && first <= last)
		conn_close_range(first, last);
}

/* True: it is perhaps closed again. Who called is not known here: any neighbour may be of the same loop. */
static bool closes(int fd, struct twice_number *was)
{
	if (descriptor_get(fd)) {
		conn_close(fd);
		return false;
	}
	if (twice_closing(fd, NULL))
		conn_close_after_again();
	return twice_remembers(fd) && conn_close_again_begin(fd, was);
}

void syscall_before(struct syscall_moment *moment, const struct syscall_row *row, const long a[6])
{
	moment->begun = moment->writes = false;
	switch (row->does) {
	case SYSCALL_ASKS_NAME: moment->room = room(a); break;
	case SYSCALL_ACCEPTS:
		moment->room = room(a);
		/* fall through */
	case SYSCALL_READS: case SYSCALL_READS_MANY: case SYSCALL_WRITES: case SYSCALL_CONNECTS:
		moment->begun = conn_begin(&moment->io, (int)a[0], row->call);
		break;
	case SYSCALL_SPLICES:
		moment->begun = conn_begin(&moment->io, (int)a[0], row->call);
		moment->writes = !moment->begun && conn_begin(&moment->io, (int)a[2], row->call);
		break;
	case SYSCALL_OPENS: case SYSCALL_PAIRS: process_awake(); break;
	case SYSCALL_CLOSES: moment->begun = closes((int)a[0], &moment->was); break;
	case SYSCALL_CLOSES_RANGE: close_range_of(a); break;
	case SYSCALL_WAITS_FOR_SET: moment->begun = thread_waits_for_set((int)a[0], row->call); break;
	case SYSCALL_EXECS: process_exec_begin(NULL); break;
	case SYSCALL_EXITS: process_end((int)a[0], true); break;
	case SYSCALL_FILTERS:
		if ((int)a[0] != SECCOMP_GET_ACTION_AVAIL && (int)a[0] != SECCOMP_GET_NOTIF_SIZES)
			moment->begun = process_sandbox_begin(a[1] & SECCOMP_FILTER_FLAG_TSYNC);
		break;
	case SYSCALL_FILTERS_BY_OPTION:
		if ((int)a[0] == PR_SET_SECCOMP)
			moment->begun = process_sandbox_begin(false);
		break;
	}
}

/* ---- after: calls that move bytes ---------------------------------------------------------------------- */

struct bytes {
	struct iovec one;
	const struct iovec *iov; /* NULL: of `one`, if any */
	size_t count;
};

/* Where they are: only after a success is it certain that the kernel has read so much. */
static struct bytes bytes_of(const struct syscall_row *row, const long a[6], long ret)
{
	const struct msghdr *message = (const void *)a[1];

	switch (ret < 0 ? SYSCALL_UNSEEN : row->bytes) {
	case SYSCALL_BUFFER: return (struct bytes){{(void *)a[1], (size_t)a[2]}, NULL, 1};
	case SYSCALL_VECTOR: return (struct bytes){.iov = (const struct iovec *)a[1], .count = (size_t)a[2]};
	case SYSCALL_MESSAGE: return (struct bytes){.iov = message->msg_iov, .count = message->msg_iovlen};
	}
	return (struct bytes){.count = 0};
}

static void moved(const struct conn_io *io, const struct syscall_row *row, const long a[6], long ret,
		  int error)
{
	struct bytes b = bytes_of(row, a, ret);
	const struct iovec *iov = b.iov || !b.count ? b.iov : &b.one;

	if (row->does == SYSCALL_WRITES)
		conn_end_out(io, ret, error, iov, b.count);
	else
		conn_end_received(io, ret, error, row->flags ? (int)a[row->flags] : 0, iov, b.count,
				  ret == 0 && conn_wants(iov, b.count));
}

static void moved_many(const struct syscall_moment *moment, const long a[6], long ret, int error)
{
	struct mmsghdr *messages = (void *)a[1];

	if (moment->begun && ret <= 0)
		conn_end_received(&moment->io, ret, error, (int)a[3], NULL, 0, false);
	for (long i = 0; i < ret; i++) {
		struct msghdr *m = &messages[i].msg_hdr;

		if (moment->begun)
			conn_end_received(&moment->io, messages[i].msg_len, 0, (int)a[3], m->msg_iov, m->msg_iovlen,
					  conn_wants(m->msg_iov, m->msg_iovlen));
		conn_received_with(m);
	}
}

/* One of the two is a pipe, so at most one is a socket. */
static void spliced(const struct syscall_moment *moment, const long a[6], long ret, int error)
{
	if (moment->begun)
		conn_end_in(&moment->io, ret, error, NULL, 0, a[4] > 0);
	if (moment->writes)
		conn_end_out(&moment->io, ret, error, NULL, 0);
}

/* ---- after: what was given, told and changed ----------------------------------------------------------- */

/* accept(2): the size told may be more than fitted in. */
static socklen_t told(const struct syscall_moment *moment, const long a[6])
{
	socklen_t size = moment->room ? *(const socklen_t *)a[2] : 0;

	return size < moment->room ? size : moment->room;
}

static void accepted(const struct syscall_moment *moment, const long a[6], int fd)
{
	const struct conn_io *listener = moment->begun && conn_same_process(&moment->io) ? &moment->io : NULL;

	conn_accepted(listener, fd, (const struct sockaddr *)a[1], told(moment, a));
}

static void asked(const long a[6])
{
	if ((int)a[1] == SOL_SOCKET && (int)a[2] == SO_ERROR && *(const socklen_t *)a[4] == sizeof(int))
		conn_so_error((int)a[0], *(const int *)a[3]);
}

static void was_watched(const long a[6])
{
	if (descriptor_get((int)a[2]) || epoll_is_set((int)a[2]))
		conn_epoll((int)a[0], (int)a[1], (int)a[2]);
}

/* It succeeded. */
static void done(const struct syscall_row *row, const long a[6], int fd)
{
	switch (row->does) {
	case SYSCALL_OPENS: conn_opened(fd, (int)a[0], (int)a[1], (int)a[2]); break;
	case SYSCALL_PAIRS: conn_pair((const int *)a[3], (int)a[0], (int)a[1], (int)a[2]); break;
	case SYSCALL_COPIES: conn_duplicated((int)a[0], fd); break;
	case SYSCALL_COPIES_BY_COMMAND:
		if ((int)a[1] == F_DUPFD || (int)a[1] == F_DUPFD_CLOEXEC)
			conn_duplicated((int)a[0], fd);
		break;
	case SYSCALL_RECEIVES: conn_received(fd); break;
	case SYSCALL_BINDS: conn_bound((int)a[0]); break;
	case SYSCALL_LISTENS: conn_listening((int)a[0]); break;
	case SYSCALL_SHUTS: conn_shut((int)a[0], (int)a[1]); break;
	case SYSCALL_ASKS: asked(a); break;
	case SYSCALL_ASKS_PEER: conn_has_peer((int)a[0]); break;
	case SYSCALL_WATCHES: was_watched(a); break;
	}
}

static void wait_over(const struct syscall_moment *moment)
{
	if (moment->begun)
		thread_wait_over();
}

/* A message, with descriptors perhaps. */
static void passed_on(const struct syscall_row *row, struct msghdr *message)
{
	if (row->does == SYSCALL_READS)
		conn_received_with(message);
	else
		conn_sent_with(message);
}

void syscall_after(const struct syscall_moment *moment, const struct syscall_row *row, const long a[6],
		   long ret, int error)
{
	switch (row->does) {
	case SYSCALL_ACCEPTS:
		wait_over(moment);
		if (ret >= 0)
			accepted(moment, a, (int)ret);
		else
			conn_not_opened(error);
		break;
	case SYSCALL_ASKS_NAME:
		if (ret >= 0)
			conn_named((int)a[0], (const struct sockaddr *)a[1], told(moment, a));
		break;
	case SYSCALL_EXECS: process_exec_failed(NULL); break;
	case SYSCALL_CLOSES:
		if (moment->begun && ret < 0 && error == EBADF)
			conn_close_again_end((int)a[0], &moment->was);
		break;
	case SYSCALL_READS: case SYSCALL_WRITES:
		if (moment->begun)
			moved(&moment->io, row, a, ret, error);
		if (row->bytes == SYSCALL_MESSAGE && ret >= 0)
			passed_on(row, (struct msghdr *)a[1]);
		break;
	case SYSCALL_READS_MANY: moved_many(moment, a, ret, error); break;
	case SYSCALL_SPLICES: spliced(moment, a, ret, error); break;
	case SYSCALL_CONNECTS:
		if (moment->begun)
			conn_connect_end(&moment->io, (const struct sockaddr *)a[1], (socklen_t)a[2], error);
		break;
	case SYSCALL_WAITS_FOR_SET: wait_over(moment); break;
	case SYSCALL_FILTERS: case SYSCALL_FILTERS_BY_OPTION:
		if (moment->begun)
			process_sandbox_end(ret >= 0);
		break;
	default:
		if (ret >= 0)
			done(row, a, (int)ret);
		else
			conn_not_opened(error);
	}
}
