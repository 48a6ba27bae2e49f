/* SPDX-License-Identifier: Apache-2.0 */
/* SITUATION END: brings about what a verdict rests on, then exits, is killed, or pauses for ever. */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>

#include "victim.h"

static int c, s; /* the connected end and the accepted one */
static char buffer[1000];

static void pass(int from, int to, const char *text)
{
	size_t size = strlen(text);

	MUST(send(from, text, size, MSG_NOSIGNAL) == (ssize_t)size);
	if (to >= 0)
		MUST(recv(to, buffer, size, MSG_WAITALL) == (ssize_t)size);
}

static void both(void)
{
	int ends[2];

	tcp_pair(ends);
	c = ends[0];
	s = ends[1];
}

static void reset(int end)
{
	struct linger now = {1, 0};

	MUST(setsockopt(end, SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0 && close(end) == 0);
}

/* The other end's FIN or RST has come when poll says so; it takes nothing. */
static void settled(int end)
{
	struct pollfd p = {.fd = end, .events = POLLIN};

	MUST(poll(&p, 1, -1) == 1);
}

/* The same, without a look that the program could have learnt it from. In which state is it, and of a listener, how many wait
 * to be accepted? See tcp(7). */
static struct tcp_info told_by_kernel(int fd)
{
	struct tcp_info it;
	socklen_t size = sizeof it;

	MUST(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &it, &size) == 0);
	return it;
}

static void left_alone(int end)
{
	while (told_by_kernel(end).tcpi_state == TCP_ESTABLISHED)
		usleep(1000);
}

#define ASK "GET / HTTP/1.1\r\nHost: h.example\r\n\r\n"
#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define SOME "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nthe beginning"
#define LAST "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"

static void never(void) { MUST(socket(AF_INET, SOCK_STREAM, 0) >= 0); }
static void pair(void) { int p[2]; MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, p) == 0); }
static void datagram(void) { MUST(socket(AF_INET, SOCK_DGRAM, 0) >= 0); }
static void netlink(void) { MUST(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) >= 0); }
static void listening(void) { struct sockaddr_in a; tcp_listen(&a, 5); }

/* An address where nobody listens, and which the kernel gives to nobody. */
static struct sockaddr_in nobody(void)
{
	return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(1), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void bound(void)
{
	struct sockaddr_in a = nobody();

	a.sin_port = 0;
	MUST(bind(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&a, sizeof a) == 0);
}

static int begin(struct sockaddr_in a)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	MUST(connect(fd, (struct sockaddr *)&a, sizeof a) == -1 && errno == EINPROGRESS);
	return fd;
}

static void refused(void)
{
	struct sockaddr_in a = nobody();

	MUST(connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&a, sizeof a) == -1);
}

static void refused_later(void)
{
	int fd = begin(nobody()), error = 0;
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	socklen_t size = sizeof error;

	MUST(poll(&p, 1, -1) == 1 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error);
}

static void refused_and_never_asked(void)
{
	int fd = begin(nobody());

	while (told_by_kernel(fd).tcpi_state == TCP_SYN_SENT)
		usleep(1000);
}

static void still_connecting(void)
{
	struct sockaddr_in a;
	int listener = tcp_listen(&a, 0);

	tcp_connect(&a); /* fills the queue: the next SYN is dropped */
	while (!told_by_kernel(listener).tcpi_unacked)
		usleep(1000);
	begin(a);
}

/* Told by epoll, which says nothing of what it is about. */
static int connected_by_epoll(void)
{
	struct epoll_event e = {.events = EPOLLOUT};
	struct sockaddr_in a;
	int set = epoll_create1(0), fd;

	tcp_listen(&a, 8);
	fd = begin(a);
	MUST(epoll_ctl(set, EPOLL_CTL_ADD, fd, &e) == 0 && epoll_wait(set, &e, 1, -1) == 1 && e.events == EPOLLOUT);
	return fd;
}

static void probed(void) { connected_by_epoll(); }
static void probed_and_closed(void) { close(connected_by_epoll()); }

static void end_was_read(void) { both(); close(s); MUST(recv(c, buffer, 1, 0) == 0); }
static void end_was_not_read(void) { both(); close(s); settled(c); }
static void end_was_peeked_at(void) { both(); close(s); MUST(recv(c, buffer, 1, MSG_PEEK) == 0); }
static void reset_was_read(void) { both(); reset(s); MUST(recv(c, buffer, 1, 0) == -1); }
static void unused(void) { both(); }
static void unframed(void) { both(); pass(c, s, "\001ask"); pass(s, c, "\002say"); }
static void unframed_unread(void) { both(); pass(s, -1, "\002say"); settled(c); }

static void broken_pipe(void)
{
	both();
	reset(s);
	left_alone(c);
	send(c, "x", 1, MSG_NOSIGNAL); /* ECONNRESET, then EPIPE */
	MUST(send(c, "x", 1, MSG_NOSIGNAL) == -1);
}

static void unframed_undrained(void)
{
	both();
	pass(s, -1, "\002say");
	MUST(recv(c, buffer, 1, 0) == 1);
}

static void asked(void) { both(); pass(c, s, ASK); }
static void unread(void) { asked(); pass(s, -1, ANSWER); settled(c); }
static void undrained(void) { asked(); pass(s, c, SOME); }
static void answered(void) { asked(); pass(s, c, ANSWER); }
static void asked_twice(void) { answered(); pass(c, s, ASK); }
static void last(void) { asked(); pass(s, c, LAST); }
static void client_gone(void) { answered(); close(c); settled(s); }
static void closed_early_unread(void) { unread(); close(c); left_alone(s); }
static void closed_early_undrained(void) { undrained(); close(c); }
static void closed_answered(void) { answered(); close(c); close(s); }
static void closed_unframed(void) { unframed(); close(c); close(s); }
static void closed_at_the_end(void) { asked(); close(s); MUST(recv(c, buffer, 1, 0) == 0); close(c); }
static void closed_after_reset(void) { reset_was_read(); close(c); }

static void client_gone_and_watched(void)
{
	struct epoll_event e = {.events = EPOLLIN};

	answered();
	MUST(epoll_ctl(epoll_create1(0), EPOLL_CTL_ADD, s, &e) == 0);
	close(c);
	settled(s);
}

#define S(name) {#name, name}
static const struct {
	const char *name;
	void (*run)(void);
} situations[] = {
	S(never), S(pair), S(datagram), S(netlink), S(listening), S(bound), S(refused), S(refused_later), S(probed), S(probed_and_closed),
	S(refused_and_never_asked), S(still_connecting), S(end_was_read), S(end_was_not_read), S(end_was_peeked_at),
	S(reset_was_read), S(broken_pipe), S(unused), S(unframed), S(unframed_unread), S(unframed_undrained), S(asked),
	S(unread), S(undrained), S(answered), S(asked_twice), S(last), S(client_gone), S(client_gone_and_watched),
	S(closed_early_unread), S(closed_early_undrained), S(closed_answered), S(closed_unframed), S(closed_at_the_end),
	S(closed_after_reset),
};

int main(int argc, char **argv)
{
	MUST(argc == 3);
	for (size_t i = 0; i < sizeof situations / sizeof *situations; i++)
		if (!strcmp(situations[i].name, argv[1]))
			situations[i].run();
	puts("ready");
	fflush(stdout);
	if (!strcmp(argv[2], "kill"))
		raise(SIGKILL);
	if (!strcmp(argv[2], "pause"))
		pause();
	return 0;
}
