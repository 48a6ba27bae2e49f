/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thread waits for a socket, each in a call of its own; then the process ends.
 *
 *	waits CALL exit | kill
 *
 * Prints the descriptor that the thread waits for. The peer (a child, so that its sockets are not in
 * this report) does nothing. The thread makes one call, which cannot return: one that is made again could
 * be between two where the process ends.
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "older.h"
#include "victim.h"

static int fd;	     /* connected to a peer that neither sends nor reads */
static int listener; /* that nobody connects to */
static struct sockaddr_in address;
static struct sockaddr_in full; /* of a listener whose queue is */
static char buffer[1 << 20];	/* many times what the sockets of a connection hold: see narrow() */
static struct iovec iov = {buffer, sizeof buffer};
static struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
static struct mmsghdr messages = {.msg_hdr = {.msg_iov = &iov, .msg_iovlen = 1}};

/* ---- one call each -------------------------------------------------------------------------------------- */

#define CALL(name, ...) static void wait_##name(void) { __VA_ARGS__; }

CALL(read, read(fd, buffer, 1))
CALL(readv, readv(fd, &iov, 1))
CALL(preadv2, preadv2(fd, &iov, 1, -1, 0))
CALL(recv, recv(fd, buffer, 1, 0))
CALL(recvfrom, recvfrom(fd, buffer, 1, 0, NULL, NULL))
CALL(recvmsg, recvmsg(fd, &message, 0))
CALL(recvmmsg, recvmmsg(fd, &messages, 1, 0, NULL))
CALL(write, write(fd, buffer, sizeof buffer))
CALL(writev, writev(fd, &iov, 1))
CALL(pwritev2, pwritev2(fd, &iov, 1, -1, 0))
CALL(send, send(fd, buffer, sizeof buffer, 0))
CALL(sendto, sendto(fd, buffer, sizeof buffer, 0, NULL, 0))
CALL(sendmsg, sendmsg(fd, &message, 0))
CALL(sendmmsg, sendmmsg(fd, &messages, 1, 0))

static void wait_sendfile(void)
{
	int zeros = memfd_create("zeros", 0);

	MUST(zeros >= 0 && ftruncate(zeros, sizeof buffer) == 0);
	sendfile(fd, zeros, NULL, sizeof buffer);
}

static void wait_splice(void)
{
	int ends[2];

	MUST(pipe(ends) == 0);
	splice(fd, NULL, ends[1], NULL, 1, 0);
}

CALL(accept, accept(listener, NULL, NULL))
CALL(accept4, accept4(listener, NULL, NULL, SOCK_CLOEXEC))

static void wait_connect(void)
{
	fd = socket(AF_INET, SOCK_STREAM, 0);
	connect(fd, (struct sockaddr *)&full, sizeof full);
}

CALL(poll, struct pollfd p = {fd, POLLIN, 0}; poll(&p, 1, -1))
CALL(ppoll, struct pollfd p = {fd, POLLIN, 0}; ppoll(&p, 1, NULL, NULL))
CALL(select, fd_set set; FD_ZERO(&set); FD_SET(fd, &set); select(fd + 1, &set, NULL, NULL, NULL))
CALL(pselect, fd_set set; FD_ZERO(&set); FD_SET(fd, &set); pselect(fd + 1, &set, NULL, NULL, NULL, NULL))

static int set_with(int member)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = member};
	int set = epoll_create1(0);

	MUST(set >= 0 && epoll_ctl(set, EPOLL_CTL_ADD, member, &event) == 0);
	return set;
}

CALL(epoll_wait, struct epoll_event event; epoll_wait(set_with(fd), &event, 1, -1))
CALL(epoll_pwait, struct epoll_event event; epoll_pwait(set_with(fd), &event, 1, -1, NULL))
CALL(epoll_pwait2, struct epoll_event event; epoll_pwait2(set_with(fd), &event, 1, NULL, NULL))

/* What a compiler makes of the others with -D_FORTIFY_SOURCE. */
ssize_t __read_chk(int, void *, size_t, size_t);
ssize_t __recv_chk(int, void *, size_t, size_t, int);
ssize_t __recvfrom_chk(int, void *, size_t, size_t, int, struct sockaddr *, socklen_t *);
int __poll_chk(struct pollfd *, nfds_t, int, size_t);
int __ppoll_chk(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *, size_t);

CALL(__read_chk, __read_chk(fd, buffer, 1, sizeof buffer))
CALL(__recv_chk, __recv_chk(fd, buffer, 1, sizeof buffer, 0))
CALL(__recvfrom_chk, __recvfrom_chk(fd, buffer, 1, sizeof buffer, 0, NULL, NULL))
CALL(__poll_chk, struct pollfd p = {fd, POLLIN, 0}; __poll_chk(&p, 1, -1, sizeof p))
CALL(__ppoll_chk, struct pollfd p = {fd, POLLIN, 0}; __ppoll_chk(&p, 1, NULL, NULL, sizeof p))

static const struct call {
	const char *name;
	void (*wait)(void);
} calls[] = {
#define ROW(name) {#name, wait_##name}
	ROW(read), ROW(readv), ROW(preadv2), ROW(recv), ROW(recvfrom), ROW(recvmsg), ROW(recvmmsg), ROW(write),
	ROW(writev), ROW(pwritev2), ROW(send), ROW(sendto), ROW(sendmsg), ROW(sendmmsg), ROW(sendfile), ROW(splice),
	ROW(accept), ROW(accept4), ROW(connect), ROW(poll), ROW(ppoll), ROW(select), ROW(pselect), ROW(epoll_wait),
	ROW(epoll_pwait), ROW(epoll_pwait2), ROW(__read_chk), ROW(__recv_chk), ROW(__recvfrom_chk),
	ROW(__poll_chk), ROW(__ppoll_chk),
};

/* ---- the rest ------------------------------------------------------------------------------------------- */

static pid_t tid;

/* Nobody accepts: one place, and the one that has it. */
static void fill_a_queue(void)
{
	struct pollfd p = {tcp_listen(&full, 0), POLLIN, 0};

	tcp_connect(&full);
	MUST(poll(&p, 1, -1) == 1); /* connected may be earlier than queued */
}

static void *waiter(void *call)
{
	if (((const struct call *)call)->wait == wait_connect)
		fill_a_queue(); /* and so sleeps, which is not to be taken for the call */
	__atomic_store_n(&tid, tid_of_self(), __ATOMIC_RELEASE);
	((const struct call *)call)->wait();
	fprintf(stderr, "%s returned: %m\n", ((const struct call *)call)->name);
	_exit(4);
}

/* What the kernel chooses it also lets grow, to more than the buffer where it may. */
static void narrow(int fd, int which)
{
	MUST(setsockopt(fd, SOL_SOCKET, which, &(int){4096}, sizeof(int)) == 0);
}

/* In a child that lives as long as we do. */
static void make_peer(void)
{
	int life[2], port[2];

	MUST(pipe(life) == 0 && pipe(port) == 0);
	if (fork() == 0) {
		struct sockaddr_in a;
		int there = tcp_listen(&a, 1);

		close(life[1]);
		narrow(there, SO_RCVBUF); /* what it accepts has the same */
		MUST(write(port[1], &a, sizeof a) == sizeof a && accept(there, NULL, NULL) >= 0);
		_exit((int)read(life[0], &a, 1));
	}
	MUST(read(port[0], &address, sizeof address) == sizeof address);
	close(life[0]);
}

int main(int argc, char **argv)
{
	const struct call *c = calls;
	struct sockaddr_in a;
	pthread_t t;

	while (argc == 3 && c < calls + sizeof calls / sizeof *calls && strcmp(c->name, argv[1]) != 0)
		c++;
	if (argc != 3 || c == calls + sizeof calls / sizeof *calls)
		return 2;
	make_peer();
	listener = tcp_listen(&a, 1);
	fd = tcp_connect(&address);
	narrow(fd, SO_SNDBUF);
	MUST(pthread_create(&t, NULL, waiter, (void *)c) == 0);
	while (!__atomic_load_n(&tid, __ATOMIC_ACQUIRE))
		usleep(1000);
	await_sleep(tid);
	printf("%d\n", strncmp(c->name, "accept", 6) == 0 ? listener : fd);
	fflush(stdout);
	if (strcmp(argv[2], "kill") == 0)
		raise(SIGKILL);
	exit(0);
}
