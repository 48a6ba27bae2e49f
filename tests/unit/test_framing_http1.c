/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/1: each conversation is fed whole, in pieces, and from both sides (stream.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stream.h"

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define OK(fields, body) "HTTP/1.1 200 OK\r\n" fields "\r\n" body
#define HTTP .protocol = DUMP_PROTOCOL_HTTP1

static const struct conversation conversations[] = {
	{"a length", GET, 0, OK("Content-Length: 5\r\n", "12345"), 0, HTTP, .asked = 1, .begun = 1, .done = 1,
	 .flags = DUMP_FRAME_LENGTH, .not_flags = DUMP_FRAME_CLOSE, .body = 5},
	{"part of the body", GET, 0, OK("Content-Length: 5\r\n", "123"), 0, HTTP, .asked = 1, .begun = 1,
	 .flags = DUMP_FRAME_LENGTH, .body = 3, .remaining = 2},
	{"no answer yet", GET, 0, NULL, 0, HTTP, .asked = 1},
	{"the head only", GET, 0, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", 0, HTTP, .asked = 1, .begun = 1,
	 .remaining = 5},
	{"chunks, extension, trailer", GET, 0,
	 OK("Transfer-Encoding: chunked\r\n", "3;a=\"b\"\r\nabc\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n"), 0, HTTP,
	 .asked = 1, .begun = 1, .done = 1, .flags = DUMP_FRAME_CHUNKED, .not_flags = DUMP_FRAME_LENGTH,
	 .body = 13},
#define CHUNK_LINE(line) OK("Transfer-Encoding: chunked\r\n", line "\r\nabc\r\n0\r\n\r\n")
#define EXTENSION(what, line)                                                                                         \
	{"extension: " what, GET, 0, CHUNK_LINE(line), 0, HTTP, .asked = 1, .begun = 1, .done = 1,                    \
	 .flags = DUMP_FRAME_CHUNKED, .body = 3}
#define NO_EXTENSION(what, line) {"no extension: " what, GET, 0, CHUNK_LINE(line), 0, HTTP, .lost = true}
	EXTENSION("a name", "3;a"),
	EXTENSION("a value", "3;a=b"),
	EXTENSION("several, and blanks", "3 ;\ta ; b\t= c;d =\"e\" ;f"),
	EXTENSION("an empty quoted string", "3;a=\"\""),
	EXTENSION("a semicolon and an equals sign in quotes", "3;a=\"; b=c\";d"),
	EXTENSION("a quote behind a backslash ends nothing", "3;a=\"b\\\"c;\\\\\""),
	EXTENSION("other alphabets in quotes", "3;a=\"\t\xc3\xa4\\\xff\""),
	EXTENSION("a line that is filled up with blanks", "3    "),
	NO_EXTENSION("what follows a quoted string is no token", "3;a=\"b\"c"),
	NO_EXTENSION("other alphabets behind a quoted string",
		     "3;a=\"b\"\x8f\x8f\x8f\x8f\x8f\x8f\x8f\x8f\x8f\x8f\x8f\x8f\x8f\x8f\x8f\x8f\x8f\x8f\x8f\x8f"),
	NO_EXTENSION("other alphabets in a name", "3;\x8f"),
	NO_EXTENSION("other alphabets in a value", "3;a=b\x8f"),
	NO_EXTENSION("a quoted string that does not end", "3;a=\"b"),
	NO_EXTENSION("a quoted string whose end is escaped", "3;a=\"b\\\""),
	NO_EXTENSION("a line's end in quotes", "3;a=\"\r\n\""),
	NO_EXTENSION("a control character in quotes", "3;a=\"\1\""),
	NO_EXTENSION("a control character behind a backslash", "3;a=\"\\\x7f\""),
	NO_EXTENSION("a quote in a token", "3;a=b\"c\""),
	NO_EXTENSION("a quoted name", "3;\"a\"=b"),
	NO_EXTENSION("no name", "3;"),
	NO_EXTENSION("no name, but a value", "3;=b"),
	NO_EXTENSION("no name between two", "3;a;;b"),
	NO_EXTENSION("no value", "3;a="),
	NO_EXTENSION("two names", "3;a b"),
	NO_EXTENSION("two values", "3;a=b c"),
	NO_EXTENSION("two equals signs", "3;a=b=c"),
	NO_EXTENSION("no semicolon", "3 a"),
	NO_EXTENSION("CR in the middle of it", "3;a\rb"),
	{"chunks, the last one missing", GET, 0, OK("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n"), 0, HTTP,
	 .asked = 1, .begun = 1, .flags = DUMP_FRAME_CHUNKED, .body = 3},
	{"chunks, the final empty line missing", GET, 0, OK("Transfer-Encoding: chunked\r\n", "0\r\n"), 0, HTTP,
	 .asked = 1, .begun = 1, .flags = DUMP_FRAME_CHUNKED},
	{"a tab before a coding, and blanks behind it", GET, 0, OK("Transfer-Encoding:\t chunked  \r\n", "1\r\na\r\n0\r\n\r\n"), 0,
	 HTTP, .asked = 1, .begun = 1, .done = 1, .body = 1},
	{"identity is no coding", GET, 0, OK("Transfer-Encoding: identity\r\nContent-Length: 1\r\n", "a"), 0, HTTP, .asked = 1,
	 .begun = 1, .done = 1, .body = 1},
	{"identity is no coding, whatever comes first", GET, 0, OK("Content-Length: 1\r\nTransfer-Encoding: Identity\r\n", "a"), 0,
	 HTTP, .asked = 1, .begun = 1, .done = 1, .body = 1},
	{"chunked wins over a length", GET, 0,
	 OK("Content-Length: 99\r\nTransfer-Encoding: gzip, chunked\r\n", "1\r\na\r\n0\r\n\r\n"), 0, HTTP, .asked = 1,
	 .begun = 1, .done = 1, .not_flags = DUMP_FRAME_LENGTH, .body = 1},
	{"a coding that is not chunked lasts until close", GET, 0,
	 OK("Content-Length: 2\r\nTransfer-Encoding: gzip\r\n", "1234"), 0, HTTP, .asked = 1, .begun = 1,
	 .flags = DUMP_FRAME_UNTIL_CLOSE, .body = 4},
	{"until close, still open", GET, 0, OK("", "1234"), 0, HTTP, .asked = 1, .begun = 1,
	 .flags = DUMP_FRAME_UNTIL_CLOSE | DUMP_FRAME_CLOSE, .body = 4},
	{"until close, closed", GET, 0, OK("", "1234"), 0, true, HTTP, .asked = 1, .begun = 1, .done = 1,
	 .flags = DUMP_FRAME_CLOSE, .body = 4},
	{"end of file in the middle of a length ends nothing", GET, 0, OK("Content-Length: 5\r\n", "123"), 0, true,
	 HTTP, .asked = 1, .begun = 1, .body = 3, .remaining = 2},
	{"equal lengths are one", GET, 0, OK("Content-Length: 1, 1\r\ncontent-length:1\r\n", "x"), 0, HTTP,
	 .asked = 1, .begun = 1, .done = 1, .body = 1},
	{"different lengths are none", GET, 0, OK("Content-Length: 1\r\nContent-Length: 2\r\n", "xx"), 0, HTTP,
	 .lost = true},
	{"a length that is no number", GET, 0, OK("Content-Length: 1x\r\n", "x"), 0, HTTP, .lost = true},
	{"a length with a sign", GET, 0, OK("Content-Length: +1\r\n", "x"), 0, HTTP, .lost = true},
	{"a length beyond all bounds", GET, 0, OK("Content-Length: 99999999999999999999\r\n", "x"), 0, HTTP,
	 .lost = true},
	{"HEAD has no body", "HEAD / HTTP/1.1\r\n\r\n", 0, OK("Content-Length: 5\r\n", ""), 0, HTTP, .asked = 1,
	 .begun = 1, .done = 1},
	{"HEADER is not HEAD", "GET /HEAD HTTP/1.1\r\n\r\n", 0, OK("Content-Length: 1\r\n", ""), 0, HTTP, .asked = 1,
	 .begun = 1, .remaining = 1},
	{"204 and 304 have no body", GET GET, 0,
	 "HTTP/1.1 204 No\r\n\r\nHTTP/1.1 304 Not\r\nContent-Length: 7\r\n\r\n", 0, HTTP, .asked = 2, .begun = 2,
	 .done = 2},
	{"1xx is no answer", GET, 0, "HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n", 0, HTTP,
	 .asked = 1},
	{"1xx before the answer", GET, 0, "HTTP/1.1 103 Hints\r\n\r\n" OK("Content-Length: 0\r\n", ""), 0, HTTP,
	 .asked = 1, .begun = 1, .done = 1},
	{"pipelined, answered in order", GET "HEAD / HTTP/1.1\r\n\r\n" GET, 0,
	 OK("Content-Length: 2\r\n", "ab") OK("Content-Length: 9\r\n", "") OK("Content-Length: 3\r\n", "ab"), 0, HTTP,
	 .asked = 3, .begun = 3, .done = 2, .body = 2, .remaining = 1},
	{"Connection: close", GET, 0, OK("Connection: x, Close\r\nContent-Length: 0\r\n", ""), 0, HTTP, .asked = 1,
	 .begun = 1, .done = 1, .flags = DUMP_FRAME_CLOSE},
	{"Connection: closed is another word", GET, 0, OK("Connection: closed\r\nContent-Length: 0\r\n", ""), 0, HTTP,
	 .asked = 1, .begun = 1, .done = 1, .not_flags = DUMP_FRAME_CLOSE},
	{"HTTP/1.0 ends the connection", GET, 0, "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", 0, HTTP, .asked = 1,
	 .begun = 1, .done = 1, .flags = DUMP_FRAME_CLOSE | DUMP_FRAME_OLD},
	{"HTTP/1.0 with keep-alive does not", GET, 0,
	 "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", 0, HTTP, .asked = 1, .begun = 1,
	 .done = 1, .flags = DUMP_FRAME_OLD, .not_flags = DUMP_FRAME_CLOSE},
	{"upgrade", "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", 0,
	 "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n\x81\x05hello", 0, HTTP, .asked = 1,
	 .flags = DUMP_FRAME_SWITCHED},
	{"CONNECT", "CONNECT a:443 HTTP/1.1\r\n\r\n", 0, "HTTP/1.1 200 Yes\r\n\r\n\x16\x03\x01", 0, DUMP_PROTOCOL_UNKNOWN,
	 .asked = 1, .not_flags = DUMP_FRAME_SWITCHED},
	{"CONNECT refused", "CONNECT a:443 HTTP/1.1\r\n\r\n", 0, "HTTP/1.1 403 No\r\nContent-Length: 1\r\n\r\nx", 0,
	 HTTP, .asked = 1, .begun = 1, .done = 1, .not_flags = DUMP_FRAME_SWITCHED, .body = 1},
	{"a request with a body", "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc" GET, 0,
	 OK("Content-Length: 0\r\n", ""), 0, HTTP, .asked = 2, .begun = 1, .done = 1},
	{"a request with chunks", "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n" GET, 0,
	 NULL, 0, HTTP, .asked = 2},
	{"a request whose end nobody knows", "PUT / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 0, NULL, 0, HTTP,
	 .lost = true},
	{"lines that end in LF alone", "GET / HTTP/1.1\nHost: a\n\n", 0, "HTTP/1.1 200 OK\nContent-Length: 1\n\nx", 0,
	 HTTP, .asked = 1, .begun = 1, .done = 1, .body = 1},
	{"empty lines before a message", GET "\r\n" GET, 0, OK("Content-Length: 0\r\n", "") "\r\n", 0, HTTP,
	 .asked = 2, .begun = 1, .done = 1},
	{"a folded line of a field that does not matter", GET, 0, OK("X: a\r\n b\r\nContent-Length: 0\r\n", ""), 0,
	 HTTP, .asked = 1, .begun = 1, .done = 1},
	{"a folded length", GET, 0, OK("Content-Length: 1\r\n 2\r\n", ""), 0, HTTP, .lost = true},
	{"a blank before the colon", GET, 0, OK("Content-Length : 1\r\n", ""), 0, HTTP, .lost = true},
	{"a bad chunk size", GET, 0, OK("Transfer-Encoding: chunked\r\n", "g\r\n"), 0, HTTP, .lost = true},
	{"no status", GET, 0, "HTTP/1.1 abc\r\n\r\n", 0, HTTP, .lost = true},
	{"another version", "GET / HTTP/3.0\r\n\r\n", 0, NULL, 0, HTTP, .lost = true},
	{"a field without a colon", GET, 0, OK("Content-Length\r\n", ""), 0, HTTP, .lost = true},
	{"a field without a name", GET, 0, OK(": 5\r\n", ""), 0, HTTP, .lost = true},
	{"CR in the middle of a value", GET, 0, OK("A: b\rContent-Length: 5\r\n", "12345"), 0, HTTP, .lost = true},
	{"CR in the middle of a length", GET, 0, OK("Content-Length: 5\r0\r\n", "12345"), 0, HTTP, .lost = true},
	{"a control character in a value", GET, 0, OK("A: b\1\r\n", ""), 0, HTTP, .lost = true},
	{"a control character in a name", GET, 0, OK("Content-Length\v: 5\r\n", ""), 0, HTTP, .lost = true},
	{"a tab and other alphabets in a value", GET, 0, OK("A: \tb\xc3\xa4\r\nContent-Length: 0\r\n", ""), 0, HTTP,
	 .asked = 1, .begun = 1, .done = 1},
	{"a fold before the first field", GET, 0, "HTTP/1.1 200 OK\r\n Content-Length: 5\r\n\r\n", 0, HTTP,
	 .lost = true},
	{"a target with a blank", "GET /a b HTTP/1.1\r\n\r\n", 0, NULL, 0, HTTP, .lost = true},
	{"a target that ends like a version", "GET /x/1.1\r\n\r\n", 0, NULL, 0, HTTP, .lost = true},
	{"no target", "GET  HTTP/1.1\r\n\r\n", 0, NULL, 0, HTTP, .lost = true},
	{"chunks in HTTP/1.0", GET, 0, "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, HTTP,
	 .lost = true},
	{"an empty coding lasts until close", GET, 0, OK("Transfer-Encoding:\r\nContent-Length: 1\r\n", "1234"), 0,
	 HTTP, .asked = 1, .begun = 1, .flags = DUMP_FRAME_UNTIL_CLOSE, .body = 4},
	{"a coding that is no token", GET, 0, OK("Transfer-Encoding: gzip, \xff, chunked\r\n", "0\r\n\r\n"), 0, HTTP,
	 .lost = true},
	{"a coding that stops being a token", GET, 0, OK("Transfer-Encoding: gzip], chunked\r\n", "0\r\n\r\n"), 0, HTTP,
	 .lost = true},
	{"a coding with a parameter", GET, 0, OK("Transfer-Encoding: gzip;a=\"b, chunked\"\r\n", "0\r\n\r\n"), 0, HTTP,
	 .lost = true},
	{"a comma behind the last coding", GET, 0, OK("Transfer-Encoding: chunked,\r\n", "0\r\n\r\n"), 0, HTTP, .lost = true},
	{"a comma and a blank behind the last coding", GET, 0, OK("Transfer-Encoding: chunked, \r\n", "0\r\n\r\n"), 0, HTTP,
	 .lost = true},
	{"a comma behind a coding that is not chunked", GET, 0, OK("Transfer-Encoding: gzip,\r\n", "1234"), 0, HTTP,
	 .lost = true},
	{"an empty coding behind chunks", GET, 0,
	 OK("Transfer-Encoding: chunked\r\nX: y\r\nTransfer-Encoding: \r\n", "0\r\n\r\n"), 0, HTTP, .lost = true},
	{"an empty coding before chunks", GET, 0,
	 OK("Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n", "1\r\na\r\n0\r\n\r\n"), 0, HTTP, .asked = 1,
	 .begun = 1, .done = 1, .body = 1},
	{"an empty coding behind another", GET, 0, OK("Transfer-Encoding: gzip\r\nTransfer-Encoding:\r\n", "1234"), 0, HTTP,
	 .asked = 1, .begun = 1, .flags = DUMP_FRAME_UNTIL_CLOSE, .body = 4},
	{"a coding that begins like chunked before it", GET, 0,
	 OK("Transfer-Encoding: chunk, chunked\r\n", "1\r\na\r\n0\r\n\r\n"), 0, HTTP, .asked = 1, .begun = 1, .done = 1, .body = 1},
	{"two words are no coding", GET, 0, OK("Transfer-Encoding: chunked x\r\n", "1234"), 0, HTTP, .asked = 1,
	 .begun = 1, .flags = DUMP_FRAME_UNTIL_CLOSE, .body = 4},
	{"two words are not close", GET, 0, OK("Connection: close x\r\nContent-Length: 0\r\n", ""), 0, HTTP,
	 .asked = 1, .begun = 1, .done = 1, .not_flags = DUMP_FRAME_CLOSE},
	{"a length in the trailers", GET, 0, OK("Transfer-Encoding: chunked\r\n", "0\r\nContent-Length: 1\r\n\r\n"), 0,
	 HTTP, .lost = true},
	{"chunk lines that end in LF alone", GET, 0, OK("Transfer-Encoding: chunked\r\n", "1\na\n0\n\n"), 0, HTTP,
	 .lost = true},
	{"a chunk that is longer than it says", GET, 0, OK("Transfer-Encoding: chunked\r\n", "1\r\nab\r\n0\r\n\r\n"), 0,
	 HTTP, .lost = true},
	{"a status beyond 599", GET, 0, "HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n", 0, HTTP, .asked = 1, .begun = 1,
	 .done = 1},
	{"what is not HTTP", "EHLO me\r\n", 0, "220 hello\r\n", 0, .protocol = DUMP_PROTOCOL_NONE},
};

static void test_conversations(void **unused)
{
	for (size_t i = 0; i < sizeof conversations / sizeof *conversations; i++)
		check_conversation(&conversations[i]);
}

static void test_host_is_told(void **unused)
{
	static const char *const requests[] = {
		"GET / HTTP/1.1\r\nAccept: */*\r\nhost:  example.org:81 \r\n\r\n", "GET / HTTP/1.1\nHost:example.org:81\t\n\n",
		"GET / HTTP/1.1\r\nHost: \r\nHOST: example.org:81\r\nHost: b\r\n\r\n"};
	struct stream s;

	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
		for (size_t size = strlen(requests[i]), first = 1; first <= size; first++)
			for (size_t step = 1; step <= size; step += step < 4 ? 1 : size) {
				stream_begin(&s, DUMP_HAS_REQUESTS_OUT);
				for (size_t at = 0, n; at < size; at += n) {
					n = at ? step : first;
					n = n < size - at ? n : size - at;
					framing_feed(&s.framing, FRAMING_OUT, requests[i] + at, n);
				}
				assert_string_equal(s.host, "example.org:81");
			}
}

static void test_body_may_go_by_unseen(void **unused)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
	struct stream s;

	stream_begin(&s, DUMP_HAS_REQUESTS_IN);
	framing_feed(&s.framing, FRAMING_IN, GET, sizeof GET - 1);
	framing_feed(&s.framing, FRAMING_OUT, head, sizeof head - 1);
	framing_skip(&s.framing, FRAMING_OUT, 999);
	assert_int_equal(s.out.done, 0);
	framing_skip(&s.framing, FRAMING_OUT, 1);
	assert_int_equal(s.out.done, 1);
	framing_skip(&s.framing, FRAMING_OUT, 1); /* and now it is a head that nobody saw */
	assert_true(s.out.flags & DUMP_FRAME_LOST);
}

/* Both are recorded after their system calls returned: the reader may be first. */
static void test_response_recorded_before_its_request(void **unused)
{
	static const char response[] = OK("Content-Length: 5\r\n", "12345");
	struct stream s;

	stream_begin(&s, DUMP_HAS_REQUESTS_OUT);
	framing_feed(&s.framing, FRAMING_IN, response, sizeof response - 1);
	framing_feed(&s.framing, FRAMING_OUT, GET, sizeof GET - 1);
	assert_false((s.in.flags | s.out.flags) & DUMP_FRAME_LOST);
	assert_int_equal(s.in.done, 1);
	assert_int_equal(s.out.begun, 1);
	/* It was taken for an ordinary one; that it was HEAD's makes it unknown. */
	framing_feed(&s.framing, FRAMING_IN, response, sizeof response - 1);
	framing_feed(&s.framing, FRAMING_OUT, "HEAD / HTTP/1.1\r\n\r\n", 19);
	assert_true((s.in.flags | s.out.flags) & DUMP_FRAME_LOST);
}

/* RFC 9112 section 9.3: the connection ends after the response to it. */
static void test_request_that_ends_the_connection(void **unused)
{
	static const struct {
		const char *request;
		bool ends;
	} cases[] = {
		{"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", true},
		{"GET / HTTP/1.0\r\n\r\n", true},
		{"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", false},
		{"GET / HTTP/1.1\r\nConnection: closed\r\n\r\n", false},
	};
	struct stream s;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		stream_begin(&s, DUMP_HAS_REQUESTS_OUT);
		framing_feed(&s.framing, FRAMING_OUT, cases[i].request, strlen(cases[i].request));
		assert_int_equal((s.out.flags & DUMP_FRAME_CLOSE) != 0, cases[i].ends);
	}
}

static void test_upgrade_is_no_fault(void **unused)
{
	static const char response[] = "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n\x81\x05hello";
	struct stream s;

	stream_begin(&s, DUMP_HAS_REQUESTS_OUT);
	framing_feed(&s.framing, FRAMING_OUT, GET, sizeof GET - 1);
	framing_feed(&s.framing, FRAMING_IN, response, sizeof response - 1);
	framing_feed(&s.framing, FRAMING_OUT, "\x81\x05hello", 7);
	assert_true(s.in.flags & DUMP_FRAME_SWITCHED);
	assert_true(s.out.flags & DUMP_FRAME_SWITCHED);
	assert_false((s.in.flags | s.out.flags) & DUMP_FRAME_LOST);
	assert_int_equal(s.out.begun, 1);
}

static void test_many_pipelined_requests(void **unused)
{
	struct stream s;

	stream_begin(&s, DUMP_HAS_REQUESTS_OUT);
	for (int i = 0; i < 1000; i++)
		framing_feed(&s.framing, FRAMING_OUT, GET, sizeof GET - 1);
	assert_false(s.out.flags & DUMP_FRAME_LOST);
	framing_feed(&s.framing, FRAMING_OUT, "HEAD / HTTP/1.1\r\n\r\n", 19);
	assert_true(s.out.flags & DUMP_FRAME_LOST); /* its place in the pipeline is still in use */
}

/* ---- heads at random --------------------------------------------------------------------------------- */

static const char *const random_names[] = {
	"Content-Length", "content-length", "CONTENT-LENGTH", "Content-Lengt", "Content-Length1", "Content-Type",
	"Content\rLength", "Transfer-Encoding", "transfer-encodinG", "Transfer", "Connection", "CONNECTION",
	"Connect", "Conn ection", "Cookie", "Cache-Control", "C", "Upgrade", "upgrade", "User-Agent", "Host", "HOST",
	"Hos", "Host ", "H", "T", "TE", "X-A", "", " ", "\t", "\x01", "Content_Length",
};
static const char *const random_values[] = {
	"0", "3", "3 ", "  3", "3,3", "3, 4", "03", "3x", "-3", "", " ", "999999999999999999",
	"9999999999999999999", "chunked", "Chunked", "gzip", "gzip, chunked", "chunked, gzip", "chunkedx", "close",
	"CLOSE", " close \t", "keep-alive", "Keep-Alive", "keep\ralive", "close, keep-alive", "clos", "h2c", "websocket",
	"a", "example.org:80",
};
static const char *const random_ends[] = {"\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r\r\n", "\r\n\t", "\r\n ", " \n"};
#define ONE_OF(list) list[(unsigned)rand() % (sizeof list / sizeof *list)]

static size_t random_message(char *to, const char *first)
{
	size_t n = (size_t)sprintf(to, "%s\r\n", first);

	for (int lines = rand() % 6; lines; lines--)
		n += (size_t)sprintf(to + n, "%s%s%s%s", ONE_OF(random_names), rand() % 20 ? ":" : "",
				     ONE_OF(random_values), ONE_OF(random_ends));
	return n + (size_t)sprintf(to + n, "\r\n123");
}

static void assert_same(const struct dump_frame *a, const struct dump_frame *b)
{
	bool lost = a->flags & DUMP_FRAME_LOST;

	assert_int_equal(lost, (b->flags & DUMP_FRAME_LOST) != 0);
	if (!lost)
		assert_memory_equal(a, b, sizeof *a);
}

/* Lines that are all there are read another way than those that come in pieces: both have to
 * find the same. */
static void test_whole_lines_say_what_their_bytes_say(void **state)
{
	static const char *const firsts[] = {"GET / HTTP/1.1", "POST /a HTTP/1.0", "HEAD / HTTP/1.1", "PUT / HTTP/1.1",
					     "GET  HTTP/1.1", "GETX / HTTP/1.1", "POST/ HTTP/1.1", "HTTP/1.1 200 OK",
					     "HTTP/1.1 204", "HTTP/1.0 301 X", "HTTP/1.1 2000", "HTTP/1.1 20", "HTTP/1.1 099 A"};
	static char message[2048];
	unsigned sound = 0;

	srand(7);
	for (int round = 0; round < 20000; round++) {
		size_t size = random_message(message, ONE_OF(firsts));
		bool asks = message[0] != 'H' || message[1] != 'T';
		struct stream whole, pieces;

		stream_begin(&whole, asks ? DUMP_HAS_REQUESTS_OUT : DUMP_HAS_REQUESTS_IN);
		stream_begin(&pieces, asks ? DUMP_HAS_REQUESTS_OUT : DUMP_HAS_REQUESTS_IN);
		whole.protocol = pieces.protocol = DUMP_PROTOCOL_HTTP1;
		framing_feed(&whole.framing, FRAMING_OUT, message, size);
		for (size_t i = 0; i < size; i++)
			framing_feed(&pieces.framing, FRAMING_OUT, message + i, 1);
		assert_same(&whole.out, &pieces.out);
		assert_int_equal(whole.protocol, pieces.protocol);
		assert_int_equal(whole.pipeline, pieces.pipeline);
		sound += !(whole.out.flags & DUMP_FRAME_LOST);
	}
	assert_in_range(sound, 4000, 16000); /* of both kinds there are enough */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conversations),
		cmocka_unit_test(test_host_is_told),
		cmocka_unit_test(test_body_may_go_by_unseen),
		cmocka_unit_test(test_response_recorded_before_its_request),
		cmocka_unit_test(test_request_that_ends_the_connection),
		cmocka_unit_test(test_upgrade_is_no_fault),
		cmocka_unit_test(test_many_pipelined_requests),
		cmocka_unit_test(test_whole_lines_say_what_their_bytes_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
