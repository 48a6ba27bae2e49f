/* SPDX-License-Identifier: Apache-2.0 */
/* MySQL: a login, a command and its answer, in pieces of several sizes and from both sides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stream.h"

#define BYTES(text) text, sizeof text - 1
/* A packet: its length, its number, its content. */
#define P(length, number, content) length "\0\0" number content
#define GREETING P("\x37", "\0", "\n5.5.5-10.11\0" "1234" "abcdefgh\0" "\xff\xf7\x21\2\0\xff\x81\x15" "0000000000ABCDEFGHIJ\0")
#define LOGIN(capabilities) P("\x25", "\1", capabilities "\0\0\0\1\x21" "01234567890123456789012" "root\0")
#define OLD "\x85\xa6\x0f\0"     /* ends columns and rows by EOF */
#define NEW "\x85\xa6\x0f\1"     /* CLIENT_DEPRECATE_EOF */
#define COMPRESSED "\xa5\xa6\x0f\1"
#define OK(number) P("\7", number, "\0\0\0\2\0\0\0")
#define OK_MORE(number) P("\7", number, "\0\1\0\x0a\0\0\0")
#define ERROR(number) P("\5", number, "\xff\x7a\4no")
#define QUERY P("\4", "\0", "\3abc")
#define PREPARE P("\4", "\0", "\x16""abc")
#define COLUMN(number) P("\5", number, "\3def\0")
#define ROW(number) P("\2", number, "\1x")
#define EOF_(number) P("\5", number, "\xfe\0\0\2\0")
#define EOF_CURSOR(number) P("\5", number, "\xfe\0\0\x42\0")
#define EOF_MORE(number) P("\5", number, "\xfe\0\0\x0a\0")
#define END(number) P("\7", number, "\xfe\0\0\2\0\0\0")
#define END_MORE(number) P("\7", number, "\xfe\0\0\x0a\0\0\0")

static const struct {
	const char *name, *login;
	size_t login_size;
	const char *request;
	size_t request_size;
	const char *answer;
	size_t answer_size;
	unsigned asked, begun, done;
	bool lost, switched;
} cases[] = {
	{"nothing asked", BYTES(LOGIN(NEW)), NULL, 0, NULL, 0},
	{"not answered", BYTES(LOGIN(NEW)), BYTES(QUERY), NULL, 0, 1},
	{"OK", BYTES(LOGIN(NEW)), BYTES(QUERY), BYTES(OK("\1")), 1, 1, 1},
	{"OK with long counts", BYTES(LOGIN(NEW)), BYTES(QUERY),
	 BYTES(P("\x11", "\1", "\0\xfc\1\2\xfe\1\2\3\4\5\6\7\x8\2\0\0\0")), 1, 1, 1},
	{"half of it", BYTES(LOGIN(NEW)), BYTES(QUERY), BYTES("\7\0\0\1\0\0\0"), 1, 1},
	{"an error", BYTES(LOGIN(NEW)), BYTES(QUERY), BYTES(ERROR("\1")), 1, 1, 1},
	{"rows, and an OK at the end", BYTES(LOGIN(NEW)), BYTES(QUERY),
	 BYTES(P("\1", "\1", "\1") COLUMN("\2") ROW("\3") ROW("\4") END("\5")), 1, 1, 1},
	{"rows, and no end", BYTES(LOGIN(NEW)), BYTES(QUERY), BYTES(P("\1", "\1", "\1") COLUMN("\2") ROW("\3")), 1, 1},
	{"rows between two EOFs", BYTES(LOGIN(OLD)), BYTES(QUERY),
	 BYTES(P("\1", "\1", "\1") COLUMN("\2") EOF_("\3") ROW("\4") EOF_("\5")), 1, 1, 1},
	{"rows after the first EOF, and no end", BYTES(LOGIN(OLD)), BYTES(QUERY),
	 BYTES(P("\1", "\1", "\1") COLUMN("\2") EOF_("\3") ROW("\4")), 1, 1},
	{"rows, then an error", BYTES(LOGIN(NEW)), BYTES(QUERY),
	 BYTES(P("\1", "\1", "\1") COLUMN("\2") ROW("\3") ERROR("\4")), 1, 1, 1},
	{"many columns", BYTES(LOGIN(NEW)), BYTES(QUERY),
	 BYTES(P("\3", "\1", "\xfc\2\0") COLUMN("\2") COLUMN("\3") END("\4")), 1, 1, 1},
	{"columns that are known from before", BYTES(LOGIN(NEW)), BYTES(P("\4", "\0", "\x17""abc")),
	 BYTES(P("\2", "\1", "\1\0") P("\3", "\2", "\0\0\1") END("\3")), 1, 1, 1},
	{"columns that are defined anew", BYTES(LOGIN(NEW)), BYTES(P("\4", "\0", "\x17""abc")),
	 BYTES(P("\2", "\1", "\1\1") COLUMN("\2") END("\3")), 1, 1, 1},
	{"a cursor is open instead of rows", BYTES(LOGIN(OLD)), BYTES(P("\4", "\0", "\x17""abc")),
	 BYTES(P("\1", "\1", "\1") COLUMN("\2") EOF_CURSOR("\3")), 1, 1, 1},
	{"its rows are fetched", BYTES(LOGIN(OLD)), BYTES(P("\2", "\0", "\x1c""a")), BYTES(ROW("\1") EOF_CURSOR("\2")), 1, 1,
	 1},
	{"several results", BYTES(LOGIN(NEW)), BYTES(QUERY),
	 BYTES(P("\1", "\1", "\1") COLUMN("\2") END_MORE("\3") OK_MORE("\4") OK("\5")), 1, 1, 1},
	{"several results, one missing", BYTES(LOGIN(OLD)), BYTES(QUERY),
	 BYTES(P("\1", "\1", "\1") COLUMN("\2") EOF_("\3") EOF_MORE("\4")), 1, 1},
	{"prepared without anything", BYTES(LOGIN(OLD)), BYTES(PREPARE),
	 BYTES(P("\x0c", "\1", "\0\1\0\0\0\0\0\0\0\0\0\0")), 1, 1, 1},
	{"prepared with columns and parameters", BYTES(LOGIN(OLD)), BYTES(PREPARE),
	 BYTES(P("\x0c", "\1", "\0\1\0\0\0\1\0\2\0\0\0\0") COLUMN("\2") COLUMN("\3") EOF_("\4") COLUMN("\5") EOF_("\6")), 1, 1,
	 1},
	{"prepared, without EOFs", BYTES(LOGIN(NEW)), BYTES(PREPARE),
	 BYTES(P("\x0c", "\1", "\0\1\0\0\0\1\0\2\0\0\0\0") COLUMN("\2") COLUMN("\3") COLUMN("\4")), 1, 1, 1},
	{"prepared, a definition missing", BYTES(LOGIN(NEW)), BYTES(PREPARE),
	 BYTES(P("\x0c", "\1", "\0\1\0\0\0\1\0\1\0\0\0\0") COLUMN("\2")), 1, 1},
	{"a statement that is closed is not answered", BYTES(LOGIN(NEW)), BYTES(P("\5", "\0", "\x19""abcd") QUERY),
	 BYTES(OK("\1")), 1, 1, 1},
	{"statistics are a text", BYTES(LOGIN(NEW)), BYTES(P("\1", "\0", "\x9")), BYTES(P("\4", "\1", "Up: ")), 1, 1, 1},
	{"another user, with a dialogue", BYTES(LOGIN(NEW)), BYTES(P("\4", "\0", "\x11""abc") P("\3", "\2", "pwd")),
	 BYTES(P("\x9", "\1", "\xfenative\0x") OK("\3")), 1, 1, 1},
	{"a file for the server", BYTES(LOGIN(NEW)), BYTES(QUERY P("\3", "\2", "1,2") P("\0", "\3", "")),
	 BYTES(P("\3", "\1", "\xfb""/a") OK("\4")), 1, 1, 1},
	{"progress is no error", BYTES(LOGIN(NEW)), BYTES(QUERY), BYTES(P("\5", "\1", "\xff\xff\xff\1\1")), 1, 1},
	{"progress, then OK", BYTES(LOGIN(NEW)), BYTES(QUERY), BYTES(P("\5", "\1", "\xff\xff\xff\1\1") OK("\2")), 1, 1, 1},
	{"replication", BYTES(LOGIN(NEW)), BYTES(P("\2", "\0", "\x12""a")), NULL, 0, .switched = true},
	{"compression is not seen through", BYTES(LOGIN(COMPRESSED)), NULL, 0, NULL, 0, .switched = true},
	{"TLS", BYTES(P("\x20", "\1", "\x85\xae\x0f\1" "0123456789012345678901234567")), NULL, 0, NULL, 0, .switched = true},
	{"an OK that is too short", BYTES(LOGIN(NEW)), BYTES(QUERY), BYTES(P("\3", "\1", "\0\0\0")), .lost = true},
	{"columns that nobody can have", BYTES(LOGIN(NEW)), BYTES(QUERY), BYTES(P("\3", "\1", "\xfd\0\0")), .lost = true},
	{"a command that nobody knows", BYTES(LOGIN(NEW)), BYTES(P("\1", "\0", "\x77")), NULL, 0, .switched = true},
};

static void feed(struct stream *s, enum framing_direction d, const char *bytes, size_t size, size_t step)
{
	for (size_t at = 0, n; at < size; at += n) {
		n = step < size - at ? step : size - at;
		framing_feed(&s->framing, d, bytes + at, n);
	}
}

static void check(size_t i, enum framing_direction asks, size_t step)
{
	const struct dump_frame *requests, *responses;
	struct stream s;

	stream_begin(&s, asks == FRAMING_OUT ? DUMP_HAS_REQUESTS_OUT : DUMP_HAS_REQUESTS_IN);
	requests = s.framing.frame[asks];
	responses = s.framing.frame[!asks];
	feed(&s, !asks, BYTES(GREETING), step);
	assert_int_equal(s.protocol, DUMP_PROTOCOL_MYSQL);
	feed(&s, asks, cases[i].login, cases[i].login_size, step);
	feed(&s, !asks, BYTES(OK("\2")), step);
	feed(&s, asks, cases[i].request, cases[i].request_size, step);
	feed(&s, !asks, cases[i].answer, cases[i].answer_size, step);
	assert_int_equal(((requests->flags | responses->flags) & DUMP_FRAME_LOST) != 0, cases[i].lost);
	assert_int_equal(((requests->flags | responses->flags) & DUMP_FRAME_SWITCHED) != 0, cases[i].switched);
	if (cases[i].lost)
		return;
	assert_int_equal(requests->begun, cases[i].asked);
	assert_int_equal(responses->begun, cases[i].begun);
	assert_int_equal(responses->done, cases[i].done);
}

static void test_conversations(void **unused)
{
	static const size_t steps[] = {SIZE_MAX, 1, 2, 3, 5, 7, 11};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		print_message("    %s\n", cases[i].name);
		for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
			check(i, FRAMING_OUT, steps[k]);
			check(i, FRAMING_IN, steps[k]);
		}
	}
}

/* Beyond 255 packets their numbers begin again with 0, which else is a command's. */
static void test_long_file_is_no_command(void **unused)
{
	static const char packet[] = P("\1", "\0", "\3");
	struct stream s;

	stream_begin(&s, DUMP_HAS_REQUESTS_OUT);
	feed(&s, FRAMING_IN, BYTES(GREETING), SIZE_MAX);
	feed(&s, FRAMING_OUT, BYTES(LOGIN(NEW)), SIZE_MAX);
	feed(&s, FRAMING_IN, BYTES(OK("\2")), SIZE_MAX);
	feed(&s, FRAMING_OUT, BYTES(QUERY), SIZE_MAX);
	feed(&s, FRAMING_IN, BYTES(P("\3", "\1", "\xfb""/a")), SIZE_MAX);
	feed(&s, FRAMING_OUT, packet, sizeof packet - 1, SIZE_MAX);
	feed(&s, FRAMING_IN, BYTES(OK("\2")), SIZE_MAX);
	feed(&s, FRAMING_OUT, BYTES(QUERY), SIZE_MAX);
	assert_int_equal(s.out.begun, 2);
	assert_int_equal(s.in.done, 1);
}

/* What is longer than 16 MB goes on in the next packet, which begins with anything. */
static void test_long_row(void **unused)
{
	static const char end[] = END("\5");
	struct stream s;

	stream_begin(&s, DUMP_HAS_REQUESTS_OUT);
	feed(&s, FRAMING_IN, BYTES(GREETING), SIZE_MAX);
	feed(&s, FRAMING_OUT, BYTES(LOGIN(NEW)), SIZE_MAX);
	feed(&s, FRAMING_IN, BYTES(OK("\2")), SIZE_MAX);
	feed(&s, FRAMING_OUT, BYTES(QUERY), SIZE_MAX);
	feed(&s, FRAMING_IN, BYTES(P("\1", "\1", "\1") COLUMN("\2") "\xff\xff\xff\3" "\xfd"), SIZE_MAX);
	framing_skip(&s.framing, FRAMING_IN, 0xffffff - 1);
	feed(&s, FRAMING_IN, BYTES(P("\2", "\4", "\xff\xff")), SIZE_MAX);
	assert_int_equal(s.in.done, 0);
	feed(&s, FRAMING_IN, end, sizeof end - 1, SIZE_MAX);
	assert_int_equal(s.in.done, 1);
	assert_false(s.in.flags & DUMP_FRAME_LOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conversations),
		cmocka_unit_test(test_long_file_is_no_command),
		cmocka_unit_test(test_long_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
