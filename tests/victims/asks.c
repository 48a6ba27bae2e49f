/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests that nobody answers, and a thread that waits for the answers, or does not.
 *
 *	asks WAY PORT
 *
 * Says "ready" when the thread sleeps, and waits to be killed.
 */
#include <poll.h>
#include <sys/epoll.h>

#include "victim.h"

#define MANY 6

static int asked[MANY], pair[2], set, outer;

static void nobody(void)
{
	pause();
}

static void receiver(void)
{
	char byte;

	recv(asked[0], &byte, 1, 0);
}

static void poll_of(int count, bool wake_up)
{
	struct pollfd fds[MANY + 1];

	for (int i = 0; i < count; i++)
		fds[i] = (struct pollfd){asked[i], POLLIN, 0};
	fds[count] = (struct pollfd){pair[0], POLLIN, 0};
	poll(fds, (nfds_t)(count + wake_up), -1);
}

static void poll_and_wake_up(void)
{
	poll_of(1, true);
}

static void poll_two(void)
{
	poll_of(2, false);
}

static void poll_many(void)
{
	poll_of(MANY, true);
}

static void add(int to, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	MUST(epoll_ctl(to, EPOLL_CTL_ADD, fd, &event) == 0);
}

static void epoll_two(void)
{
	struct epoll_event event;

	add(set, asked[0]);
	add(set, asked[1]);
	add(set, pair[0]);
	epoll_wait(set, &event, 1, -1);
}

static void epoll_one_was_removed(void)
{
	add(set, asked[0]);
	add(set, asked[1]);
	MUST(epoll_ctl(set, EPOLL_CTL_DEL, asked[1], NULL) == 0);
	add(set, pair[0]);
	epoll_wait(set, &(struct epoll_event){0}, 1, -1);
}

static void epoll_other_set(void)
{
	add(set, asked[0]);
	add(outer, pair[0]);
	epoll_wait(outer, &(struct epoll_event){0}, 1, -1);
}

static void epoll_nested(void)
{
	add(set, asked[0]);
	add(outer, set);
	epoll_wait(outer, &(struct epoll_event){0}, 1, -1);
}

static const struct way {
	const char *name;
	void (*wait)(void);
	int requests;
} ways[] = {
	{"nobody", nobody, 1},       {"recv", receiver, 1},   {"poll-wake-up", poll_and_wake_up, 1},
	{"poll-two", poll_two, 3},   {"poll-many", poll_many, MANY}, {"epoll-two", epoll_two, 3},
	{"epoll-removed", epoll_one_was_removed, 2}, {"epoll-other", epoll_other_set, 1}, {"epoll-nested", epoll_nested, 1},
};

static pid_t tid;

static void *waiter(void *way)
{
	__atomic_store_n(&tid, tid_of_self(), __ATOMIC_RELEASE);
	((const struct way *)way)->wait();
	return NULL;
}

static int ask(int port)
{
	static const char request[] = "GET /mute HTTP/1.1\r\nHost: mute\r\n\r\n";
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = tcp_connect(&a);

	MUST(send(fd, request, sizeof request - 1, 0) == sizeof request - 1);
	return fd;
}

int main(int argc, char **argv)
{
	const struct way *w = ways, *end = ways + sizeof ways / sizeof *ways;
	pthread_t t;

	while (w < end && argc == 3 && strcmp(w->name, argv[1]) != 0)
		w++;
	if (argc != 3 || w == end)
		return 2;
	set = epoll_create1(0);
	outer = epoll_create1(0);
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	for (int i = 0; i < w->requests; i++)
		asked[i] = ask(atoi(argv[2]));
	MUST(pthread_create(&t, NULL, waiter, (void *)w) == 0);
	while (!__atomic_load_n(&tid, __ATOMIC_ACQUIRE))
		usleep(1000);
	await_sleep(tid);
	puts("ready");
	fflush(stdout);
	pause();
}
