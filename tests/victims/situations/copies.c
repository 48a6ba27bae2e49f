/* SPDX-License-Identifier: Apache-2.0 */
/* Every way to copy a descriptor. "_left": the copy is left open; "_closed": both are closed. */
#include <sys/un.h>

#include "../older.h"
#include "situation.h"

int __dup2(int old, int fd);

#define COPY(name, call)                                                                          \
	static void name##_left(void)                                                             \
	{                                                                                         \
		int fd = made(), copy = call;                                                     \
                                                                                                  \
		printf("%d %d\n", copy, close(fd));                                               \
	}                                                                                         \
	static void name##_closed(void)                                                           \
	{                                                                                         \
		int fd = made(), copy = call;                                                     \
                                                                                                  \
		printf("%d %d %d\n", copy, close(fd), close(copy));                               \
	}
COPY(by_dup, dup(fd))
COPY(by_dup2, dup2(fd, 77))
COPY(by__dup2, __dup2(fd, 77))
COPY(by_dup3, dup3(fd, 77, O_CLOEXEC))
COPY(by_dupfd, fcntl(fd, F_DUPFD, 50))
COPY(by_dupfd_cloexec, fcntl(fd, F_DUPFD_CLOEXEC, 50))
COPY(by_fcntl64, fcntl64(fd, F_DUPFD, 50))
COPY(by_syscall_dup, (int)syscall(SYS_dup, fd))
COPY(by_syscall_dup3, (int)syscall(SYS_dup3, fd, 77, 0))
COPY(by_syscall_fcntl, (int)syscall(SYS_fcntl, fd, F_DUPFD, 50))

COPY(by_pidfd_getfd, pidfd_getfd((int)syscall(SYS_pidfd_open, getpid(), 0), fd, 0))

static void dup2_itself(void)
{
	int fd = made();

	printf("%d %d\n", dup2(fd, fd), close(fd));
}

static void dup2_itself_left(void)
{
	int fd = made();

	printf("%d %d %d\n", dup2(fd, fd), dup3(fd, fd, 0), errno);
}

static void dup2_over(void)
{
	int a = made(), b = made();

	printf("%d\n", dup2(a, b)); /* b's socket is gone, a's has two descriptors */
	close(a);
}

static void dup2_file_over(void)
{
	printf("%d\n", dup2(0, made()));
}

static void dup2_fails(void)
{
	int fd = made();

	printf("%d %d\n", dup2(1000, fd), errno); /* EBADF: fd stays what it was */
}

static enum { BY_RECVMSG, BY_RECVMMSG, BY_SYSCALL, BY_SYSCALL_MANY } how;

/* Sends `fd` over `via`; with -1 receives one. */
static int pass(int via, int fd)
{
	char byte = 'x', control[CMSG_SPACE(sizeof fd)] = "";
	struct iovec iov = {&byte, 1};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
				 .msg_controllen = sizeof control};
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);
	struct mmsghdr many = {.msg_hdr = message};

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(c), &fd, sizeof fd);
	if (fd >= 0) {
		MUST((how == BY_RECVMMSG ? sendmmsg(via, &many, 1, 0) :
		      how == BY_SYSCALL  ? syscall(SYS_sendmsg, via, &message, 0) : sendmsg(via, &message, 0)) == 1);
		return fd;
	}
	if (how == BY_RECVMSG)
		MUST(recvmsg(via, &message, 0) == 1);
	else if (how == BY_RECVMMSG)
		MUST(recvmmsg(via, &many, 1, 0, NULL) == 1);
	else if (how == BY_SYSCALL)
		MUST(syscall(SYS_recvmsg, via, &message, 0) == 1);
	else
		MUST(syscall(SYS_recvmmsg, via, &many, 1, 0, NULL) == 1);
	message = how == BY_RECVMMSG || how == BY_SYSCALL_MANY ? many.msg_hdr : message;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
	return fd;
}

static void passed_to_itself(int closes)
{
	int via[2], fd = made(), got;

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, via) == 0);
	pass(via[0], fd);
	got = pass(via[1], -1);
	printf("%d %d\n", got, close(fd));
	if (closes)
		close(got);
}

/* Its last descriptor is closed while it is on its way. */
static void passed_in_flight(int closes)
{
	int via[2], got = made();

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, via) == 0);
	for (int i = 0; i < 3; i++) {
		pass(via[0], got);
		MUST(close(got) == 0);
		got = pass(via[1], -1);
	}
	printf("%d\n", got);
	if (closes)
		close(got);
}

/* Of somebody else's sockets four are received, and forgotten, or closed. */
static void received(int closes)
{
	int via[2], pair[2];
	pid_t pid;

	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, via) == 0);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 4; i++) {
			connected(pair);
			pass(via[0], pair[0]);
		}
		_exit(0);
	}
	reap(pid);
	for (int i = 0; i < 4; i++) {
		int got = pass(via[1], -1);

		if (closes)
			close(got);
	}
}

#define RECEIVED(name, way)                             \
	static void name##_left(void) { how = way; received(0); } \
	static void name##_closed(void) { how = way; received(1); }
RECEIVED(recvmsg, BY_RECVMSG)
RECEIVED(recvmmsg, BY_RECVMMSG)
RECEIVED(syscall_recvmsg, BY_SYSCALL)
RECEIVED(syscall_recvmmsg, BY_SYSCALL_MANY)

static void passed_left(void) { passed_to_itself(0); }
static void passed_closed(void) { passed_to_itself(1); }
static void flight_left(void) { passed_in_flight(0); }
static void flight_closed(void) { passed_in_flight(1); }
static void flight_syscall_left(void) { how = BY_SYSCALL; passed_in_flight(0); }
static void flight_mmsg_left(void) { how = BY_RECVMMSG; passed_in_flight(0); }

/* The child reads what it was handed to the end; the parent closed its own descriptor. */
static void passed_to_child(void)
{
	int via[2], pair[2];
	char byte;
	pid_t pid;

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, via) == 0);
	pid = fork();
	if (pid == 0) {
		int got;

		close(via[0]);
		got = pass(via[1], -1);
		MUST(read(got, &byte, 1) == 1 && read(got, &byte, 1) == 0);
		_exit(7);
	}
	connected(pair);
	pass(via[0], pair[1]);
	close(pair[1]);
	MUST(write(pair[0], "x", 1) == 1);
	close(pair[0]);
	reap(pid);
}

#define BOTH(name) {#name "_left", name##_left}, {#name "_closed", name##_closed}
SITUATIONS(BOTH(by_dup), BOTH(by_dup2), BOTH(by__dup2), BOTH(by_dup3), BOTH(by_dupfd),
	   BOTH(by_dupfd_cloexec), BOTH(by_fcntl64), BOTH(by_syscall_dup), BOTH(by_syscall_dup3),
	   BOTH(by_syscall_fcntl), BOTH(by_pidfd_getfd), BOTH(passed), {"dup2_itself", dup2_itself},
	   {"dup2_itself_left", dup2_itself_left}, {"dup2_over", dup2_over},
	   {"dup2_file_over", dup2_file_over}, {"dup2_fails", dup2_fails},
	   BOTH(recvmsg), BOTH(recvmmsg), BOTH(syscall_recvmsg), BOTH(syscall_recvmmsg),
	   {"passed_to_child", passed_to_child}, BOTH(flight), {"flight_syscall_left", flight_syscall_left},
	   {"flight_mmsg_left", flight_mmsg_left})
