/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One operation, many times over.
 *
 *   micro NAME COUNT     prints what one takes, in ns: of the processor, and of the clock on the wall
 *                        (the medians of 25 rounds)
 *   micro --profile      under callgrind: each operation's instructions, into a profile of its own
 *   micro --list         the names
 *
 * What belongs to the other end of a connection is done by system calls that nobody can wrap, and
 * outside of what is timed.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "connleak/sys.h"
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_ZERO_STATS
#define CALLGRIND_DUMP_STATS_AT(name) (void)(name)
#endif

#define ROUNDS 25
#define PROFILED 512 /* operations in a profile */
#define DEPTH 20     /* frames between main and whoever opens something */

static int file, pair[2], listener, theirs, epoll;
static struct sockaddr_in address = {.sin_family = AF_INET};
static char buffer[65536];

static void must(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(2);
}

/* ---- files ------------------------------------------------------------------------------------- */

static void open_file(void)
{
	char name[] = "/tmp/connleak-bench-XXXXXX";

	file = mkstemp(name);
	must(file >= 0 && write(file, buffer, sizeof buffer) > 0, "temporary file");
	unlink(name);
}

static void read_file(void)
{
	if (read(file, buffer, 16) != 16)
		lseek(file, 0, SEEK_SET);
}

static void write_file(void)
{
	static unsigned written;

	if (write(file, buffer, 16) != 16 || ++written % 4096 == 0)
		lseek(file, 0, SEEK_SET);
}

/* ---- a connection that is open -------------------------------------------------------------------- */

static void open_pair(void)
{
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
	memset(buffer, 'x', sizeof buffer);
}

static void send_recv(void)
{
	send(pair[0], buffer, 64, 0);
	recv(pair[1], buffer, 64, 0);
}

static void listen_here(void)
{
	socklen_t size = sizeof address;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	must(listener >= 0 && bind(listener, (struct sockaddr *)&address, size) == 0 &&
		     listen(listener, 128) == 0 &&
		     getsockname(listener, (struct sockaddr *)&address, &size) == 0, "listen");
}

static void open_tcp(void)
{
	listen_here();
	pair[0] = socket(AF_INET, SOCK_STREAM, 0);
	must(connect(pair[0], (struct sockaddr *)&address, sizeof address) == 0, "connect");
	pair[1] = accept(listener, NULL, NULL);
	must(pair[1] >= 0, "accept");
}

static const char request[] = "GET /path/of/some/length?query=1 HTTP/1.1\r\nHost: example.org\r\n"
			      "User-Agent: micro/1.0\r\nAccept: */*\r\nAccept-Encoding: gzip\r\n\r\n";
static const char response[] = "HTTP/1.1 200 OK\r\nServer: micro/1.0\r\nDate: Tue, 24 Nov 2026 18:00:00 GMT\r\n"
			       "Content-Type: text/html; charset=utf-8\r\nContent-Length: 12\r\n"
			       "Connection: keep-alive\r\nETag: \"5f3c-264\"\r\n\r\nHello world!";

/* Both ends of an exchange: four calls, two heads on their way out and two on their way in. */
static void exchange(void)
{
	static char in[1024];

	memcpy(in, request, sizeof request); /* what a stand-in for recv leaves there (null.c) */
	send(pair[0], request, sizeof request - 1, 0);
	recv(pair[1], in, sizeof request - 1, 0);
	memcpy(in, response, sizeof response);
	send(pair[1], response, sizeof response - 1, 0);
	recv(pair[0], in, sizeof response - 1, 0);
}

/* Heads as they are: each operation sends one and receives it. */
static const struct head {
	const char *text;
	bool response;
} wrk_request = {"GET / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n"},
  curl_request = {"GET /index.html HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n"},
  browser_request = {
	  "GET /search?q=connection+leak&lang=en HTTP/1.1\r\nHost: www.example.org\r\n"
	  "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
	  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\n"
	  "Accept-Encoding: gzip, deflate, br, zstd\r\nReferer: https://www.example.org/\r\nDNT: 1\r\nConnection: keep-alive\r\n"
	  "Cookie: session=0f8e1c2b7a6d5e4f3a2b1c0d9e8f7a6b; theme=dark; _ga=GA1.2.1234567890.1700000000; consent=yes\r\n"
	  "Upgrade-Insecure-Requests: 1\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\n"
	  "Sec-Fetch-Site: same-origin\r\nPriority: u=0, i\r\n\r\n"},
  nginx_response = {"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Tue, 24 Nov 2026 18:00:00 GMT\r\n"
		    "Content-Type: text/html\r\nContent-Length: 0\r\nLast-Modified: Sun, 22 Nov 2026 09:12:31 GMT\r\n"
		    "Connection: keep-alive\r\nETag: \"6381f2ef-267\"\r\nAccept-Ranges: bytes\r\n\r\n", true};
static const struct head *head;
static size_t head_size;

static void begin_head(const struct head *h)
{
	open_tcp();
	head = h;
	head_size = strlen(h->text);
	memcpy(buffer, h->text, head_size); /* what a stand-in for recv leaves there */
}

static void begin_wrk(void)
{
	begin_head(&wrk_request);
}

static void begin_curl(void)
{
	begin_head(&curl_request);
}

static void begin_browser(void)
{
	begin_head(&browser_request);
}

static void begin_nginx(void)
{
	begin_head(&nginx_response);
}

static void one_head(void)
{
	send(pair[head->response], head->text, head_size, 0);
	recv(pair[!head->response], buffer, head_size, 0);
}

/* A response of a petabyte, of which each operation moves 16 KiB. */
static void begin_body(void)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 999999999999999\r\n\r\n";
	static char in[sizeof request + sizeof head];

	open_tcp();
	memcpy(in, request, sizeof request);
	send(pair[0], request, sizeof request - 1, 0);
	recv(pair[1], in, sizeof request - 1, 0);
	memcpy(in, head, sizeof head);
	send(pair[1], head, sizeof head - 1, 0);
	recv(pair[0], in, sizeof head - 1, 0);
}

static void body(void)
{
	send(pair[1], buffer, 16384, 0);
	recv(pair[0], buffer, 16384, MSG_WAITALL);
}

/* ---- opening and closing ---------------------------------------------------------------------------- */

static void listen_only(void)
{
	listen_here();
	fcntl(listener, F_SETFL, O_NONBLOCK);
}

static void socket_close(void)
{
	close(socket(AF_INET, SOCK_STREAM, 0));
}

/* Closed by a reset, so that no port waits out its two minutes. */
static void reset_at_close(int fd)
{
	struct linger now = {1, 0};

	sys_call5(SYS_setsockopt, fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

static void connect_close(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	reset_at_close(fd);
	connect(fd, (struct sockaddr *)&address, sizeof address);
	close(fd);
}

static void their_accept(void)
{
	long fd = sys_call3(SYS_accept, listener, NULL, NULL);

	if (fd >= 0)
		sys_call1(SYS_close, fd);
}

static void their_connect(void)
{
	theirs = (int)sys_call3(SYS_socket, AF_INET, SOCK_STREAM, 0);
	reset_at_close(theirs);
	sys_call3(SYS_connect, theirs, &address, sizeof address);
}

static void accept_close(void)
{
	close(accept(listener, NULL, NULL));
}

static void their_close(void)
{
	sys_call1(SYS_close, theirs);
}

static void *nothing(void *argument)
{
	return argument;
}

static void thread(void)
{
	pthread_t it;

	if (pthread_create(&it, NULL, nothing, NULL) == 0)
		pthread_join(it, NULL);
}

/* ---- waiting ------------------------------------------------------------------------------------------ */

static void open_epoll(void)
{
	struct epoll_event event = {.events = EPOLLOUT};

	open_pair();
	epoll = epoll_create1(0);
	must(epoll_ctl(epoll, EPOLL_CTL_ADD, pair[0], &event) == 0, "epoll_ctl");
}

static void wait_epoll(void)
{
	struct epoll_event event;

	epoll_wait(epoll, &event, 1, 0);
}

static void wait_poll(void)
{
	struct pollfd fds[2] = {{.fd = pair[0], .events = POLLIN}, {.fd = pair[1], .events = POLLIN}};

	poll(fds, 2, 0);
}

/* ---- the operations -------------------------------------------------------------------------------------- */

static const struct operation {
	const char *name;
	void (*prepare)(void);
	void (*before)(void), (*once)(void), (*after)(void); /* timed: once */
	int depth;
} operations[] = {
	{"read-file", open_file, NULL, read_file, NULL, 0},
	{"write-file", open_file, NULL, write_file, NULL, 0},
	{"send-recv", open_pair, NULL, send_recv, NULL, 0},
	{"http-exchange", open_tcp, NULL, exchange, NULL, 0},
	{"head-wrk-request", begin_wrk, NULL, one_head, NULL, 0},
	{"head-curl-request", begin_curl, NULL, one_head, NULL, 0},
	{"head-browser-request", begin_browser, NULL, one_head, NULL, 0},
	{"head-nginx-response", begin_nginx, NULL, one_head, NULL, 0},
	{"http-body", begin_body, NULL, body, NULL, 0},
	{"socket-close", NULL, NULL, socket_close, NULL, DEPTH},
	{"socket-connect-close", listen_only, NULL, connect_close, their_accept, DEPTH},
	{"accept-close", listen_only, their_connect, accept_close, their_close, DEPTH},
	{"pthread_create-join", NULL, NULL, thread, NULL, DEPTH},
	{"epoll_wait", open_epoll, NULL, wait_epoll, NULL, 0},
	{"poll", open_pair, NULL, wait_poll, NULL, 0},
};
#define OPERATIONS (sizeof operations / sizeof *operations)

/* The thread's own time has nothing of what others do on this machine meanwhile; but who is traced
 * waits for its tracer, and that is on the wall only. */
static double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Time of one round, in ns per operation. */
static double round_of(const struct operation *o, long count, clockid_t clock)
{
	double total = 0, since, start = now(clock);

	if (!o->before && !o->after) {
		for (long i = 0; i < count; i++)
			o->once();
		return (now(clock) - start) / (double)count;
	}
	for (long i = 0; i < count; i++) {
		if (o->before)
			o->before();
		since = now(clock);
		o->once();
		total += now(clock) - since;
		if (o->after)
			o->after();
	}
	return total / (double)count;
}

/* No tail call: the frames are to be there. */
__attribute__((noinline)) static double deep(const struct operation *o, long count, clockid_t clock, int depth)
{
	double result = depth > 0 ? deep(o, count, clock, depth - 1) : round_of(o, count, clock);

	__asm__ volatile("" ::: "memory");
	return result;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(const struct operation *o, long count, clockid_t clock)
{
	double rounds[ROUNDS];

	for (int i = 0; i < ROUNDS; i++)
		rounds[i] = deep(o, count / ROUNDS + 1, clock, o->depth);
	qsort(rounds, ROUNDS, sizeof *rounds, by_size);
	return rounds[ROUNDS / 2];
}

static void measure(const struct operation *o, long count)
{
	double cpu;

	if (o->prepare)
		o->prepare();
	deep(o, count / ROUNDS / 4 + 8, CLOCK_MONOTONIC, o->depth);
	cpu = median(o, count / 2, CLOCK_THREAD_CPUTIME_ID);
	printf("%.2f %.2f\n", cpu, median(o, count / 2, CLOCK_MONOTONIC));
}

static void profile(const struct operation *o)
{
	if (o->prepare)
		o->prepare();
	/* From one place, so that the second time its stacks are known: no unrolled loop. */
	for (volatile int i = 0; i < 2; i++) {
		CALLGRIND_ZERO_STATS;
		deep(o, i ? PROFILED : 64, CLOCK_MONOTONIC, o->depth);
	}
	CALLGRIND_DUMP_STATS_AT(o->name);
}

int main(int argc, char **argv)
{
	bool list = argc == 2 && strcmp(argv[1], "--list") == 0;
	bool all = argc == 2 && strcmp(argv[1], "--profile") == 0;

	for (size_t i = 0; i < OPERATIONS; i++) {
		if (list)
			puts(operations[i].name);
		else if (all)
			profile(&operations[i]);
		else if (argc == 3 && strcmp(argv[1], operations[i].name) == 0)
			return measure(&operations[i], atol(argv[2])), 0;
	}
	if (!list && !all)
		fprintf(stderr, "usage: micro NAME COUNT | --profile | --list\n");
	return !list && !all;
}
