/* SPDX-License-Identifier: Apache-2.0 */
/* What goes on behind the recorder's back: bytes that raw system calls and stdio move, sockets that are libc's. */
#include <netdb.h>
#include <resolv.h>
#include <signal.h>

#include "situation.h"

static const char request[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/* The first half of the answer is read in sight, the second is not. */
static void raw_reads(void)
{
	char text[64];
	int pair[2];

	connected(pair);
	MUST(write(pair[0], request, sizeof request - 1) > 0 && recv(pair[1], text, sizeof text, 0) > 0);
	MUST(write(pair[1], answer, sizeof answer - 1) > 0);
	MUST(recv(pair[0], text, 20, MSG_WAITALL) == 20);
	MUST(sys_call3(SYS_read, pair[0], text, sizeof text) == sizeof answer - 1 - 20);
	close(pair[1]);
	puts("");
}

/* The other way round: of the server's answer the second half is written where nobody sees it. */
static void raw_writes(void)
{
	char text[64];
	int pair[2];

	connected(pair);
	MUST(write(pair[0], request, sizeof request - 1) > 0 && recv(pair[1], text, sizeof text, 0) > 0);
	MUST(write(pair[1], answer, 20) == 20);
	MUST(sys_call3(SYS_write, pair[1], answer + 20, sizeof answer - 21) == sizeof answer - 21);
	MUST(recv(pair[0], text, sizeof answer - 1, MSG_WAITALL) == sizeof answer - 1);
	puts("");
}

/* Taken from the queue without being copied (tcp(7)): in the buffer is what was there before, the beginning of
 * something longer. */
static void throws_an_answer_away(void)
{
	char text[64], old[64] = "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n";
	int pair[2];

	connected(pair);
	MUST(write(pair[0], request, sizeof request - 1) > 0 && recv(pair[1], text, sizeof text, 0) > 0);
	MUST(write(pair[1], answer, sizeof answer - 1) > 0);
	printf("%zd\n", recv(pair[0], old, sizeof answer - 1, MSG_TRUNC));
	close(pair[1]);
}

static void ask_and_read_by_stdio(int pair[2])
{
	char text[64];
	FILE *stream;

	connected(pair);
	MUST(write(pair[0], request, sizeof request - 1) > 0 && recv(pair[1], text, sizeof text, 0) > 0);
	MUST(write(pair[1], answer, sizeof answer - 1) > 0);
	MUST((stream = fdopen(pair[0], "r")) && fread(text, 1, sizeof answer - 1, stream) == sizeof answer - 1);
}

static void by_stdio(void)
{
	int pair[2];

	ask_and_read_by_stdio(pair);
	close(pair[1]);
	puts("");
}

/* Then nobody asks the kernel what went by. */
static void by_stdio_and_killed(void)
{
	int pair[2];

	ask_and_read_by_stdio(pair);
	raise(SIGKILL);
}

/* ---- connections that nobody saw begin ------------------------------------------------------------------------ */

static int listening(struct sockaddr_in *address)
{
	socklen_t size = sizeof *address;
	int listener = made();

	*address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	MUST(bind(listener, (void *)address, size) == 0 && listen(listener, 8) == 0);
	MUST(getsockname(listener, (void *)address, &size) == 0);
	return listener;
}

/* The answer is read up to its middle. */
static void answered(int fd, int listener)
{
	char text[64];
	int other = accept(listener, NULL, NULL);

	MUST(other >= 0 && recv(other, text, sizeof text, 0) == sizeof request - 1);
	MUST(write(other, answer, sizeof answer - 1) > 0 && recv(fd, text, 20, MSG_WAITALL) == 20);
	close(other);
	close(listener);
	puts("");
}

static void connects_by_a_raw_call(void)
{
	struct sockaddr_in address;
	int listener = listening(&address), fd = made();

	MUST(sys_call3(SYS_connect, fd, &address, sizeof address) == 0);
	MUST(send(fd, request, sizeof request - 1, 0) > 0);
	answered(fd, listener);
}

/* The first bytes go out with the SYN (tcp(7), TCP Fast Open). */
static void connects_by_sendto(void)
{
	struct sockaddr_in address;
	int listener = listening(&address), fd = made();

	MUST(sendto(fd, request, sizeof request - 1, MSG_FASTOPEN, (void *)&address, sizeof address) > 0);
	answered(fd, listener);
}

/* ---- names ------------------------------------------------------------------------------------------------ */

/* Our own name server, which knows nobody. */
static void serve(int listener)
{
	unsigned char query[514];
	int fd = accept(listener, NULL, NULL);

	while (read(fd, query, 2) == 2) {
		size_t size = (size_t)query[0] << 8 | query[1];

		MUST(size <= 512 && recv(fd, query + 2, size, MSG_WAITALL) == (ssize_t)size);
		query[4] |= 0x80; /* a response, */
		query[5] = 3;     /* of no such name */
		MUST(write(fd, query, size + 2) == (ssize_t)size + 2);
	}
	_exit(0);
}

/* By TCP, and libc keeps the connection for the next question. */
static void asks_a_name_server_and_stays(void)
{
	struct sockaddr_in address;
	int listener = listening(&address), ret, kept;
	struct addrinfo *list;

	if (fork() == 0)
		serve(listener);
	close(listener);
	MUST(res_init() == 0);
	_res.nscount = 1;
	_res.nsaddr_list[0] = address;
	_res.options |= RES_USEVC | RES_STAYOPEN;
	ret = getaddrinfo("nobody.example", "80", NULL, &list);
	kept = (int)sys_call3(SYS_fcntl, listener, F_GETFD, 0);
	printf("%d %d\n", ret == EAI_NONAME, kept >= 0);
}

#define ROW(name) {#name, name}
SITUATIONS(ROW(raw_reads), ROW(raw_writes), ROW(throws_an_answer_away), ROW(by_stdio), ROW(by_stdio_and_killed), ROW(asks_a_name_server_and_stays),
	ROW(connects_by_a_raw_call), ROW(connects_by_sendto))
