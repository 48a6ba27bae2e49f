/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client of HTTP/2 with prior knowledge: h2 PORT PATH UNTIL [STREAMS]. Asks for PATH on each of
 * STREAMS streams, reads frames until one of the kind UNTIL went by, and ends without closing.
 *
 *   end      the end of the last open stream     data      the first DATA
 *   headers  the first HEADERS                   nothing   reads nothing at all
 *   reset    the first DATA, resets all streams, and reads until the server has seen it
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"

enum { DATA, HEADERS, RST_STREAM = 3, PING = 6, END_STREAM = 1, ACK = 1 };

static void send_all(int fd, const void *bytes, size_t size)
{
	if (send(fd, bytes, size, 0) != (ssize_t)size)
		exit(2);
}

/* :method GET, :scheme http, :path as a literal without an index, :authority a */
static void get(int fd, unsigned stream, const char *path)
{
	uint8_t size = (uint8_t)strlen(path), frame[256] = {
		0, 0, (uint8_t)(size + 7), HEADERS, 5, 0, 0, (uint8_t)(stream >> 8), (uint8_t)stream, 0x82, 0x86, 0x04, size};

	memcpy(frame + 13, path, size);
	memcpy(frame + 13 + size, "\1\1a", 3);
	send_all(fd, frame, 16u + size);
}

/* The type of the next frame, its flags in the byte above. */
static unsigned next(int fd)
{
	uint8_t h[9], payload[16384];
	size_t size;

	if (recv(fd, h, sizeof h, MSG_WAITALL) != sizeof h)
		exit(3);
	size = (size_t)h[0] << 16 | (size_t)h[1] << 8 | h[2];
	if (size && recv(fd, payload, size, MSG_WAITALL) != (ssize_t)size)
		exit(3);
	return h[3] | (unsigned)h[4] << 8;
}

static int is(unsigned frame, unsigned type, unsigned flag)
{
	return (frame & 0xff) == type && (!flag || (frame >> 8 & flag));
}

static void reset(int fd, unsigned streams)
{
	for (unsigned i = 0; i < streams; i++)
		send_all(fd, (uint8_t[13]){0, 0, 4, RST_STREAM, 0, 0, 0, (uint8_t)((2 * i + 1) >> 8), (uint8_t)(2 * i + 1),
				0, 0, 0, 8}, 13);
	send_all(fd, (uint8_t[17]){0, 0, 8, PING}, 17);
	while (!is(next(fd), PING, ACK))
		;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	unsigned streams = argc > 4 ? (unsigned)atoi(argv[4]) : 1, open = streams;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	const char *until = argv[3];

	to.sin_port = htons((uint16_t)atoi(argv[1]));
	if (connect(fd, (struct sockaddr *)&to, sizeof to))
		return 1;
	send_all(fd, PREFACE, sizeof PREFACE - 1);
	for (unsigned i = 0; i < streams; i++)
		get(fd, 2 * i + 1, argv[2]);
	while (strcmp(until, "nothing") != 0) {
		unsigned frame = next(fd);

		if (is(frame, DATA, END_STREAM) || is(frame, HEADERS, END_STREAM))
			open--;
		if (!open || (is(frame, HEADERS, 0) && !strcmp(until, "headers")))
			break;
		if (is(frame, DATA, 0) && strcmp(until, "end") != 0)
			break;
	}
	if (!strcmp(until, "reset"))
		reset(fd, streams);
	puts(until);
	return 0;
}
