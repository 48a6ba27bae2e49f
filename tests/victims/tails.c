/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection for each request, none given back, and the last chunk of each answer races with the next
 * connection's opening: a reader takes it when it comes.
 *
 *	tails SEED
 *
 * The server is a child. In the end the process is killed.
 */
#include "victim.h"

#define ROUNDS 6
#define ASK "GET / HTTP/1.1\r\nHost: tails\r\n\r\n"
#define BEGIN "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
#define END "0\r\n\r\n"
#define WHOLE ((ssize_t)(sizeof BEGIN - 1 + sizeof END - 1))

static unsigned seed;

/* Up to 0.3 ms, each time another. */
static void a_while(unsigned salt)
{
	unsigned state = seed * 131 + salt;

	usleep(rand_r(&state) % 300u);
}

static void *serve(void *argument)
{
	int fd = (int)(long)argument;
	char buffer[100];

	MUST(read(fd, buffer, sizeof buffer) == sizeof ASK - 1);
	MUST(write(fd, BEGIN, sizeof BEGIN - 1) == sizeof BEGIN - 1);
	a_while((unsigned)fd);
	MUST(write(fd, END, sizeof END - 1) == sizeof END - 1);
	return NULL;
}

static _Noreturn void server(int listener)
{
	pthread_t thread;

	for (;;) {
		int fd = accept(listener, NULL, NULL);

		MUST(fd >= 0 && pthread_create(&thread, NULL, serve, (void *)(long)fd) == 0);
	}
}

/* What is left of an answer of which `got` bytes came. */
struct rest {
	int fd;
	ssize_t got;
	pthread_t thread;
};

static void *read_rest(void *argument)
{
	struct rest *r = argument;
	char buffer[100];

	while (r->got < WHOLE) {
		ssize_t n = read(r->fd, buffer, sizeof buffer);

		MUST(n > 0);
		r->got += n;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static struct rest rests[ROUNDS];
	struct sockaddr_in address;
	int listener = tcp_listen(&address, ROUNDS);
	pid_t child;

	MUST(argc == 2);
	seed = (unsigned)atoi(argv[1]);
	child = fork();
	if (!child)
		server(listener);
	close(listener);
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct rest *r = &rests[i];
		char buffer[100];

		r->fd = tcp_connect(&address);
		MUST(write(r->fd, ASK, sizeof ASK - 1) == sizeof ASK - 1);
		r->got = read(r->fd, buffer, sizeof buffer);
		MUST(r->got >= (ssize_t)sizeof BEGIN - 1 && pthread_create(&r->thread, NULL, read_rest, r) == 0);
		a_while(100 + i);
	}
	for (unsigned i = 0; i < ROUNDS; i++)
		pthread_join(rests[i].thread, NULL);
	kill(child, SIGKILL);
	raise(SIGKILL);
}
