/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets: how they are born, named, connected and accepted. */
#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "hooks/around.h"
#include "threads/thread.h"
#include "process.h"
#include "sockets/closing.h"
#include "here/readable.h"

int pidfd_getfd(int process, int fd, unsigned flags);
int __connect(int fd, const struct sockaddr *address, socklen_t size);

/* Most are awake: they need no door for that. */
static inline void awake(void)
{
	if (unlikely(!state.begun))
		RECORD process_begin();
}

FIRST_CALLED(int, socket, (int domain, int type, int protocol))
HOOK(int, socket, (int domain, int type, int protocol))
{
	int fd;

	awake();
	fd = real_socket(domain, type, protocol);
	if (fd >= 0)
		RECORD conn_opened(fd, domain, type, protocol);
	else
		RECORD conn_not_opened(guard_errno);
	return fd;
}

FIRST_CALL(int, socket, (int domain, int type, int protocol), (domain, type, protocol))

HOOK(int, socketpair, (int domain, int type, int protocol, int fds[2]))
{
	int ret;

	awake();
	ret = REAL(socketpair)(domain, type, protocol, fds);
	if (ret == 0)
		RECORD conn_pair(fds, domain, type, protocol);
	else
		RECORD conn_not_opened(guard_errno);
	return ret;
}

HOOK(int, bind, (int fd, const struct sockaddr *address, socklen_t size))
{
	int ret = REAL(bind)(fd, address, size);

	if (ret == 0)
		RECORD conn_bound(fd);
	return ret;
}

HOOK(int, listen, (int fd, int backlog))
{
	int ret = REAL(listen)(fd, backlog);

	if (ret == 0)
		RECORD conn_listening(fd);
	return ret;
}

HOOK(int, shutdown, (int fd, int how))
{
	int ret = REAL(shutdown)(fd, how);

	if (ret == 0)
		RECORD conn_shut(fd, how);
	return ret;
}

#define CONNECT(name)                                                                             \
	AROUND(int, name, fd, connect, (int fd, const struct sockaddr *address, socklen_t size),  \
	       (fd, address, size), conn_connect_end(&io, address, size, TOLD(n)))
CONNECT(connect)
CONNECT(__connect)

/* The peer's address as the kernel wrote it; where the program did not ask, we ask for it, into
 * memory of our own. */
struct asked {
	struct sockaddr_storage storage;
	struct sockaddr *address;
	socklen_t own, *size, room;
};

static void ask(struct asked *a, struct sockaddr *address, socklen_t *size)
{
	a->own = sizeof a->storage;
	a->address = address ? address : (struct sockaddr *)&a->storage;
	a->size = address ? size : &a->own;
	a->room = readable(a->size, sizeof *a->size) ? *a->size : 0;
}

static void accepted(const struct conn_io *listener, int fd, const struct asked *a)
{
	/* accept(2): the size told may be more than fitted in. */
	conn_accepted(listener, fd, a->address, *a->size < a->room ? *a->size : a->room);
}

#define ACCEPT(name, parameters, ...)                                                             \
	HOOK(int, name, parameters)                                                               \
	{                                                                                         \
		struct conn_io io;                                                                \
		struct asked peer;                                                                \
		bool tracked = false;                                                             \
		int ret;                                                                          \
                                                                                                  \
		ask(&peer, address, size);                                                        \
		closing_goes_on();                                                                \
		RECORD_QUIETLY if (unlikely(descriptor_get(fd)))                                  \
			tracked = way_begin(&io, fd, DUMP_CALL_##name);                           \
		ret = REAL(name)(fd, peer.address, peer.size, ##__VA_ARGS__);                     \
		RECORD {                                                                          \
			if (tracked)                                                              \
				tracked = conn_back(&io);                                         \
			if (ret >= 0)                                                             \
				accepted(tracked ? &io : NULL, ret, &peer);                       \
			else                                                                      \
				conn_not_opened(guard_errno);                                     \
		}                                                                                 \
		return ret;                                                                       \
	}
ACCEPT(accept, (int fd, struct sockaddr *address, socklen_t *size))
ACCEPT(accept4, (int fd, struct sockaddr *address, socklen_t *size, int flags), flags)

/* A copy of another process's descriptor, or of one of our own. */
HOOK(int, pidfd_getfd, (int process, int fd, unsigned flags))
{
	int ret = REAL(pidfd_getfd)(process, fd, flags);

	if (ret >= 0)
		RECORD conn_received(ret);
	else
		RECORD conn_not_opened(guard_errno);
	return ret;
}

HOOK(int, getsockopt, (int fd, int level, int name, void *value, socklen_t *size))
{
	int ret = REAL(getsockopt)(fd, level, name, value, size);

	if (unlikely(ret == 0 && level == SOL_SOCKET && name == SO_ERROR && *size == sizeof(int)))
		RECORD conn_so_error(fd, *(const int *)value);
	return ret;
}
