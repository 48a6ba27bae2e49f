/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dumps NUMBER [EACH [PEERS [wait]]]: the dump of a process with that many connections to 100 peers from 40 places: each
 * asked once; one in a hundred stays open, one in ten of those undrained, until the process exits. With EACH
 * one of so many stays open, and the process is killed; with "wait" it runs on until its standard input ends, after a
 * line on its standard output. The recorder's core
 * writes it, so it is what a real one would be, but no kernel is asked to make a million sockets.
 * CONNLEAK_OUTPUT says where; of more connections than CONNLEAK_HISTORY slots are used again.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "conn.h"
#include "process.h"

#define PLACES 40
#define FIRST_FD 1000 /* of descriptors that the kernel does not know */

static void asked(int fd, long number, bool whole)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: bench\r\n\r\n";
	static const char response[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
	const struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(80),
					 .sin_addr.s_addr = htonl(0x7f000001 + (uint32_t)number)};
	struct iovec out = {(void *)request, sizeof request - 1};
	struct iovec in = {(void *)response, sizeof response - (whole ? 1 : 3)};
	struct conn_io io;

	if (conn_begin(&io, fd, DUMP_CALL_connect))
		conn_connect_end(&io, (const struct sockaddr *)&peer, sizeof peer, 0);
	if (conn_begin(&io, fd, DUMP_CALL_send))
		conn_end_out(&io, (ssize_t)out.iov_len, 0, &out, 1);
	if (conn_begin(&io, fd, DUMP_CALL_recv))
		conn_end_in(&io, (ssize_t)in.iov_len, 0, &in, 1, true);
}

/* The depth of the stack is the place. */
__attribute__((noinline)) static void from(int depth, int fd)
{
	if (depth > 0)
		from(depth - 1, fd);
	else
		conn_opened(fd, AF_INET, SOCK_STREAM, 0);
	__asm__ volatile("" ::: "memory");
}

int main(int argc, char **argv)
{
	long count = argc >= 2 && argc <= 5 ? atol(argv[1]) : 0, each = argc >= 3 ? atol(argv[2]) : 100;
	long peers = argc >= 4 ? atol(argv[3]) : 100;

	if (count < 1 || each < 1 || peers < 1) {
		fprintf(stderr, "usage: dumps NUMBER [EACH [PEERS [wait]]]\n");
		return 2;
	}
	process_begin();
	for (long i = 0; i < count; i++) {
		bool stays = i % each == 0;
		int fd = FIRST_FD + (int)(stays ? 1 + i / each : 0);

		from((int)(i % PLACES), fd);
		asked(fd, i % peers, i % 1000 != 0);
		if (!stays)
			conn_close(fd);
	}
	if (argc == 5 && puts("ready") >= 0 && fflush(stdout) == 0)
		getchar();
	return argc >= 3 ? raise(SIGKILL) : 0;
}
