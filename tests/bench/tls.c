/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls COUNT | --profile: a request and its response through OpenSSL, both ends in one thread. As micro.c
 * it prints what one exchange takes, in ns: of the processor, and on the wall.
 */
#include <fcntl.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_ZERO_STATS
#define CALLGRIND_DUMP_STATS_AT(name) (void)(name)
#endif

#define PROFILED 512 /* as instructions.py has it */

static SSL *client, *server;

static void must(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "tls: %s\n", what);
	exit(2);
}

/* Without certificates: what is measured is what comes after the handshake. */
static SSL *make(const SSL_METHOD *method, int fd)
{
	SSL_CTX *context = SSL_CTX_new(method);
	SSL *it;

	SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
	must(SSL_CTX_set_cipher_list(context, "ADH-AES128-GCM-SHA256:@SECLEVEL=0"), "no such cipher");
	SSL_CTX_set_dh_auto(context, 1);
	it = SSL_new(context);
	must(it && SSL_set_fd(it, fd), "no session");
	return it;
}

static void shake_hands(void)
{
	int fds[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0, "socketpair");
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	client = make(TLS_client_method(), fds[0]);
	server = make(TLS_server_method(), fds[1]);
	for (int i = 0; i < 20; i++) {
		int a = SSL_connect(client), b = SSL_accept(server);

		if (a == 1 && b == 1)
			return;
	}
	must(0, "no handshake");
}

static void exchange(void)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: tls\r\nUser-Agent: tls/1.0\r\n\r\n";
	static const char response[] = "HTTP/1.1 200 OK\r\nServer: tls/1.0\r\nContent-Length: 5\r\n\r\nhello";
	char in[256];

	SSL_write(client, request, sizeof request - 1);
	SSL_read(server, in, sizeof in);
	SSL_write(server, response, sizeof response - 1);
	must(SSL_read(client, in, sizeof in) == sizeof response - 1, "no response");
}

static double per_exchange(long count, clockid_t clock)
{
	struct timespec from, to;

	clock_gettime(clock, &from);
	for (long i = 0; i < count; i++)
		exchange();
	clock_gettime(clock, &to);
	return ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / (double)count;
}

int main(int argc, char **argv)
{
	long count = argc == 2 ? atol(argv[1]) : 0;
	double cpu;

	must(argc == 2, "usage: tls COUNT | --profile");
	shake_hands();
	per_exchange(64, CLOCK_MONOTONIC);
	if (strcmp(argv[1], "--profile") == 0) {
		CALLGRIND_ZERO_STATS;
		per_exchange(PROFILED, CLOCK_MONOTONIC);
		CALLGRIND_DUMP_STATS_AT("tls-exchange");
		return 0;
	}
	cpu = per_exchange(count, CLOCK_THREAD_CPUTIME_ID);
	printf("%.2f %.2f\n", cpu, per_exchange(count, CLOCK_MONOTONIC));
	return 0;
}
