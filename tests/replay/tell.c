/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A library for LD_PRELOAD, before the recorder's: writes what a program does with its sockets as events (events.md)
 * to the file that EVENTS names, in the name of process $WHO. For victims with one process.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "connleak/dump.h"
#include "here/older.h"

static int to = -1, who;
static unsigned long number;

static void tell(const char *format, ...)
{
	char line[2 * 4096 + 256];
	struct timespec now;
	va_list list;
	int n, saved = errno;

	if (to < 0)
		return;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	n = snprintf(line, 128, "%lu %d %ld %llu ", number++, who, syscall(SYS_gettid),
		     now.tv_sec * 1000000000ull + (unsigned long long)now.tv_nsec);
	va_start(list, format);
	n += vsnprintf(line + n, sizeof line - (size_t)n - 4, format, list);
	va_end(list);
	n += sprintf(line + n, " ;\n");
	if (syscall(SYS_write, to, line, n) != n)
		to = -1;
	errno = saved;
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("EVENTS");

	if (!path)
		return;
	/* No number that a program would come to see. */
	to = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	to = fcntl(to, F_DUPFD_CLOEXEC, 900);
	syscall(SYS_close_range, 3, 899, 0);
	who = atoi(getenv("WHO"));
	tell("begin %d", getpid());
}

__attribute__((destructor)) static void end(void)
{
	tell("end 0");
}

#define CALLER (unsigned long)__builtin_return_address(0)
#define NEXT(name) ((__typeof__(name) *)dlsym(RTLD_NEXT, #name))
#define EXPORT __attribute__((visibility("default")))

EXPORT int socket(int domain, int type, int protocol)
{
	int fd = NEXT(socket)(domain, type, protocol);

	if (fd >= 0)
		tell("open %d %d %d %d %lx", fd, domain, type, protocol, CALLER);
	return fd;
}

EXPORT int socketpair(int domain, int type, int protocol, int fds[2])
{
	int ret = NEXT(socketpair)(domain, type, protocol, fds);

	if (ret == 0)
		tell("pair %d %d %d %d %d %lx", fds[0], fds[1], domain, type, protocol, CALLER);
	return ret;
}

static void tell_peer(int fd, const struct sockaddr *address)
{
	const struct sockaddr_in *in = (const void *)address;
	const uint8_t *p = (const void *)&in->sin_addr;

	if (address && address->sa_family == AF_INET)
		tell("peer %d %d %02x%02x%02x%02x", fd, ntohs(in->sin_port), p[0], p[1], p[2], p[3]);
}

static void tell_bytes(const char *word, int fd, const void *bytes, ssize_t n)
{
	char hex[2 * 4096 + 1];
	const uint8_t *p = bytes;

	for (ssize_t done = 0; done < n; done += 2048) { /* in pieces: framing may be picked up at any byte */
		ssize_t part = n - done < 2048 ? n - done : 2048;

		for (ssize_t i = 0; i < part; i++)
			sprintf(hex + 2 * i, "%02x", p[done + i]);
		tell("%s %d %s", word, fd, hex);
	}
}

EXPORT int connect(int fd, const struct sockaddr *address, socklen_t size)
{
	int ret;

	tell("wait %d %d", fd, DUMP_CALL_connect);
	ret = NEXT(connect)(fd, address, size);
	tell_peer(fd, address);
	tell("over");
	tell("connect %d %d", fd, ret ? errno : 0);
	return ret;
}

EXPORT int accept(int listener, struct sockaddr *address, socklen_t *size)
{
	struct sockaddr_in peer;
	socklen_t room = sizeof peer;
	int fd;

	tell("wait %d %d", listener, DUMP_CALL_accept);
	fd = NEXT(accept)(listener, address, size);
	tell("over");
	if (fd < 0)
		return fd;
	tell("accepted %d %d %lx", fd, listener, CALLER);
	if (getpeername(fd, (struct sockaddr *)&peer, &room) == 0)
		tell_peer(fd, (struct sockaddr *)&peer);
	return fd;
}

EXPORT int bind(int fd, const struct sockaddr *address, socklen_t size)
{
	int ret = NEXT(bind)(fd, address, size);

	if (ret == 0)
		tell("bound %d", fd);
	return ret;
}

EXPORT int listen(int fd, int backlog)
{
	int ret = NEXT(listen)(fd, backlog);

	if (ret == 0)
		tell("listen %d", fd);
	return ret;
}

EXPORT int shutdown(int fd, int how)
{
	int ret = NEXT(shutdown)(fd, how);

	if (ret == 0)
		tell("shut %d %d", fd, how);
	return ret;
}

EXPORT int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	for (nfds_t i = 0; i < n; i++)
		tell("watched %d", fds[i].fd);
	return NEXT(poll)(fds, n, timeout);
}

static void tell_read(int fd, const void *buffer, size_t size, ssize_t n)
{
	tell("over");
	if (n > 0)
		tell_bytes("in", fd, buffer, n);
	else if (n == 0 && size)
		tell("eof %d", fd);
	else if (n < 0)
		tell("error %d 0 %d", fd, errno);
}

EXPORT ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
	ssize_t n;

	tell("wait %d %d", fd, DUMP_CALL_recv);
	n = NEXT(recv)(fd, buffer, size, flags);
	if (!(flags & MSG_PEEK) || n <= 0)
		tell_read(fd, buffer, size, n);
	return n;
}

EXPORT ssize_t read(int fd, void *buffer, size_t size)
{
	ssize_t n;

	tell("wait %d %d", fd, DUMP_CALL_read);
	n = NEXT(read)(fd, buffer, size);
	tell_read(fd, buffer, size, n);
	return n;
}

static void tell_written(int fd, const void *buffer, ssize_t n)
{
	tell("over");
	if (n > 0)
		tell_bytes("out", fd, buffer, n);
	else if (n < 0)
		tell("error %d 1 %d", fd, errno);
}

EXPORT ssize_t send(int fd, const void *buffer, size_t size, int flags)
{
	ssize_t n;

	tell("wait %d %d", fd, DUMP_CALL_send);
	n = NEXT(send)(fd, buffer, size, flags);
	tell_written(fd, buffer, n);
	return n;
}

EXPORT ssize_t write(int fd, const void *buffer, size_t size)
{
	ssize_t n;

	tell("wait %d %d", fd, DUMP_CALL_write);
	n = NEXT(write)(fd, buffer, size);
	tell_written(fd, buffer, n);
	return n;
}

EXPORT int dup(int old)
{
	int fd = NEXT(dup)(old);

	if (fd >= 0)
		tell("dup %d %d", old, fd);
	return fd;
}

EXPORT int close(int fd)
{
	tell("close %d", fd);
	return NEXT(close)(fd);
}
