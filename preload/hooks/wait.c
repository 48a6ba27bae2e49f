/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting for many: poll, select, epoll. A socket that is waited for is watched; which ones a
 * thread waits for is written down before it does; and a connecting socket that turns out writable
 * is connected.
 */
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "conn.h"
#include "hooks/hook.h"
#include "here/older.h"
#include "here/readable.h"
#include "sockets/epoll.h"
#include "threads/thread.h"

int __poll(struct pollfd *fds, nfds_t count, int timeout);
int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t size);
int __select(int end, fd_set *in, fd_set *out, fd_set *except, struct timeval *timeout);
int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
		const sigset_t *mask, size_t size);

/* ---- poll ------------------------------------------------------------------------------------------- */

/* How many of `fds` are looked through at a call; a program that polls more is slow enough. */
#define POLL_MAX 4096

static bool begin(const struct thread_wait *sockets, enum dump_call call)
{
	if (sockets->count)
		thread_wait_for(sockets, call);
	return sockets->count;
}

static size_t looked_at(nfds_t count)
{
	return (count < POLL_MAX ? count : POLL_MAX) * sizeof(struct pollfd);
}

/* Inline: the compiler thinks five copies too many, at 27 instructions a call.
 *
 * Returns whether poll_end() is to look: also where nothing could be seen before the call. */
INLINE bool poll_begin(const struct pollfd *fds, nfds_t count, enum dump_call call)
{
	struct thread_wait sockets;

	if (!descriptors_used())
		return false;
	if (!readable(fds, looked_at(count)))
		return true;
	sockets.count = 0;
	for (nfds_t i = 0; i < count && i < POLL_MAX; i++)
		if (unlikely(descriptor_get(fds[i].fd)))
			conn_polled(fds[i].fd, &sockets);
	return begin(&sockets, call);
}

INLINE void poll_end(const struct pollfd *fds, nfds_t count, int ready)
{
	thread_wait_over();
	if (ready >= 0)
		readable_was(fds, looked_at(count));
	for (nfds_t i = 0; ready > 0 && i < count && i < POLL_MAX; i++)
		if (fds[i].revents & POLLOUT && !(fds[i].revents & (POLLERR | POLLHUP)) &&
		    descriptor_get(fds[i].fd))
			conn_writable(fds[i].fd);
}

#define POLL(name, call, parameters, arguments)                                                   \
	HOOK(int, name, parameters)                                                               \
	{                                                                                         \
		bool tracked = false;                                                             \
		int ret;                                                                          \
                                                                                                  \
		RECORD tracked = poll_begin(fds, count, DUMP_CALL_##call);                        \
		ret = REAL(name) arguments;                                                       \
		if (tracked)                                                                      \
			RECORD poll_end(fds, count, ret);                                         \
		return ret;                                                                       \
	}
POLL(poll, poll, (struct pollfd *fds, nfds_t count, int timeout), (fds, count, timeout))
POLL(__poll, poll, (struct pollfd *fds, nfds_t count, int timeout), (fds, count, timeout))
POLL(__poll_chk, poll, (struct pollfd *fds, nfds_t count, int timeout, size_t size),
     (fds, count, timeout, size))
POLL(ppoll, ppoll,
     (struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask),
     (fds, count, timeout, mask))
POLL(__ppoll_chk, ppoll,
     (struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask,
      size_t size),
     (fds, count, timeout, mask, size))

/* ---- select ----------------------------------------------------------------------------------------- */

/* Not up to the first argument, which may be INT_MAX: the kernel stops at the last descriptor, too. */
static int select_last(int end)
{
	int used = (int)descriptors_used();

	return end < used ? end : used;
}

static bool in_set(int fd, const fd_set *set)
{
	return set && (set->fds_bits[fd / NFDBITS] & (1ul << (fd % NFDBITS)));
}

/* In whole words, as the kernel reads it. */
static size_t set_size(int last)
{
	return (size_t)(last + NFDBITS - 1) / NFDBITS * sizeof(fd_mask);
}

/* As poll_begin(). */
static bool select_begin(int end, const fd_set *in, const fd_set *out, enum dump_call call)
{
	struct thread_wait sockets;
	int last = select_last(end);

	if (last <= 0)
		return false;
	if ((in && !readable(in, set_size(last))) || (out && !readable(out, set_size(last))))
		return true;
	sockets.count = 0;
	for (int fd = 0; fd < last; fd++)
		if (unlikely(descriptor_get(fd)) && (in_set(fd, in) || in_set(fd, out)))
			conn_polled(fd, &sockets);
	return begin(&sockets, call);
}

static void select_end(int end, const fd_set *in, const fd_set *out, int ready)
{
	int last = select_last(end);

	thread_wait_over();
	if (ready < 0)
		return;
	readable_was(in, set_size(last));
	readable_was(out, set_size(last));
	for (int fd = 0; ready > 0 && fd < last; fd++)
		if (descriptor_get(fd) && in_set(fd, out))
			conn_writable(fd);
}

#define SELECT(name, call, parameters, arguments)                                                 \
	HOOK(int, name, parameters)                                                               \
	{                                                                                         \
		bool tracked = false;                                                             \
		int ret;                                                                          \
                                                                                                  \
		RECORD tracked = select_begin(end, in, out, DUMP_CALL_##call);                    \
		ret = REAL(name) arguments;                                                       \
		if (tracked)                                                                      \
			RECORD select_end(end, in, out, ret);                                         \
		return ret;                                                                       \
	}
SELECT(select, select, (int end, fd_set *in, fd_set *out, fd_set *except, struct timeval *timeout),
       (end, in, out, except, timeout))
SELECT(__select, select, (int end, fd_set *in, fd_set *out, fd_set *except, struct timeval *timeout),
       (end, in, out, except, timeout))
SELECT(pselect, pselect,
       (int end, fd_set *in, fd_set *out, fd_set *except, const struct timespec *timeout,
	const sigset_t *mask),
       (end, in, out, except, timeout, mask))

/* ---- epoll ------------------------------------------------------------------------------------------- */

HOOK(int, epoll_create, (int size))
{
	int fd = REAL(epoll_create)(size);

	RECORD epoll_made(fd);
	return fd;
}

HOOK(int, epoll_create1, (int flags))
{
	int fd = REAL(epoll_create1)(flags);

	RECORD epoll_made(fd);
	return fd;
}

HOOK(int, epoll_ctl, (int epfd, int operation, int fd, struct epoll_event *event))
{
	int ret = REAL(epoll_ctl)(epfd, operation, fd, event);

	if (ret == 0 && unlikely(descriptor_get(fd) || epoll_is_set(fd)))
		RECORD conn_epoll(epfd, operation, fd);
	return ret;
}

#define EPOLL(name, parameters, arguments)                                                        \
	HOOK(int, name, parameters)                                                               \
	{                                                                                         \
		bool waits = false;                                                               \
		int ret;                                                                          \
                                                                                                  \
		RECORD waits = thread_waits_for_set(epfd, DUMP_CALL_##name);                      \
		ret = REAL(name) arguments;                                                       \
		if (waits)                                                                        \
			RECORD thread_wait_over();                                                \
		return ret;                                                                       \
	}
EPOLL(epoll_wait, (int epfd, struct epoll_event *events, int max, int timeout),
      (epfd, events, max, timeout))
EPOLL(epoll_pwait,
      (int epfd, struct epoll_event *events, int max, int timeout, const sigset_t *mask),
      (epfd, events, max, timeout, mask))
EPOLL(epoll_pwait2,
      (int epfd, struct epoll_event *events, int max, const struct timespec *timeout,
       const sigset_t *mask),
      (epfd, events, max, timeout, mask))
