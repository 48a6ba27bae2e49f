/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A libc whose calls return at once: preloaded behind the recorder, it leaves nothing to be timed
 * but the recorder. What is opened is always descriptor 100, what is accepted always
 * 101, and both are sockets; reads leave in the buffer what is there.
 *
 * With BENCH_MADE_UP in the environment each socketpair has numbers of its own, more than the limit on
 * descriptors lets a process have: there is nothing behind them.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <poll.h>
#include <unistd.h>

#include "connleak/sys.h"

#define SOCKET 100
#define ACCEPTED 101

static struct sockaddr_storage nobody;
static int made_up; /* the next number */

__attribute__((constructor)) static void make_socket(void)
{
	long fd = sys_call3(SYS_socket, AF_INET, SOCK_STREAM, 0);

	sys_call3(SYS_dup3, fd, SOCKET, 0);
	sys_call1(SYS_close, fd);
	fd = sys_call3(SYS_socket, AF_INET, SOCK_STREAM, 0);
	sys_call3(SYS_dup3, fd, ACCEPTED, 0);
	sys_call1(SYS_close, fd);
	nobody.ss_family = AF_INET;
	made_up = getenv("BENCH_MADE_UP") ? 1000 : 0;
}

int socket(int domain, int type, int protocol)
{
	return SOCKET;
}

int socketpair(int domain, int type, int protocol, int fds[2])
{
	fds[0] = made_up ? made_up++ : SOCKET;
	fds[1] = made_up ? made_up++ : ACCEPTED;
	return 0;
}

int bind(int fd, const struct sockaddr *address, socklen_t size)
{
	return 0;
}

int listen(int fd, int backlog)
{
	return 0;
}

int connect(int fd, const struct sockaddr *address, socklen_t size)
{
	return 0;
}

int accept(int fd, struct sockaddr *address, socklen_t *size)
{
	if (address && *size >= 16)
		memcpy(address, &nobody, 16);
	return ACCEPTED;
}

int close(int fd)
{
	return 0;
}

ssize_t read(int fd, void *buffer, size_t size)
{
	return (ssize_t)size;
}

ssize_t write(int fd, const void *buffer, size_t size)
{
	return (ssize_t)size;
}

ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
	return (ssize_t)size;
}

ssize_t send(int fd, const void *buffer, size_t size, int flags)
{
	return (ssize_t)size;
}

int epoll_ctl(int epfd, int operation, int fd, struct epoll_event *event)
{
	return 0;
}

int epoll_wait(int epfd, struct epoll_event *events, int max, int timeout)
{
	return 0;
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	return 0;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*routine)(void *),
		   void *argument)
{
	*thread = 0;
	return 0;
}

int pthread_join(pthread_t thread, void **result)
{
	return 0;
}
