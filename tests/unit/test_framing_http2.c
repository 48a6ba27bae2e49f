/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/2: each conversation is fed whole, in pieces, and from both sides (stream.c). */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stream.h"

#define BYTES(text) text, sizeof text - 1
#define H2 .protocol = DUMP_PROTOCOL_HTTP2

/* length, type, flags, stream: each as text of one byte but for the type's name */
#define FRAME(length, type, flags, stream) "\0\0" length type flags "\0\0\0" stream
#define T_DATA "\0"
#define T_HEADERS "\1"
#define T_PRIORITY "\2"
#define T_RST "\3"
#define T_SETTINGS "\4"
#define T_PROMISE "\5"
#define T_PING "\6"
#define T_GOAWAY "\7"
#define T_WINDOW "\10"
#define T_CONTINUATION "\11"
#define END "\1"       /* END_STREAM */
#define FIELDS "\4"    /* END_HEADERS */
#define FIELDS_END "\5"

#define SETTINGS FRAME("\6", T_SETTINGS, "\0", "\0") "\0\3\0\0\0\144"
#define SETTINGS_ACK FRAME("\0", T_SETTINGS, "\1", "\0")
#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" SETTINGS
#define WINDOW FRAME("\4", T_WINDOW, "\0", "\0") "\0\0\377\377"
/* :method GET, :scheme http, :path / */
#define GET(stream) FRAME("\3", T_HEADERS, FIELDS_END, stream) "\202\206\204"
#define POST(stream) FRAME("\3", T_HEADERS, FIELDS, stream) "\203\206\204"
/* :status 200 of the static table */
#define OK(flags, stream) FRAME("\1", T_HEADERS, flags, stream) "\210"
#define DATA3(flags, stream) FRAME("\3", T_DATA, flags, stream) "abc"
#define RST(stream) FRAME("\4", T_RST, "\0", stream) "\0\0\0\10"
#define GOAWAY(last) FRAME("\10", T_GOAWAY, "\0", "\0") "\0\0\0" last "\0\0\0\0"
/* The status as a literal: as it is, without an index, 103; the same into the table; in Huffman's code */
#define HINTS(stream) FRAME("\5", T_HEADERS, FIELDS, stream) "\10\003103"
#define HINTS_KEPT(stream) FRAME("\5", T_HEADERS, FIELDS, stream) "\110\003103"
#define HINTS_CODED(stream) FRAME("\4", T_HEADERS, FIELDS, stream) "\10\202\x08\x19"
#define FOUND_CODED(stream) FRAME("\5", T_HEADERS, FIELDS_END, stream) "\110\203\x64\x0c\x17"
#define INDEXED(flags, stream) FRAME("\1", T_HEADERS, flags, stream) "\276"

static const struct conversation conversations[] = {
	{"the preface alone", BYTES(PREFACE), BYTES(SETTINGS), H2},
	{"asked and not answered", BYTES(PREFACE GET("\1")), BYTES(SETTINGS SETTINGS_ACK), H2, .asked = 1, .awaited = 1},
	{"answered without a body", BYTES(PREFACE GET("\1")), BYTES(SETTINGS OK(FIELDS_END, "\1")), H2, .asked = 1,
	 .begun = 1, .done = 1},
	{"a body", BYTES(PREFACE GET("\1")), BYTES(SETTINGS OK(FIELDS, "\1") DATA3("\0", "\1") DATA3(END, "\1")), H2,
	 .asked = 1, .begun = 1, .done = 1, .body = 6},
	{"a body that ends with an empty frame", BYTES(PREFACE GET("\1")),
	 BYTES(SETTINGS OK(FIELDS, "\1") DATA3("\0", "\1") FRAME("\0", T_DATA, END, "\1")), H2, .asked = 1, .begun = 1,
	 .done = 1, .body = 3},
	{"half a body", BYTES(PREFACE GET("\1")), BYTES(SETTINGS OK(FIELDS, "\1") DATA3("\0", "\1")), H2, .asked = 1,
	 .begun = 1, .body = 3, .answered = 1},
	{"half a frame", BYTES(PREFACE GET("\1")), BYTES(SETTINGS OK(FIELDS, "\1") FRAME("\4", T_DATA, END, "\1") "ab"),
	 H2, .asked = 1, .begun = 1, .body = 2, .answered = 1},
	{"padding is no body", BYTES(PREFACE GET("\1")),
	 BYTES(SETTINGS OK(FIELDS, "\1") FRAME("\6", T_DATA, "\11", "\1") "\2abc\0\0"), H2, .asked = 1, .begun = 1,
	 .done = 1, .body = 3},
	{"padding that is longer than the frame", BYTES(PREFACE GET("\1")),
	 BYTES(SETTINGS OK(FIELDS, "\1") FRAME("\3", T_DATA, "\11", "\1") "\3ab"), H2, .lost = true},
	{"all padding", BYTES(PREFACE GET("\1")),
	 BYTES(SETTINGS OK(FIELDS, "\1") FRAME("\3", T_DATA, "\11", "\1") "\2ab"), H2, .asked = 1, .begun = 1,
	 .done = 1},
	{"fields with padding and priority", BYTES(PREFACE GET("\1")),
	 BYTES(SETTINGS FRAME("\x9", T_HEADERS, "\x2d", "\1") "\2" "\0\0\0\0\7" "\210" "\0\0"), H2, .asked = 1,
	 .begun = 1, .done = 1},
	{"two streams, answered crosswise", BYTES(PREFACE GET("\1") GET("\3")),
	 BYTES(SETTINGS OK(FIELDS, "\3") OK(FIELDS, "\1") DATA3("\0", "\1") DATA3(END, "\3")), H2, .asked = 2,
	 .begun = 2, .done = 1, .body = 3, .answered = 1},
	{"one of two not answered", BYTES(PREFACE GET("\1") GET("\3")), BYTES(SETTINGS OK(FIELDS_END, "\3")), H2,
	 .asked = 2, .begun = 1, .done = 1, .awaited = 1},
	{"trailers end it", BYTES(PREFACE GET("\1")),
	 BYTES(SETTINGS OK(FIELDS, "\1") DATA3("\0", "\1") FRAME("\4", T_HEADERS, FIELDS_END, "\1") "\100\1a\0"), H2,
	 .asked = 1, .begun = 1, .done = 1, .body = 3},
	{"trailers that end nothing", BYTES(PREFACE GET("\1")), BYTES(SETTINGS OK(FIELDS, "\1") OK(FIELDS, "\1")), H2,
	 .lost = true},
	{"an upload with trailers is one request",
	 BYTES(PREFACE POST("\1") DATA3("\0", "\1") FRAME("\1", T_HEADERS, FIELDS_END, "\1") "\276"),
	 BYTES(SETTINGS OK(FIELDS_END, "\1")), H2, .asked = 1, .begun = 1, .done = 1},
	{"fields in three frames", BYTES(PREFACE GET("\1")),
	 BYTES(SETTINGS FRAME("\0", T_HEADERS, END, "\1") FRAME("\1", T_CONTINUATION, "\0", "\1") "\210"
	       FRAME("\0", T_CONTINUATION, FIELDS, "\1")),
	 H2, .asked = 1, .begun = 1, .done = 1},
	{"fields that go on elsewhere", BYTES(PREFACE GET("\1")),
	 BYTES(SETTINGS FRAME("\1", T_HEADERS, "\0", "\1") "\210" DATA3("\0", "\1")), H2, .lost = true},
	{"1xx is no answer", BYTES(PREFACE GET("\1")), BYTES(SETTINGS HINTS("\1")), H2, .asked = 1, .awaited = 1},
	{"1xx in Huffman's code", BYTES(PREFACE GET("\1")), BYTES(SETTINGS HINTS_CODED("\1")), H2, .asked = 1,
	 .awaited = 1},
	{"1xx before the answer", BYTES(PREFACE GET("\1")),
	 BYTES(SETTINGS HINTS_KEPT("\1") OK(FIELDS, "\1") DATA3(END, "\1")), H2, .asked = 1, .begun = 1, .done = 1,
	 .body = 3},
	{"a status that is in no table", BYTES(PREFACE GET("\1")), BYTES(SETTINGS FOUND_CODED("\1")), H2, .asked = 1,
	 .begun = 1, .done = 1},
	{"a status of the dynamic table is final", BYTES(PREFACE GET("\1") GET("\3")),
	 BYTES(SETTINGS FOUND_CODED("\1") INDEXED(FIELDS, "\3")), H2, .asked = 2, .begun = 2, .done = 1, .answered = 1},
	{"unless 1xx may be in it", BYTES(PREFACE GET("\1") GET("\3")),
	 BYTES(SETTINGS HINTS_KEPT("\1") INDEXED(FIELDS, "\3")), H2, .asked = 2, .awaited = 2},
	{"then DATA tells", BYTES(PREFACE GET("\1")),
	 BYTES(SETTINGS HINTS_KEPT("\1") INDEXED(FIELDS, "\1") DATA3("\0", "\1")), H2, .asked = 1, .begun = 1, .body = 3,
	 .answered = 1},
	{"or END_STREAM", BYTES(PREFACE GET("\1")), BYTES(SETTINGS HINTS_KEPT("\1") INDEXED(FIELDS_END, "\1")), H2,
	 .asked = 1, .begun = 1, .done = 1},
	{"the table's size changes first", BYTES(PREFACE GET("\1")),
	 BYTES(SETTINGS FRAME("\5", T_HEADERS, FIELDS_END, "\1") "\40\77\201\1" "\214"), H2, .asked = 1, .begun = 1,
	 .done = 1},
	{"1xx that ends the stream", BYTES(PREFACE GET("\1")),
	 BYTES(SETTINGS FRAME("\5", T_HEADERS, FIELDS_END, "\1") "\10\003100"), H2, .lost = true},
	{"no status at all", BYTES(PREFACE GET("\1")), BYTES(SETTINGS FRAME("\0", T_HEADERS, FIELDS_END, "\1")), H2,
	 .lost = true},
	{"a status of two digits", BYTES(PREFACE GET("\1")),
	 BYTES(SETTINGS FRAME("\4", T_HEADERS, FIELDS_END, "\1") "\10\00220"), H2, .lost = true},
	{"the client gives up", BYTES(PREFACE GET("\1") RST("\1")), BYTES(SETTINGS OK(FIELDS, "\1") DATA3("\0", "\1")),
	 H2, .asked = 1},
	{"the server gives up", BYTES(PREFACE GET("\1")), BYTES(SETTINGS OK(FIELDS, "\1") RST("\1")), H2, .asked = 1,
	 .begun = 1},
	{"the server takes no more", BYTES(PREFACE GET("\1") GET("\3")),
	 BYTES(SETTINGS GOAWAY("\1") OK(FIELDS_END, "\1")), H2, .asked = 2, .begun = 1, .done = 1,
	 .flags = DUMP_FRAME_GOAWAY | DUMP_FRAME_CLOSE},
	{"the client says goodbye", BYTES(PREFACE GET("\1") GOAWAY("\0")), BYTES(SETTINGS OK(FIELDS_END, "\1")), H2,
	 .asked = 1, .begun = 1, .done = 1, .not_flags = DUMP_FRAME_CLOSE},
	{"a push is skipped", BYTES(PREFACE GET("\1")),
	 BYTES(SETTINGS FRAME("\5", T_PROMISE, FIELDS, "\1") "\0\0\0\2\202" OK(FIELDS, "\1") OK(FIELDS, "\2")
	       DATA3("\0", "\2") DATA3(END, "\1")),
	 H2, .asked = 1, .begun = 1, .done = 1, .body = 3},
	{"what does not matter", BYTES(PREFACE WINDOW FRAME("\5", T_PRIORITY, "\0", "\7") "\0\0\0\0\1" GET("\1")),
	 BYTES(SETTINGS FRAME("\10", T_PING, "\0", "\0") "12345678" FRAME("\3", "\x7f", "\xff", "\1") "abc"
	       OK(FIELDS_END, "\1")),
	 H2, .asked = 1, .begun = 1, .done = 1},
	{"a ping of seven bytes", BYTES(PREFACE FRAME("\7", T_PING, "\0", "\0") "1234567"), NULL, 0, H2, .lost = true},
	{"DATA of stream 0", BYTES(PREFACE DATA3(END, "\0")), NULL, 0, H2, .lost = true},
	{"a client that opens an even stream", BYTES(PREFACE GET("\2")), NULL, 0, H2, .lost = true},
	{"no SETTINGS first", BYTES("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" GET("\1")), NULL, 0, H2, .lost = true},
	{"a preface with a fault", BYTES("PRI * HTTP/2.0\r\n\r\nSN\r\n\r\n"), NULL, 0, H2, .lost = true},
};

static void test_conversations(void **unused)
{
	for (size_t i = 0; i < sizeof conversations / sizeof *conversations; i++)
		check_conversation(&conversations[i]);
}

#define FEED(s, direction, text) framing_feed(&(s)->framing, direction, text, sizeof(text) - 1)

#define ASK "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: \r\n\r\n"
#define SWITCH(to) "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: " to "\r\n\r\n"

static void test_upgrade(void **unused)
{
	struct stream s;

	for (int whole = 0; whole < 2; whole++) {
		stream_begin(&s, DUMP_HAS_REQUESTS_OUT);
		FEED(&s, FRAMING_OUT, ASK);
		if (whole) {
			FEED(&s, FRAMING_IN, SWITCH("h2c") SETTINGS OK(FIELDS, "\1"));
		} else {
			FEED(&s, FRAMING_IN, SWITCH("h2c"));
			assert_int_equal(stream_count(&s, 0), 1);
			FEED(&s, FRAMING_IN, SETTINGS OK(FIELDS, "\1"));
		}
		assert_int_equal(s.protocol, DUMP_PROTOCOL_HTTP2);
		assert_int_equal(stream_count(&s, DUMP_STREAM_ANSWERED), 1);
		FEED(&s, FRAMING_OUT, PREFACE GET("\3"));
		FEED(&s, FRAMING_IN, DATA3(END, "\1") OK(FIELDS_END, "\3"));
		assert_false((s.in.flags | s.out.flags) & (DUMP_FRAME_LOST | DUMP_FRAME_SWITCHED));
		assert_int_equal(stream_count(&s, 0) + stream_count(&s, DUMP_STREAM_ANSWERED), 0);
		assert_int_equal(s.out.begun, 2);
		assert_int_equal(s.in.done, 2);
	}
}

static void test_upgrade_that_was_refused(void **unused)
{
	struct stream s;

	stream_begin(&s, DUMP_HAS_REQUESTS_OUT);
	FEED(&s, FRAMING_OUT, ASK);
	FEED(&s, FRAMING_IN, "HTTP/1.1 200 OK\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n");
	assert_int_equal(s.protocol, DUMP_PROTOCOL_HTTP1);
	assert_int_equal(s.in.done, 1);
}

static void test_upgrade_to_something_else(void **unused)
{
	struct stream s;

	stream_begin(&s, DUMP_HAS_REQUESTS_OUT);
	FEED(&s, FRAMING_OUT, ASK);
	FEED(&s, FRAMING_IN, SWITCH("websocket") SETTINGS);
	assert_int_equal(s.protocol, DUMP_PROTOCOL_HTTP1);
	assert_true(s.in.flags & DUMP_FRAME_SWITCHED);
}

/* A server may send its SETTINGS before it has read anything. */
static void test_server_speaks_first(void **unused)
{
	struct stream s;

	stream_begin(&s, DUMP_HAS_REQUESTS_OUT);
	FEED(&s, FRAMING_IN, SETTINGS);
	assert_int_equal(s.protocol, DUMP_PROTOCOL_HTTP2);
	FEED(&s, FRAMING_OUT, PREFACE GET("\1"));
	FEED(&s, FRAMING_IN, OK(FIELDS_END, "\1"));
	assert_false((s.in.flags | s.out.flags) & DUMP_FRAME_LOST);
	assert_int_equal(s.in.done, 1);
}

/* Both are recorded after their system calls returned: the reader may be first. */
static void test_answer_recorded_before_its_request(void **unused)
{
	struct stream s;

	stream_begin(&s, DUMP_HAS_REQUESTS_OUT);
	FEED(&s, FRAMING_OUT, PREFACE);
	FEED(&s, FRAMING_IN, SETTINGS OK(FIELDS_END, "\1") OK(FIELDS, "\3"));
	assert_int_equal(s.in.done, 1);
	assert_int_equal(stream_count(&s, DUMP_STREAM_ANSWERED), 0);
	FEED(&s, FRAMING_OUT, GET("\1") GET("\3"));
	assert_int_equal(stream_count(&s, 0), 0);
	assert_int_equal(stream_count(&s, DUMP_STREAM_ANSWERED), 1);
	FEED(&s, FRAMING_IN, DATA3(END, "\3"));
	assert_int_equal(stream_count(&s, DUMP_STREAM_ANSWERED), 0);
	assert_int_equal(s.in.begun, 2);
	assert_int_equal(s.in.done, 2);
	assert_int_equal(s.streams.early, 0);
}

static void get(struct stream *s, uint32_t id)
{
	char bytes[] = GET("\1");

	bytes[6] = (char)(id >> 16);
	bytes[7] = (char)(id >> 8);
	bytes[8] = (char)id;
	framing_feed(&s->framing, FRAMING_OUT, bytes, sizeof bytes - 1);
}

static void ok(struct stream *s, uint32_t id)
{
	char bytes[] = OK(FIELDS_END, "\1");

	bytes[6] = (char)(id >> 16);
	bytes[7] = (char)(id >> 8);
	bytes[8] = (char)id;
	framing_feed(&s->framing, FRAMING_IN, bytes, sizeof bytes - 1);
}

static void test_more_streams_than_fit(void **unused)
{
	struct stream s;

	stream_begin(&s, DUMP_HAS_REQUESTS_OUT);
	FEED(&s, FRAMING_OUT, PREFACE);
	for (uint32_t i = 0; i < DUMP_STREAMS_MAX; i++)
		get(&s, 2 * i + 1);
	assert_int_equal(s.streams.overflow, 0);
	get(&s, 2 * DUMP_STREAMS_MAX + 1);
	assert_int_equal(s.streams.overflow, 1);
}

static void test_no_room_for_streams(void **unused)
{
	struct stream s;

	stream_begin(&s, DUMP_HAS_REQUESTS_OUT);
	s.framing.streams = NULL;
	FEED(&s, FRAMING_OUT, PREFACE GET("\1"));
	assert_true(s.out.flags & DUMP_FRAME_LOST);
}

static void test_body_may_go_by_unseen(void **unused)
{
	struct stream s;

	stream_begin(&s, DUMP_HAS_REQUESTS_IN);
	FEED(&s, FRAMING_IN, PREFACE GET("\1"));
	FEED(&s, FRAMING_OUT, SETTINGS OK(FIELDS, "\1") FRAME("\7", T_DATA, END, "\1"));
	framing_skip(&s.framing, FRAMING_OUT, 6);
	assert_int_equal(s.out.done, 0);
	framing_skip(&s.framing, FRAMING_OUT, 1);
	assert_int_equal(s.out.done, 1);
	framing_skip(&s.framing, FRAMING_OUT, 1); /* and now it is a header that nobody saw */
	assert_true(s.out.flags & DUMP_FRAME_LOST);
}

#define RACES 200000u

static void *answers(void *data)
{
	struct stream *s = data;

	for (uint32_t i = 0; i < RACES; i++) {
		/* As far ahead of the requests as a reader can be: a few streams. */
		while (2 * i + 1 > __atomic_load_n(&s->streams.highest, __ATOMIC_ACQUIRE) + 8)
			sched_yield(); /* where there is one processor, the other thread needs it */
		ok(s, 2 * i + 1);
	}
	return NULL;
}

/* Two threads, one a direction: in the end no stream is open, none was counted twice. */
static void test_two_threads(void **unused)
{
	static struct stream s;
	pthread_t thread;

	stream_begin(&s, DUMP_HAS_REQUESTS_OUT);
	FEED(&s, FRAMING_OUT, PREFACE);
	FEED(&s, FRAMING_IN, SETTINGS);
	assert_int_equal(pthread_create(&thread, NULL, answers, &s), 0);
	for (uint32_t i = 0; i < RACES; i++) {
		while (2 * i > 2 * __atomic_load_n(&s.in.done, __ATOMIC_ACQUIRE) + 100)
			sched_yield();
		get(&s, 2 * i + 1);
	}
	pthread_join(thread, NULL);
	assert_int_equal(s.streams.overflow, 0);
	assert_int_equal(s.streams.early, 0);
	for (unsigned i = 0; i < DUMP_STREAMS_MAX; i++)
		assert_int_equal(s.streams.open[i], 0);
	assert_int_equal(s.in.begun, RACES);
	assert_int_equal(s.in.done, RACES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conversations),
		cmocka_unit_test(test_upgrade),
		cmocka_unit_test(test_upgrade_that_was_refused),
		cmocka_unit_test(test_upgrade_to_something_else),
		cmocka_unit_test(test_server_speaks_first),
		cmocka_unit_test(test_answer_recorded_before_its_request),
		cmocka_unit_test(test_more_streams_than_fit),
		cmocka_unit_test(test_no_room_for_streams),
		cmocka_unit_test(test_body_may_go_by_unseen),
		cmocka_unit_test(test_two_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
