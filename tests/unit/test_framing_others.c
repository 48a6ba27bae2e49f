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
#define SYNC "S\0\0\0\4"
#define ROW "D\0\0\0\x6\0\0"
#define PG .protocol = DUMP_PROTOCOL_POSTGRESQL
#define RESP .protocol = DUMP_PROTOCOL_REDIS
#define PING "*1\r\n$4\r\nPING\r\n"
#define SUBSCRIBE "*3\r\n$9\r\nSUBSCRIBE\r\n$1\r\nx\r\n$1\r\ny\r\n"
#define CONFIRMED(how, left) "*3\r\n$" how "\r\n$1\r\nx\r\n:" left "\r\n"
#define PUSHED(how, left) ">3\r\n$" how "\r\n$1\r\nx\r\n:" left "\r\n"
#define MESSAGE "*3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$2\r\nab\r\n"
#define PMESSAGE "*4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$1\r\nx\r\n$2\r\nab\r\n"

static const struct conversation conversations[] = {
	{"postgresql: the start-up is no request", BYTES(STARTUP), BYTES(AUTH), PG, .body = 5},
	{"postgresql: answered", BYTES(STARTUP QUERY), BYTES(AUTH ROW "C\0\0\0\5\0" READY), PG, .asked = 1, .begun = 1,
	 .done = 1, .body = 4},
	{"postgresql: rows, and no end", BYTES(STARTUP QUERY), BYTES(AUTH ROW), PG, .asked = 1, .begun = 1, .body = 2},
	{"postgresql: no answer", BYTES(STARTUP QUERY), BYTES(AUTH), PG, .asked = 1, .body = 5},
	{"postgresql: a length that cannot be", BYTES(STARTUP "Q\0\0\0\1"), BYTES(AUTH), PG, .lost = true},
	{"postgresql: notices and notifications come unasked", BYTES(STARTUP),
	 BYTES(AUTH "A\0\0\0\4" "N\0\0\0\5\0" "S\0\0\0\4"), PG, .body = 6},
	{"postgresql: several statements, one Sync", BYTES(STARTUP "P\0\0\0\4" "B\0\0\0\4" "E\0\0\0\4" "P\0\0\0\4" SYNC),
	 BYTES(AUTH "1\0\0\0\4" "2\0\0\0\4" ROW "1\0\0\0\4" READY), PG, .asked = 1, .begun = 1, .done = 1, .body = 3},
	{"postgresql: two Syncs, one answered", BYTES(STARTUP SYNC SYNC), BYTES(AUTH "2\0\0\0\4" READY), PG, .asked = 2,
	 .begun = 1, .done = 1, .body = 1},
	{"postgresql: COPY from the client", BYTES(STARTUP QUERY "d\0\0\0\6ab" "c\0\0\0\4"),
	 BYTES(AUTH "G\0\0\0\7\0\0\0" "C\0\0\0\4" READY), PG, .asked = 1, .begun = 1, .done = 1, .body = 4},
	{"postgresql: COPY by the extended protocol ignores a Sync",
	 BYTES(STARTUP "P\0\0\0\4" "E\0\0\0\4" SYNC "d\0\0\0\6ab" "c\0\0\0\4" SYNC SYNC),
	 BYTES(AUTH "G\0\0\0\4" "C\0\0\0\4" READY READY), PG, .asked = 2, .begun = 2, .done = 2, .body = 1},
	{"postgresql: replication", BYTES(STARTUP QUERY), BYTES(AUTH "W\0\0\0\4" "d\0\0\0\4"), PG, .asked = 1, .begun = 1,
	 .flags = DUMP_FRAME_SWITCHED},
	{"postgresql: neither SSL nor GSS", BYTES("\0\0\0\x8\4\xd2\x16\x30" "\0\0\0\x8\4\xd2\x16\x2f" STARTUP QUERY),
	 BYTES("NN" AUTH ROW READY), PG, .asked = 1, .begun = 1, .done = 1, .body = 3},
	{"postgresql: TLS", BYTES("\0\0\0\x8\4\xd2\x16\x2f"), BYTES("S\x16\3\3"), DUMP_PROTOCOL_UNKNOWN,
	 .not_flags = DUMP_FRAME_SWITCHED},
	{"postgresql: protocol 3.2", BYTES("\0\0\0\x10\0\3\0\2user\0me\0" QUERY), BYTES(AUTH READY), PG, .asked = 1,
	 .begun = 1, .done = 1, .body = 1},
	{"postgresql: a type that cannot be", BYTES(STARTUP QUERY), BYTES(AUTH "?\0\0\0\4"), PG, .lost = true},
	{"a cancel request is no conversation", BYTES("\0\0\0\x10\4\xd2\x16\x2e" "12345678"), NULL, 0,
	 .protocol = DUMP_PROTOCOL_NONE},
	{"redis: a status", BYTES(PING), BYTES("+PONG\r\n"), RESP, .asked = 1, .begun = 1, .done = 1},
	{"redis: a bulk string", BYTES(PING), BYTES("$3\r\na\r\n\r\n"), RESP, .asked = 1, .begun = 1, .done = 1,
	 .body = 5},
	{"redis: half of it", BYTES(PING), BYTES("$3\r\na"), RESP, .asked = 1, .begun = 1, .body = 1, .remaining = 4},
	{"redis: null", BYTES(PING), BYTES("$-1\r\n"), RESP, .asked = 1, .begun = 1, .done = 1},
	{"redis: nested arrays", BYTES(PING PING), BYTES("*2\r\n*2\r\n:1\r\n:2\r\n+x\r\n*0\r\n"), RESP, .asked = 2,
	 .begun = 2, .done = 2},
	{"redis: an array that lacks one", BYTES(PING), BYTES("*2\r\n*2\r\n:1\r\n:2\r\n"), RESP, .asked = 1, .begun = 1},
	{"redis: a push is no answer", BYTES(PING), BYTES(">2\r\n+a\r\n+b\r\n"), RESP, .asked = 1},
	{"redis: a subscription is confirmed, not answered", BYTES(SUBSCRIBE), BYTES(CONFIRMED("9\r\nsubscribe", "1")), RESP,
	 .flags = DUMP_REDIS_LISTENS, .body = 14},
	{"redis: its messages are no answers", BYTES(SUBSCRIBE PING),
	 BYTES(CONFIRMED("9\r\nsubscribe", "12") MESSAGE "*2\r\n$4\r\npong\r\n$0\r\n\r\n" MESSAGE PMESSAGE), RESP, .asked = 1,
	 .begun = 1, .done = 1, .flags = DUMP_REDIS_LISTENS, .body = 20},
	{"redis: after the last subscription questions are answered again", BYTES(SUBSCRIBE "*1\r\n$11\r\nUNSUBSCRIBE\r\n" PING PING),
	 BYTES(CONFIRMED("9\r\nsubscribe", "1") MESSAGE CONFIRMED("11\r\nunsubscribe", "0") "+PONG\r\n"), RESP, .asked = 2,
	 .begun = 1, .done = 1, .not_flags = DUMP_REDIS_LISTENS},
	{"redis: then what looks like a message is an answer", BYTES(SUBSCRIBE PING),
	 BYTES(CONFIRMED("9\r\nsubscribe", "1") CONFIRMED("12\r\npunsubscribe", "0") MESSAGE), RESP, .asked = 1, .begun = 1,
	 .done = 1, .body = 16},
	{"redis: one of two subscriptions is given up", BYTES(SUBSCRIBE),
	 BYTES(CONFIRMED("9\r\nsubscribe", "1") CONFIRMED("10\r\npsubscribe", "2") CONFIRMED("11\r\nunsubscribe", "1") MESSAGE), RESP,
	 .flags = DUMP_REDIS_LISTENS, .body = 16},
	{"redis: channels of a shard are counted apart", BYTES(SUBSCRIBE),
	 BYTES(CONFIRMED("9\r\nsubscribe", "1") CONFIRMED("10\r\nssubscribe", "1") CONFIRMED("11\r\nunsubscribe", "0")
	       "*3\r\n$8\r\nsmessage\r\n$1\r\nx\r\n$1\r\ny\r\n"), RESP, .flags = DUMP_REDIS_LISTENS_SHARDED,
	 .not_flags = DUMP_REDIS_LISTENS, .body = 16},
	{"redis: nothing was subscribed to", BYTES("*1\r\n$11\r\nunsubscribe\r\n" PING), BYTES("*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n" "+PONG\r\n"),
	 RESP, .asked = 1, .begun = 1, .done = 1},
	{"redis: RESET takes them back without a word of each", BYTES(SUBSCRIBE "*1\r\n$5\r\nRESET\r\n" PING),
	 BYTES(CONFIRMED("9\r\nsubscribe", "1") "+RESET\r\n" MESSAGE), RESP, .asked = 2, .begun = 2, .done = 2,
	 .not_flags = DUMP_REDIS_LISTENS, .body = 16},
	{"redis: what is like RESET is none", BYTES(SUBSCRIBE PING PING PING),
	 BYTES(CONFIRMED("9\r\nsubscribe", "1") "+RESETS\r\n+RESE\r\n+\r\n" MESSAGE), RESP, .asked = 3, .begun = 3, .done = 3,
	 .flags = DUMP_REDIS_LISTENS, .body = 16},
	{"redis: RESP3 asks on while it listens", BYTES(SUBSCRIBE PING PING),
	 BYTES(PUSHED("9\r\nsubscribe", "1") "+PONG\r\n" ">3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$1\r\ny\r\n" MESSAGE), RESP, .asked = 2,
	 .begun = 2, .done = 2, .flags = DUMP_REDIS_LISTENS, .body = 16},
	{"redis: RESP3 gives up the last one", BYTES(SUBSCRIBE PING), BYTES(PUSHED("9\r\nsubscribe", "1") PUSHED("11\r\nunsubscribe", "0")), RESP,
	 .asked = 1, .not_flags = DUMP_REDIS_LISTENS, .body = 16},
	{"redis: half a message of a subscription is no answer", BYTES(SUBSCRIBE PING),
	 BYTES(CONFIRMED("9\r\nsubscribe", "1") "*3\r\n$7\r\nmessage\r\n$1\r\nx"), RESP, .asked = 1, .flags = DUMP_REDIS_LISTENS,
	 .body = 10, .remaining = 2},
	{"redis: an array of three that begins like one", BYTES(PING PING PING),
	 BYTES(MESSAGE "*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n$1\r\ny\r\n" "*3\r\n*1\r\n$9\r\nsubscribe\r\n$-1\r\n:1\r\n"), RESP,
	 .asked = 3, .begun = 3, .done = 3, .not_flags = DUMP_REDIS_LISTENS, .body = 11},
	{"redis: a script's array of null, a word and a number", BYTES(PING), BYTES("*3\r\n$-1\r\n$9\r\nsubscribe\r\n:1\r\n"), RESP,
	 .asked = 1, .begun = 1, .done = 1, .not_flags = DUMP_REDIS_LISTENS, .body = 11},
	{"redis: the subscription was refused", BYTES(SUBSCRIBE PING), BYTES("-NOPERM this user has no permissions\r\n+PONG\r\n"), RESP,
	 .asked = 1, .begun = 2, .done = 2},
	{"redis: a command that only looks like it", BYTES("*1\r\n$5\r\nSYNCS\r\n" PING), BYTES("+OK\r\n"), RESP, .asked = 2,
	 .begun = 1, .done = 1},
	{"redis: attributes belong to the value that follows", BYTES(PING), BYTES("|1\r\n+a\r\n:1\r\n+PONG\r\n"), RESP,
	 .asked = 1, .begun = 1, .done = 1},
	{"redis: maps, sets, numbers, text of RESP3", BYTES(PING),
	 BYTES("%1\r\n+a\r\n~3\r\n#t\r\n,1.5\r\n=7\r\ntxt:abc\r\n"), RESP, .asked = 1, .begun = 1, .done = 1, .body = 9},
	{"redis: a transaction", BYTES("*1\r\n$5\r\nMULTI\r\n" PING "*1\r\n$4\r\nEXEC\r\n"),
	 BYTES("+OK\r\n+QUEUED\r\n*1\r\n+PONG\r\n"), RESP, .asked = 3, .begun = 3, .done = 3},
	{"redis: a client that sets its name", BYTES("*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$1\r\na\r\n" PING),
	 BYTES("+OK\r\n"), RESP, .asked = 2, .begun = 1, .done = 1},
	{"redis: a command without a name", BYTES(PING "*0\r\n"), NULL, 0, RESP, .lost = true},
	{"redis: garbage", BYTES(PING), BYTES("+OK\r\n!!"), RESP, .lost = true},
};

static void test_conversations(void **unused)
{
	for (size_t i = 0; i < sizeof conversations / sizeof *conversations; i++)
		check_conversation(&conversations[i]);
}

static void test_redis_without_answers(void **unused)
{
	static const char *const commands[] = {
		"*3\r\n$6\r\nCLIENT\r\n$5\r\nREPLY\r\n$3\r\nOFF\r\n", "*1\r\n$7\r\nMONITOR\r\n",
		"*3\r\n$5\r\npsync\r\n$1\r\n?\r\n$2\r\n-1\r\n"};
	struct stream s;

	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		stream_begin(&s, DUMP_HAS_REQUESTS_OUT);
		framing_feed(&s.framing, FRAMING_OUT, commands[i], strlen(commands[i]));
		assert_int_equal(s.protocol, DUMP_PROTOCOL_REDIS);
		assert_true(s.out.flags & DUMP_FRAME_SWITCHED);
	}
}

static void test_goodbye_ends_the_connection(void **unused)
{
	struct stream s;

	stream_begin(&s, DUMP_HAS_REQUESTS_OUT);
	framing_feed(&s.framing, FRAMING_OUT, BYTES(PING "*1\r\n$4\r\nQUIT\r\n"));
	assert_true(s.out.flags & DUMP_FRAME_CLOSE);
	stream_begin(&s, DUMP_HAS_REQUESTS_OUT);
	framing_feed(&s.framing, FRAMING_OUT, BYTES(STARTUP QUERY "X\0\0\0\4"));
	assert_true(s.out.flags & DUMP_FRAME_CLOSE);
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
	for (size_t cut = 1; cut < sizeof hello - 1; cut++) {
		stream_begin(&s, DUMP_HAS_REQUESTS_OUT);
		framing_feed(&s.framing, FRAMING_OUT, hello, cut);
		framing_feed(&s.framing, FRAMING_OUT, hello + cut, sizeof hello - 1 - cut);
		assert_string_equal(s.host, "db.example.org");
	}
}

/* What follows a message that has no such extension is none: a ClientKeyExchange that would read like one. */
static void test_no_server_name(void **unused)
{
	static const char without[] = "\x16\x03\x01\x00\x2f\x01\x00\x00\x2b\x03\x03" "0123456789abcdef0123456789abcdef"
				      "\x00" "\x00\x02\x13\x01" "\x01\x00" "\x00\x00"
				      "\x16\x03\x03\x00\x0e" "\x00\x00\x00\x0a" "\x00\x07\x00\x00\x05" "other";
	struct stream s;

	for (size_t step = 1; step < sizeof without; step++) {
		stream_begin(&s, DUMP_HAS_REQUESTS_OUT);
		for (size_t at = 0; at < sizeof without - 1; at += step)
			framing_feed(&s.framing, FRAMING_OUT, without + at,
				     sizeof without - 1 - at < step ? sizeof without - 1 - at : step);
		assert_int_equal(s.protocol, DUMP_PROTOCOL_TLS);
		assert_string_equal(s.host, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conversations),
		cmocka_unit_test(test_redis_without_answers),
		cmocka_unit_test(test_goodbye_ends_the_connection),
		cmocka_unit_test(test_server_name),
		cmocka_unit_test(test_no_server_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
