/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL, Redis and TLS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stream.h"

#define BYTES(text) text, sizeof text - 1
#define STARTUP "\0\0\0\x10\0\3\0\0user\0me\0"
#define READY "Z\0\0\0\5I"
#define AUTH "R\0\0\0\x8\0\0\0\0" READY
#define QUERY "Q\0\0\0\xd" "SELECT 1\0"
#define ROW "D\0\0\0\x6\0\0"
#define PG .protocol = DUMP_PROTOCOL_POSTGRESQL
#define RESP .protocol = DUMP_PROTOCOL_REDIS
#define PING "*1\r\n$4\r\nPING\r\n"

static const struct conversation conversations[] = {
	{"postgresql: the start-up is no request", BYTES(STARTUP), BYTES(AUTH), PG, .body = 5},
	{"postgresql: answered", BYTES(STARTUP QUERY), BYTES(AUTH ROW "C\0\0\0\5\0" READY), PG, .asked = 1, .begun = 1,
	 .done = 1, .body = 9},
	{"postgresql: rows, and no end", BYTES(STARTUP QUERY), BYTES(AUTH ROW), PG, .asked = 1, .begun = 1, .body = 7},
	{"postgresql: no answer", BYTES(STARTUP QUERY), BYTES(AUTH), PG, .asked = 1, .body = 5},
	{"postgresql: a length that cannot be", BYTES(STARTUP "Q\0\0\0\1"), BYTES(AUTH), PG, .lost = true},
	{"redis: a status", BYTES(PING), BYTES("+PONG\r\n"), RESP, .asked = 1, .begun = 1, .done = 1},
	{"redis: a bulk string", BYTES(PING), BYTES("$3\r\na\r\n\r\n"), RESP, .asked = 1, .begun = 1, .done = 1,
	 .body = 5},
	{"redis: half of it", BYTES(PING), BYTES("$3\r\na"), RESP, .asked = 1, .begun = 1, .body = 1, .remaining = 4},
	{"redis: null", BYTES(PING), BYTES("$-1\r\n"), RESP, .asked = 1, .begun = 1, .done = 1},
	{"redis: nested arrays", BYTES(PING PING), BYTES("*2\r\n*2\r\n:1\r\n:2\r\n+x\r\n*0\r\n"), RESP, .asked = 2,
	 .begun = 2, .done = 2},
	{"redis: an array that lacks one", BYTES(PING), BYTES("*2\r\n*2\r\n:1\r\n:2\r\n"), RESP, .asked = 1, .begun = 1},
	{"redis: a push is no answer", BYTES(PING), BYTES(">2\r\n+a\r\n+b\r\n"), RESP, .asked = 1},
	{"redis: subscribe ends the game", BYTES("*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\nx\r\n"), BYTES("+OK\r\n"), RESP,
	 .asked = 1, .begun = 1, .done = 1},
	{"redis: garbage", BYTES(PING), BYTES("+OK\r\n!!"), RESP, .lost = true},
};

static void test_conversations(void **unused)
{
	for (size_t i = 0; i < sizeof conversations / sizeof *conversations; i++)
		check_conversation(&conversations[i]);
}

/* A ClientHello of openssl s_client, cut down to what is read: one cipher, one extension. */
static const char hello[] =
	"\x16\x03\x01\x00\x46\x01\x00\x00\x42\x03\x03" "0123456789abcdef0123456789abcdef"
	"\x00" "\x00\x02\x13\x01" "\x01\x00" "\x00\x17"
	"\x00\x00\x00\x13\x00\x11\x00\x00\x0e" "db.example.org";

static void test_server_name(void **unused)
{
	struct stream s;

	for (size_t size = 6; size < sizeof hello; size++) {
		stream_begin(&s, DUMP_HAS_REQUESTS_OUT);
		framing_feed(&s.framing, FRAMING_OUT, hello, size);
		assert_int_equal(s.protocol, DUMP_PROTOCOL_TLS);
		assert_string_equal(s.host, size == sizeof hello - 1 ? "db.example.org" : "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conversations),
		cmocka_unit_test(test_server_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
