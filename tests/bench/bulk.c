/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bulk MIB PIECE: a response of so many MiB over loopback, written and read in pieces of so many
 * bytes by two threads of one process. HTTP, so that the body is followed to its end.
 */
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static size_t total, piece;
static int ours, theirs;

static void must(int good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(2);
}

static void *serve(void *unused)
{
	char *buffer = calloc(1, piece), head[128];
	size_t left = total;

	must(recv(theirs, head, sizeof head, 0) > 0, "request");
	send(theirs, head, (size_t)sprintf(head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", total), 0);
	while (left) {
		ssize_t n = send(theirs, buffer, left < piece ? left : piece, 0);

		must(n > 0, "send");
		left -= (size_t)n;
	}
	free(buffer);
	return NULL;
}

static void connect_both(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof address;
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 1) == 0, "listen");
	getsockname(listener, (struct sockaddr *)&address, &size);
	ours = socket(AF_INET, SOCK_STREAM, 0);
	must(connect(ours, (struct sockaddr *)&address, size) == 0, "connect");
	theirs = accept(listener, NULL, NULL);
	must(theirs >= 0, "accept");
	close(listener);
}

int main(int argc, char **argv)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: bulk\r\n\r\n";
	pthread_t server;
	size_t got = 0;
	char *buffer;

	if (argc != 3) {
		fprintf(stderr, "usage: bulk MIB PIECE\n");
		return 2;
	}
	total = (size_t)atol(argv[1]) << 20;
	piece = (size_t)atol(argv[2]);
	buffer = malloc(piece);
	connect_both();
	must(pthread_create(&server, NULL, serve, NULL) == 0, "pthread_create");
	send(ours, request, sizeof request - 1, 0);
	while (got < total) { /* the head counts, too: the last bytes stay, which is all the same here */
		ssize_t n = recv(ours, buffer, piece, 0);

		must(n > 0, "recv");
		got += (size_t)n;
	}
	pthread_join(server, NULL);
	free(buffer);
	return 0;
}
