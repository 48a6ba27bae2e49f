/* SPDX-License-Identifier: Apache-2.0 */
/*
 * io read PORT HOW BODY WANTED: asks the integration server for a body of BODY bytes, reads the head
 * and WANTED bytes of the body in the way HOW, and ends without closing.
 * io write HOW BODY WANTED: is server and client itself, and answers in the way HOW with a body of
 * BODY bytes, of which it sends WANTED.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static char buffer[65536];
static int pipes[2], file;

#define IOV(size) {{buffer, (size) / 3}, {buffer, 0}, {buffer + (size) / 3, (size) - (size) / 3}}

static ssize_t by_vector(int fd, size_t size, const char *how)
{
	struct iovec iov[] = IOV(size);
	struct mmsghdr many[1] = {{.msg_hdr = {.msg_iov = iov, .msg_iovlen = 3}}};

	if (!strcmp(how, "readv"))
		return readv(fd, iov, 3);
	if (!strcmp(how, "preadv2"))
		return preadv2(fd, iov, 3, -1, 0);
	if (!strcmp(how, "recvmsg"))
		return recvmsg(fd, &many[0].msg_hdr, 0);
	if (!strcmp(how, "recvmmsg"))
		return recvmmsg(fd, many, 1, 0, NULL) == 1 ? (ssize_t)many[0].msg_len : -1;
	if (!strcmp(how, "writev"))
		return writev(fd, iov, 3);
	if (!strcmp(how, "sendmsg"))
		return sendmsg(fd, &many[0].msg_hdr, 0);
	if (!strcmp(how, "sendmmsg"))
		return sendmmsg(fd, many, 1, 0) == 1 ? (ssize_t)many[0].msg_len : -1;
	fprintf(stderr, "no such way: %s\n", how);
	exit(2);
}

static ssize_t spliced(int from, int to, size_t size)
{
	ssize_t n = splice(from, NULL, pipes[1], NULL, size < 16384 ? size : 16384, 0);

	for (ssize_t left = n, m; left > 0; left -= m)
		if ((m = splice(pipes[0], NULL, to, NULL, (size_t)left, 0)) <= 0)
			return -1;
	return n;
}

/* What was not asked for must not come. */
static ssize_t in(int fd, size_t size, const char *how)
{
	if (!strcmp(how, "bytes"))
		return read(fd, buffer, 1);
	if (!strcmp(how, "recv"))
		return recv(fd, buffer, size, 0);
	if (!strcmp(how, "recvfrom"))
		return recvfrom(fd, buffer, size, 0, NULL, NULL);
	if (!strcmp(how, "waitall"))
		return recv(fd, buffer, size, MSG_WAITALL);
	if (!strcmp(how, "trunc"))
		return recv(fd, buffer, size, MSG_TRUNC);
	if (!strcmp(how, "splice"))
		return spliced(fd, file, size);
	if (!strcmp(how, "peek")) { /* twice, which takes nothing */
		recv(fd, buffer, size, MSG_PEEK);
		recv(fd, buffer, size, MSG_PEEK | MSG_TRUNC);
		return recv(fd, buffer, size, 0);
	}
	return by_vector(fd, size, how);
}

static ssize_t out(int fd, size_t size, const char *how)
{
	off_t zero = 0;

	if (!strcmp(how, "bytes"))
		return write(fd, buffer, 1);
	if (!strcmp(how, "send"))
		return send(fd, buffer, size, MSG_MORE);
	if (!strcmp(how, "sendto"))
		return sendto(fd, buffer, size, 0, NULL, 0);
	if (!strcmp(how, "sendfile"))
		return sendfile(fd, file, &zero, size);
	if (!strcmp(how, "splice")) {
		lseek(file, 0, SEEK_SET);
		return spliced(file, fd, size);
	}
	return by_vector(fd, size, how);
}

static void all(ssize_t (*move)(int, size_t, const char *), int fd, size_t size, const char *how)
{
	while (size) {
		ssize_t n = move(fd, size < sizeof buffer ? size : sizeof buffer, how);

		if (n <= 0) {
			perror(how);
			exit(1);
		}
		size -= (size_t)n;
	}
}

/* Its length, without taking it. */
static size_t head(int fd)
{
	for (;;) {
		ssize_t n = recv(fd, buffer, 1000, MSG_PEEK);
		char *end = n > 0 ? memmem(buffer, (size_t)n, "\r\n\r\n", 4) : NULL;

		if (end)
			return (size_t)(end - buffer) + 4;
	}
}

static int connect_to(int port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_port = htons((uint16_t)port);
	if (connect(fd, (struct sockaddr *)&to, sizeof to))
		exit(1);
	return fd;
}

/* Not by stdio, which writes inside libc. */
static void say(int fd, const char *format, size_t number)
{
	char text[128];

	send(fd, text, (size_t)snprintf(text, sizeof text, format, number), 0);
}

static void ask(int fd, size_t body)
{
	say(fd, "GET /fixed?size=%zu HTTP/1.1\r\nHost: a\r\n\r\n", body);
}

static void read_it(int port, const char *how, size_t body, size_t wanted)
{
	int fd = connect_to(port), unseen = !strcmp(how, "trunc") || !strcmp(how, "splice"), left = 0;

	ask(fd, body);
	all(in, fd, head(fd), unseen ? "recv" : how);
	all(in, fd, wanted, how);
	while (ioctl(fd, FIONREAD, &left) == 0 && (size_t)left < body - wanted)
		usleep(1000); /* the rest, which the kernel is to have in the end */
}

static void write_it(const char *how, size_t body, size_t wanted)
{
	struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd, server;
	socklen_t size = sizeof here;

	if (bind(listener, (struct sockaddr *)&here, size) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&here, &size))
		exit(1);
	fd = connect_to(ntohs(here.sin_port));
	server = accept(listener, NULL, NULL);
	ask(fd, body);
	all(in, server, head(server), "recv");
	say(server, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", body);
	memset(buffer, 'x', sizeof buffer);
	all(out, server, wanted, how);
	all(in, fd, head(fd) + wanted, "recv");
}

int main(int argc, char **argv)
{
	int writes = !strcmp(argv[1], "write");
	FILE *f = tmpfile();

	file = fileno(f);
	if (argc < 5 || pipe(pipes) || pwrite(file, buffer, sizeof buffer, 0) < 0)
		return 2;
	if (writes)
		write_it(argv[2], (size_t)atol(argv[3]), (size_t)atol(argv[4]));
	else
		read_it(atoi(argv[2]), argv[3], (size_t)atol(argv[4]), (size_t)atol(argv[5]));
	puts("done");
	return 0;
}
