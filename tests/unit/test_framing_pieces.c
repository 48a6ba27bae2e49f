/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1 has two readers: one of whole lines (http1_lines.c), one of single bytes, for what is
 * unusual or comes in pieces. So have Redis and PostgreSQL. Here heads and commands, and what becomes of
 * them when a byte is another one, are fed whole, byte by byte, and cut in two: all must leave the same state
 * behind, in every field. Nothing may be read but the piece: behind each, or before it, is memory that cannot be read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/framing/http1_known.h"
#include "stream.h"

#define NEXT_REQUEST "GET /next HTTP/1.1\r\n\r\n"
#define NEXT_RESPONSE "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 404 No\r\n"

static const char *const requests[] = {
	"GET / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n" NEXT_REQUEST,
	"HEAD /HEAD?a=b HTTP/1.0\r\nConnection: keep-alive\r\nhost:\t a.b \r\n\r\n" NEXT_REQUEST,
	"POST /a HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello" NEXT_REQUEST,
	"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nUser_Agent.1: \xc3\xa4\r\n\r\n" NEXT_REQUEST,
	"PUT /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTE: x\r\n\r\n5;a=b\r\nhello\r\n0\r\nX-Sum: 1\r\nDate: 2\r\n\r\n" NEXT_REQUEST,
	"GET /a HTTP/1.1\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n\r\n" NEXT_REQUEST,
	NEXT_REQUEST "\r\nDELETE /%20 HTTP/1.1\r\nEmpty:\r\nA:b\r\nFolded: a\r\n b\r\nContent-Length: 0\r\n\r\n" NEXT_REQUEST,
	NEXT_REQUEST "A-METHOD-OF-THIRTY-THREE-CHARACTE /a HTTP/1.1\r\n\r\n" NEXT_REQUEST,
	NEXT_REQUEST "A-METHOD-OF-THIRTY-TWO-CHARACTER /a HTTP/1.1\r\n\r\n" NEXT_REQUEST,
	NEXT_REQUEST " /no-method HTTP/1.1\r\n\r\n" NEXT_REQUEST,
	"GET /a HTTP/1.1\nHost: b\nX: y\n\n" NEXT_REQUEST,
	"OPTIONS * HTTP/1.1\r\nAccess-Control-Request-Method: PUT\r\nHosts: a\r\nConnections: b\r\nContent-Lengths: 2\r\n\r\n"
	NEXT_REQUEST,
};

static const char *const responses[] = {
	"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Tue, 24 Nov 2026 18:00:00 GMT\r\nContent-Type: text/html\r\n"
	"Content-Length: 2\r\nLast-Modified: Sun, 22 Nov 2026 09:12:31 GMT\r\nConnection: keep-alive\r\n"
	"ETag: \"6381f2ef-267\"\r\nAccept-Ranges: bytes\r\n\r\nab" NEXT_RESPONSE,
	"HTTP/1.0 200\r\ncontent-length:1\r\nCONNECTION:KEEP-ALIVE\r\n\r\na" NEXT_RESPONSE,
	"HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n" NEXT_RESPONSE,
	"HTTP/1.1 199 Go\r\nLink: <a>\r\n\r\nHTTP/1.1 206 A\xff\tb\r\nContent-Length: 1 , 1\r\n\r\na" NEXT_RESPONSE,
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\nContent-Length: 7\r\n\r\n1\r\na\r\n0\r\n\r\n" NEXT_RESPONSE,
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: a, close\r\n\r\nA\r\n0123456789\r\n0\r\nTrailer-X: a\r\n\r\n"
	NEXT_RESPONSE,
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\nContent-Length: 3\r\n\r\n" NEXT_RESPONSE,
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nConnection: close\r\nHost: a\r\nUpgrade: h2c\r\n\r\n"
	NEXT_RESPONSE,
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1 ; a =b;c= \"d\\\"\xc3\xa4;\" ; e\r\na\r\n0;f=\"\"\r\n\r\n" NEXT_RESPONSE,
	"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x05hello",
	"HTTP/1.1 204 No\r\n\r\nHTTP/1.1 500 \r\nConnection: Close\r\n\r\nuntil the end",
};

#define GET "*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000042\r\n"
static const char *const commands[] = {
	GET "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$0\r\n\r\n" GET,
	"*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nqUIT\r\n" GET "*2\r\n$4\r\nSYNC\r\n$1\r\na\r\n" GET,
	GET "*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$1\r\na\r\n*2\r\n$6\r\nclient\r\n$5\r\nREPLY\r\n" GET,
	GET "*1\r\n$5\r\nQUITE\r\n*1\r\n$3\r\nQUI\r\n" GET,
	GET "*2\r\n$10\r\npsubscribe\r\n$1\r\na\r\n" GET "*1\r\n$12\r\npunsubscribe\r\n" GET,
	GET "*1\r\n$5\r\nRESET\r\n*1\r\n$7\r\nmonitor\r\n" GET,
	GET "*3\r\n$3\r\nSET\r\n$-1\r\n$00000000000000001\r\na\r\n" GET,
	GET "*3\r\n$4\r\nECHO\r\n*1\r\n$1\r\na\r\n:1\r\n" GET,
	GET "*2\r\n$3\r\nGET\r\n$99999999999999999999\r\na\r\n",
};

static const char *const answers[] = {
	"+OK\r\n$3\r\nabc\r\n$-1\r\n:12\r\n-ERR a long line of more than sixteen bytes\r\n+OK\r\n",
	"*3\r\n$1\r\na\r\n$0\r\n\r\n:1\r\n*0\r\n*-1\r\n*2\r\n*1\r\n$1\r\na\r\n$2\r\nab\r\n+OK\r\n",
	"%1\r\n+a\r\n$1\r\nb\r\n>2\r\n+message\r\n$1\r\na\r\n|1\r\n+a\r\n#t\r\n_\r\n=5\r\ntxt:a\r\n~2\r\n$1\r\na\r\n,1.5\r\n+OK\r\n",
	"$?\r\n;1\r\na\r\n;0\r\n",
	"*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nbc\r\n"
	"*4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$1\r\na\r\n$2\r\nbc\r\n*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n+OK\r\n",
	">3\r\n$10\r\nssubscribe\r\n$1\r\na\r\n:1\r\n*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nbc\r\n"
	"+RESET\r\n*3\r\n$7\r\nmessage\r\n:1\r\n$1\r\na\r\n",
};

#define STARTUP "\0\0\0\022\0\3\0\0user\0bob\0"
static const char frontend[] = STARTUP "\0Q\0\0\0\6a\0P\0\0\0\010a\0b\0D\0\0\0\6S\0d\0\0\0\5xd\0\0\0\4S\0\0\0\4c\0\0\0\4S\0\0\0\4"
			       "S\0\0\0\4Q\0\0\0\6b\0X\0\0\0\4";
static const char backend[] = "R\0\0\0\010\0\0\0\0Z\0\0\0\5IT\0\0\0\5xD\0\0\0\6abD\0\0\0\4D\0\0\0\5xC\0\0\0\6a\0Z\0\0\0\5I"
			      "N\0\0\0\5xD\0\0\0\5yd\0\0\0\5zD\0\0\0\3d\0\0\0\5zZ\0\0\0\5I";

/* Two names in it, and another message behind it that is none of a ClientHello. */
static const char hello[] =
	"\x16\x03\x01\x00\x53\x01\x00\x00\x4f\x03\x03" "0123456789abcdef0123456789abcdef"
	"\x02" "ab" "\x00\x02\x13\x01" "\x01\x00" "\x00\x22" "\x00\x10\x00\x05\x00\x03\x02h2"
	"\x00\x00\x00\x13\x00\x11\x00\x00\x0e" "db.example.org" "\x00\x2b"
	"\x16\x03\x03\x00\x08" "\x10\x00\x00\x04" "abcd";

#define MANY(list) (sizeof list / sizeof *list)

/* ---- feeding -------------------------------------------------------------------------------------------- */

#define ROOM 4096 /* at least a page, and at most that much is fed at once */
static uint8_t *room_begin, *room_end; /* what is outside cannot be read */

struct bytes {
	uint8_t at[ROOM];
	size_t size;
};

static int make_room(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), room = (ROOM + page - 1) / page * page;
	/* Low, as what a program that is not position independent allocates. */
	uint8_t *at = mmap((void *)(1UL << 30), room + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	if (at == MAP_FAILED || mprotect(at + page, room, PROT_READ | PROT_WRITE))
		return -1;
	room_begin = at + page;
	room_end = room_begin + room;
	return 0;
}

static void feed(struct stream *s, enum framing_direction d, const uint8_t *bytes, size_t size)
{
	static unsigned turn;
	uint8_t *at = turn++ % 2 ? room_begin : room_end - size;

	memcpy(at, bytes, size);
	framing_feed(&s->framing, d, at, size);
}

/* The first piece ends at `cut`, the others have `step` bytes. Requests are what the process reads. */
static struct bytes before; /* what went the other way before */
static struct known_head *known; /* of all conversations until now; NULL: each head is parsed */
static void converse(struct stream *s, const struct bytes *b, bool response, size_t cut, size_t step)
{
	stream_begin(s, DUMP_HAS_REQUESTS_IN);
	s->framing.heads = known;
	if (before.size)
		feed(s, response ? FRAMING_IN : FRAMING_OUT, before.at, before.size);
	for (size_t at = 0, n; at < b->size; at += n) {
		n = at ? step : cut;
		if (n > b->size - at)
			n = b->size - at;
		feed(s, response ? FRAMING_OUT : FRAMING_IN, b->at + at, n);
	}
}

static void show(const char *how, const struct stream *s, const struct dump_frame *f)
{
	print_message("%s: protocol %u state %u sub %u flags %#x begun %u done %u scratch %#x remaining %llu body %llu\n", how,
		      s->protocol, f->state, f->sub, f->flags, f->begun, f->done, f->scratch,
		      (unsigned long long)f->remaining, (unsigned long long)f->body);
}

static bool same_frame(const struct dump_frame *a, const struct dump_frame *b)
{
	if (a->flags & (DUMP_FRAME_LOST | DUMP_FRAME_SWITCHED)) /* what was kept on the way to there is of no use */
		return a->begun == b->begun && a->done == b->done && ((a->flags ^ b->flags) & 0xff) == 0;
	return memcmp(a, b, sizeof *a) == 0;
}

static void must_be_same(const struct stream *a, const struct stream *b, const struct bytes *bytes, size_t cut)
{
	if (a->protocol == b->protocol && b->protocol == DUMP_PROTOCOL_NONE)
		return;
	if (a->protocol == b->protocol && a->has == b->has && a->pipeline == b->pipeline && strcmp(a->host, b->host) == 0 &&
	    same_frame(&a->in, &b->in) && same_frame(&a->out, &b->out))
		return;
	for (size_t i = 0; i < bytes->size; i++)
		print_message(bytes->at[i] < ' ' || bytes->at[i] > '~' ? "\\x%02x" : "%c", bytes->at[i]);
	print_message("\n");
	show("whole, in", a, &a->in);
	show("whole, out", a, &a->out);
	show("pieces, in", b, &b->in);
	show("pieces, out", b, &b->out);
	print_message("host whole '%s', in pieces '%s'\n", a->host, b->host);
	fail_msg("the first piece of %zu bytes makes a difference", cut);
}

/* Heads that are known again (http1_known.c), among all that differ from them in a byte. */
static void check_known(const struct bytes *b, bool response, const struct stream *whole)
{
	static struct known_head heads[KNOWN_HEADS];
	struct stream other;

	known = heads;
	for (int again = 0; again < 2; again++) {
		converse(&other, b, response, SIZE_MAX, SIZE_MAX);
		must_be_same(whole, &other, b, b->size);
	}
	known = NULL;
}

static void check(const struct bytes *b, bool response, bool cuts)
{
	struct stream whole, other;

	converse(&whole, b, response, SIZE_MAX, SIZE_MAX);
	check_known(b, response, &whole);
	converse(&other, b, response, 1, 1);
	must_be_same(&whole, &other, b, 1);
	for (size_t cut = 1; cuts && cut < b->size; cut++) {
		converse(&other, b, response, cut, SIZE_MAX);
		must_be_same(&whole, &other, b, cut);
		converse(&other, b, response, cut, 1);
		must_be_same(&whole, &other, b, cut);
	}
}

/* ---- what is fed ------------------------------------------------------------------------------------------ */

static struct bytes bytes_from(const char *at, size_t size)
{
	struct bytes b = {.size = size};

	memcpy(b.at, at, size);
	return b;
}

static struct bytes bytes_of(const char *text)
{
	return bytes_from(text, strlen(text));
}

/* `out` bytes at `at` make place for one, or for none. */
static struct bytes changed(const struct bytes *b, size_t at, size_t out, int in)
{
	struct bytes c = {.size = b->size - out + (in >= 0)};

	memcpy(c.at, b->at, at);
	if (in >= 0)
		c.at[at] = (uint8_t)in;
	memcpy(c.at + at + (in >= 0), b->at + at + out, b->size - at - out);
	return c;
}

static void change_one(struct bytes b, bool response)
{
	static const uint8_t odd[] = {0, 3, 4, 5, '\t', '\n', '\v', '\r', 0x1f, ' ', '!', '"', '(', ',', '-', '/', '0', '3', ':', ';', '@',
				      'A', 'D', 'Z', '[', '_', 'c', '{', '~', 0x7f, 0x80, 0xff};
	struct bytes c;

	check(&b, response, true);
	for (size_t at = 0; at < b.size; at++) {
		c = changed(&b, at, 1, -1);
		check(&c, response, false);
		for (size_t i = 0; i < sizeof odd; i++) {
			c = changed(&b, at, 1, odd[i]);
			check(&c, response, false);
			c = changed(&b, at, 0, odd[i]);
			check(&c, response, false);
		}
	}
}

static void a_byte_that_is_another(void **state)
{
	(void)state;
	for (size_t i = 0; i < MANY(requests); i++)
		change_one(bytes_of(requests[i]), false);
	for (size_t i = 0; i < MANY(responses); i++)
		change_one(bytes_of(responses[i]), true);
}

static void an_answer_that_was_seen_before(void **state)
{
	(void)state;
	before = bytes_of(NEXT_RESPONSE);
	for (size_t i = 0; i < MANY(requests); i++) {
		struct bytes b = bytes_of(requests[i]);

		check(&b, false, true);
	}
	before.size = 0;
}

static void redis(void **state)
{
	(void)state;
	for (size_t i = 0; i < MANY(commands); i++)
		change_one(bytes_of(commands[i]), false);
	before = bytes_of("*1\r\n$4\r\nPING\r\n");
	for (size_t i = 0; i < MANY(answers); i++)
		change_one(bytes_of(answers[i]), true);
	before.size = 0;
}

/* A ClientHello, of a name that is all there, and of one that is not. */
static void tls(void **state)
{
	(void)state;
	change_one(bytes_from(hello, sizeof hello - 1), false);
}

static void postgresql(void **state)
{
	(void)state;
	change_one(bytes_from(frontend, sizeof frontend - 1), false);
	before = bytes_from(STARTUP, sizeof STARTUP);
	change_one(bytes_from(backend, sizeof backend - 1), true);
	before.size = 0;
}

/* Field lines, odd ones among them, in any order. */
static void lines_in_any_order(void **state)
{
	static const char *const lines[] = {
		"Content-Length: 3\r\n", "content-LENGTH:3\r\n", "Content-Length: 4\r\n", "Content-Length: 3, 3\r\n",
		"Content-Length:\r\n", "Content-Length: 0000000000000000003\r\n", "Content-Length: 3 \r\n",
		"Content-Length:\t3\r\n", "Content-Length : 3\r\n", "Transfer-Encoding: chunked\r\n",
		"Transfer-Encoding: CHUNKED \r\n", "Transfer-Encoding: , chunked\r\n", "Transfer-Encoding: identity\r\n",
		"Transfer-Encoding:\r\n", "Transfer-Encoding: chunked,\r\n", "Transfer-Encoding: gzip], chunked\r\n", "Transfer-Encoding: chunked, chunked\r\n", "Connection: close\r\n",
		"Connection: Keep-Alive\r\n", "Connection:close,keep-alive\r\n", "Connection: \r\n", "Upgrade: h2c\r\n",
		"Upgrade: websocket\r\n", "Host: a\r\n", "Host:\r\n", "Host: a\r\n b\r\n", "Connection: a\r\n\tb\r\n",
		"A: b\r\n c\r\n", " folded\r\n", ": no name\r\n", "no colon\r\n", "A: b\n", "A: b\r", "A: \r b\r\n",
		"Content-Type: text/html; charset=utf-8; a=\"a value of more than sixteen bytes\"\r\n",
		"A-Name-Of-More-Than-Sixteen-Bytes_and_others!: b\r\n", "Vary: *\r\n", "Date: now\r\n", "Cookie: a\tb\xc3\xa4\r\n",
		"Referer: a\r\n", "User-Agent: b\r\n", "Chunked: close\r\n", "Content-Lengt\xe8: 3\r\n", "Hos\xf4: a\r\n",
	};
	static const char *const firsts[] = {"GET / HTTP/1.1\r\n", "POST / HTTP/1.0\r\n", "HTTP/1.1 200 OK\r\n",
					     "HTTP/1.0 404 Not\r\n", "HTTP/1.1 101 S\r\n", "HTTP/1.1 304\r\n"};
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 40000; round++) {
		struct bytes b = bytes_of(firsts[round % MANY(firsts)]);
		size_t size = b.size;

		for (unsigned n = (seed >> 16) % 5; n; n--) {
			const char *line;

			seed = seed * 1664525u + 1013904223u;
			line = lines[(seed >> 8) % MANY(lines)];
			memcpy(b.at + size, line, strlen(line));
			size += strlen(line);
		}
		seed = seed * 1664525u + 1013904223u;
		b.size = size + 11;
		memcpy(b.at + size, &"\r\nabc\r\n0\r\nGET /"[round % 7 == 0], 11);
		check(&b, round % MANY(firsts) > 1, round % 50 == 0);
	}
}

/* What is known of a head that is all there must be what its author meant, whichever reader took it. */
static void heads_are_understood(void **state)
{
	struct bytes b = bytes_of(requests[2]);
	struct stream s;

	(void)state;
	converse(&s, &b, false, SIZE_MAX, SIZE_MAX);
	assert_int_equal(s.in.begun, 2);
	assert_int_equal(s.in.done, 2);
	b = bytes_of(responses[0]);
	converse(&s, &b, true, SIZE_MAX, SIZE_MAX);
	assert_int_equal(s.out.begun, 3);
	assert_int_equal(s.out.done, 2);
	assert_int_equal(s.out.flags & DUMP_FRAME_LOST, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_are_understood),
		cmocka_unit_test(a_byte_that_is_another),
		cmocka_unit_test(an_answer_that_was_seen_before),
		cmocka_unit_test(lines_in_any_order),
		cmocka_unit_test(redis),
		cmocka_unit_test(postgresql),
		cmocka_unit_test(tls),
	};

	return cmocka_run_group_tests(tests, make_room, NULL);
}
