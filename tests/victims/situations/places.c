/* SPDX-License-Identifier: Apache-2.0 */
/* Where sockets are opened, as a person sees it and as return addresses do. The second argument is a
 * server's port. */
#include <arpa/inet.h>
#include <stdbool.h>

#include "situation.h"

static int port;

static int to_server(int fd)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	MUST(connect(fd, (struct sockaddr *)&a, sizeof a) == 0);
	return fd;
}

/* Asks for one small answer, reads it to its end and leaves the connection. */
static __attribute__((noinline)) void ask(void)
{
	static const char question[] = "GET /small HTTP/1.1\r\nHost: x\r\n\r\n";
	char answer[4096];
	int fd = to_server(made());

	MUST(send(fd, question, sizeof question - 1, 0) == sizeof question - 1);
	MUST(recv(fd, answer, sizeof answer, 0) > 0);
}

/* As a compiler unrolls a loop: four calls, one line. */
static void unrolled(void)
{
	ask(); ask(); ask(); ask();
}

static void three_lines(void)
{
	ask();
	ask();
	ask();
}

static void looped(void)
{
	for (volatile int i = 0; i < 4; i++)
		ask();
}

static void unrolled_and_closed(void)
{
	close(made()); close(made()); close(made()); close(made());
	made();
}

static __attribute__((noinline)) void undrained(void)
{
	static const char question[] = "GET /fixed?size=300000 HTTP/1.1\r\nHost: example.org\r\n\r\n";
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char start[100];

	to_server(fd);
	MUST(send(fd, question, sizeof question - 1, 0) == sizeof question - 1 && recv(fd, start, sizeof start, 0) > 0);
}

static __attribute__((noinline)) void never_connected(bool leave)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (!leave)
		close(fd);
}

static __attribute__((noinline)) void unused(void)
{
	to_server(socket(AF_INET, SOCK_STREAM, 0));
}

/* Three places: the one that leaks most opens least. */
static void of_each(void)
{
	for (int i = 0; i < 6; i++)
		undrained();
	for (int i = 0; i < 10; i++)
		never_connected(i % 5 == 0);
	unused();
}

int main(int argc, char **argv)
{
	static const struct situation list[] = {
		{"unrolled", unrolled}, {"three-lines", three_lines}, {"looped", looped},
		{"unrolled-and-closed", unrolled_and_closed}, {"of-each", of_each},
	};

	port = argc > 2 ? atoi(argv[2]) : 0;
	return choose(argc, argv, list, sizeof list / sizeof *list);
}
