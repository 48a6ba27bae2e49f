/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP servers, one for each way to serve many clients.
 *
 *	servers thread | pool | prefork | epoll
 *
 * /ok is answered, /big with more than a socket holds, /hang never. Prints its port; SIGTERM ends it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>

#include "victim.h"

#define WORKERS 4
#define BIG (64 << 20)

static int listener;
static char body[1 << 16];

/* ---- one connection ------------------------------------------------------------------------------------- */

struct client {
	int fd;
	char request[4096];
	size_t have;
	size_t to_send; /* of a big answer */
};

/* Bytes of a big answer as long as there are any and room for them; false when the client is gone. */
static bool send_more(struct client *c)
{
	while (c->to_send) {
		size_t part = c->to_send < sizeof body ? c->to_send : sizeof body;
		ssize_t n = send(c->fd, body, part, MSG_NOSIGNAL);

		if (n < 0)
			return errno == EAGAIN;
		c->to_send -= (size_t)n;
	}
	return true;
}

static bool answer(struct client *c, bool may_block)
{
	char head[100];

	c->have = 0;
	if (strncmp(c->request, "GET /hang ", 10) == 0) {
		while (may_block)
			pause();
		return true;
	}
	c->to_send = strncmp(c->request, "GET /big ", 9) == 0 ? BIG : 2;
	snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", c->to_send);
	return send(c->fd, head, strlen(head), MSG_NOSIGNAL) > 0 && send_more(c);
}

/* What has come; false when the client is gone. */
static bool receive(struct client *c, bool may_block)
{
	ssize_t n = recv(c->fd, c->request + c->have, sizeof c->request - 1 - c->have, 0);

	if (n <= 0)
		return n < 0 && errno == EAGAIN;
	c->have += (size_t)n;
	c->request[c->have] = 0;
	return !strstr(c->request, "\r\n\r\n") || answer(c, may_block);
}

static void *handle(void *fd)
{
	struct client c = {.fd = (int)(intptr_t)fd};

	while (receive(&c, true))
		;
	close(c.fd);
	return NULL;
}

/* ---- the four ways ---------------------------------------------------------------------------------------- */

static void by_threads(void)
{
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		pthread_t t;

		MUST(fd >= 0 && pthread_create(&t, NULL, handle, (void *)(intptr_t)fd) == 0);
		pthread_setname_np(t, "handler");
		pthread_detach(t);
	}
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static int queue[100], queued;

static void *worker(void *arg)
{
	for (;;) {
		int fd;

		pthread_mutex_lock(&lock);
		while (!queued)
			pthread_cond_wait(&more, &lock);
		fd = queue[--queued];
		pthread_mutex_unlock(&lock);
		handle((void *)(intptr_t)fd);
	}
	return NULL;
}

static void by_pool(void)
{
	for (int i = 0; i < WORKERS; i++) {
		pthread_t t;

		MUST(pthread_create(&t, NULL, worker, NULL) == 0);
		pthread_setname_np(t, "worker");
	}
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		MUST(fd >= 0);
		pthread_mutex_lock(&lock);
		queue[queued++] = fd;
		pthread_cond_signal(&more);
		pthread_mutex_unlock(&lock);
	}
}

static void by_children(void)
{
	for (int i = 0; i < WORKERS; i++)
		if (fork() == 0)
			for (;;)
				handle((void *)(intptr_t)accept(listener, NULL, NULL));
	for (;;)
		pause();
}

static void watch(int set, int fd, struct client *c)
{
	struct epoll_event event = {.events = EPOLLIN | (c ? EPOLLOUT | EPOLLET : 0), .data.ptr = c};

	MUST(fcntl(fd, F_SETFL, O_NONBLOCK) == 0 && epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0);
}

static void serve(struct client *c, uint32_t events)
{
	bool alive = true;

	if (events & EPOLLOUT)
		alive = send_more(c);
	if (alive && !c->to_send)
		alive = receive(c, false);
	if (!alive) {
		close(c->fd);
		free(c);
	}
}

static void by_events(void)
{
	int set = epoll_create1(0);

	watch(set, listener, NULL);
	for (;;) {
		struct epoll_event event;
		struct client *c;

		MUST(epoll_wait(set, &event, 1, -1) == 1);
		if (event.data.ptr) {
			serve(event.data.ptr, event.events);
			continue;
		}
		c = calloc(1, sizeof *c);
		c->fd = accept(listener, NULL, NULL);
		MUST(c->fd >= 0);
		watch(set, c->fd, c);
	}
}

static void end(int signal)
{
	_exit(0);
}

int main(int argc, char **argv)
{
	struct sockaddr_in a;

	memset(body, 'x', sizeof body);
	signal(SIGTERM, end);
	listener = tcp_listen(&a, 100);
	printf("%d\n", ntohs(a.sin_port));
	fflush(stdout);
	switch (argc > 1 ? argv[1][1] : 0) {
	case 'h': by_threads(); break;
	case 'o': by_pool(); break;
	case 'r': by_children(); break;
	case 'p': by_events(); break;
	}
	return 2;
}
