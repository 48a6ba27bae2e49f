/* SPDX-License-Identifier: Apache-2.0 */
/* Where sockets are opened, as a person sees it and as return addresses do. The second argument is a
 * server's port. */
#include <arpa/inet.h>

#include "situation.h"

static int port;

/* Asks for one small answer, reads it to its end and leaves the connection. */
static __attribute__((noinline)) void ask(void)
{
	static const char question[] = "GET /small HTTP/1.1\r\nHost: x\r\n\r\n";
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	char answer[4096];
	int fd = made();

	MUST(connect(fd, (struct sockaddr *)&a, sizeof a) == 0);
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

int main(int argc, char **argv)
{
	static const struct situation list[] = {
		{"unrolled", unrolled}, {"three-lines", three_lines}, {"looped", looped},
		{"unrolled-and-closed", unrolled_and_closed},
	};

	port = argc > 2 ? atoi(argv[2]) : 0;
	return choose(argc, argv, list, sizeof list / sizeof *list);
}
