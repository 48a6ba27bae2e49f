/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A socket of which stdio has a stream: asks by send(), reads so many bytes of the answer, and lets a stream close it.
 *
 *	streams READS HOW
 *
 * READS: of the answer's 40 bytes. HOW: close (without a stream), fclose, two (one to read, of a copy one to write), dup (the
 * stream's is closed, then the copy), freopen; through (stdio reads them), after (a copy was
 * closed), late (and asks for more as it is closed), filebuf (libstdc++'s, which reads them).
 */
#include <ext/stdio_filebuf.h>
#include <memory>

#include "victim.h"

static const char request[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

static void receive(int fd, size_t want)
{
	char bytes[100];

	while (want) {
		ssize_t n = recv(fd, bytes, want, 0);

		MUST(n > 0);
		want -= (size_t)n;
	}
}

static FILE *stream(int fd, const char *mode)
{
	FILE *s = fdopen(fd, mode);

	MUST(s);
	return s;
}

static void end(int fd, const char *how, size_t reads)
{
	char bytes[100];
	int copy;

	if (!strcmp(how, "filebuf")) {
		auto buffer = std::make_unique<__gnu_cxx::stdio_filebuf<char>>(fd, std::ios::in);
		MUST(buffer->sgetn(bytes, (std::streamsize)reads) == (std::streamsize)reads);
		return;
	}
	if (!strcmp(how, "through")) {
		FILE *s = stream(fd, "r+");
		MUST(fread(bytes, 1, reads, s) == reads && fclose(s) == 0);
		return;
	}
	if (!strcmp(how, "after")) {
		FILE *in = stream(fd, "r"), *out = stream(dup(fd), "w");
		MUST(fclose(out) == 0 && fread(bytes, 1, reads, in) == reads && fclose(in) == 0);
		return;
	}
	receive(fd, reads);
	if (!strcmp(how, "close")) {
		MUST(close(fd) == 0);
	} else if (!strcmp(how, "fclose")) {
		MUST(fclose(stream(fd, "r+")) == 0);
	} else if (!strcmp(how, "two")) {
		FILE *in = stream(fd, "r"), *out = stream(dup(fd), "w");
		MUST(fclose(out) == 0 && fclose(in) == 0);
	} else if (!strcmp(how, "dup")) {
		copy = dup(fd);
		MUST(fclose(stream(fd, "r")) == 0 && close(copy) == 0);
	} else if (!strcmp(how, "freopen")) {
		FILE *s = freopen("/dev/null", "r", stream(fd, "r"));
		MUST(s && fclose(s) == 0);
	} else {
		FILE *s = stream(fd, "w");
		MUST(!strcmp(how, "late") && fputs(request, s) > 0 && fclose(s) == 0);
	}
}

int main(int argc, char **argv)
{
	size_t reads = argc > 1 ? (size_t)atoi(argv[1]) : 0;
	const char *how = argc > 2 ? argv[2] : "fclose";
	int ends[2];

	tcp_pair(ends);
	MUST(send(ends[0], request, sizeof request - 1, 0) == sizeof request - 1);
	receive(ends[1], sizeof request - 1);
	MUST(send(ends[1], answer, sizeof answer - 1, 0) == sizeof answer - 1);
	end(ends[0], how, reads);
	MUST(close(ends[1]) == 0);
	return 0;
}
