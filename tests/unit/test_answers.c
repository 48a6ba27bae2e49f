/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When an answer begins: a request is out, and of its answer so many bytes were read, at once or one by one. With none
 * it is awaited, with the first it has begun, with the last nothing is outstanding; what says of itself that it is an
 * interim one is no answer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "connleak/exchange.h"
#include "core/framing/framing.h"

#define B(text) {text, sizeof text - 1}
#define NOTHING {NULL, 0}

#define GET "GET / HTTP/1.1\r\n\r\n"
#define FINAL "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"
#define CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"

#define STARTUP "\0\0\0\x10\0\3\0\0user\0me\0"
#define READY "Z\0\0\0\5I"
#define SELECT "Q\0\0\0\xdselect 1\0"

#define TEN "0123456789"
#define GREETING "\x30\0\0\0\x0a" "5.5.5\0" TEN TEN TEN TEN "1"
#define LOGIN "\x20\0\0\1\0\0\0\0" TEN TEN "12345678"
#define LOGIN_OK "\7\0\0\2\0\0\0\2\0\0\0"
#define MYSQL_QUERY "\4\0\0\0\3abc"
#define MYSQL_OK "\7\0\0\1\0\0\0\2\0\0\0"
#define MYSQL_ERROR "\5\0\0\1\xff\x7a\4no"

struct bytes {
	const char *bytes;
	size_t size;
};

static const struct row {
	const char *what;
	uint8_t protocol;
	struct bytes before[4]; /* in turns; the client begins */
	struct bytes request, answer;
	size_t interim, last; /* of the answer: bytes from `interim` to `last` tell that it is no answer */
	size_t over; /* so many bytes tell that it is over, whatever the others are; 0: all of it */
} rows[] = {
	{"HTTP/1: a response", DUMP_PROTOCOL_HTTP1, {NOTHING}, B(GET), B(FINAL), 0, 0, 0},
	{"HTTP/1: the second one", DUMP_PROTOCOL_HTTP1, {B(GET), B(FINAL)}, B(GET), B(FINAL), 0, 0, 0},
	{"HTTP/1: after an interim one", DUMP_PROTOCOL_HTTP1, {B(GET), B(CONTINUE)}, NOTHING, B(FINAL), 0, 0, 0},
	{"HTTP/1: an interim one, and a response", DUMP_PROTOCOL_HTTP1, {NOTHING}, B(GET), B(CONTINUE FINAL), 10,
	 sizeof CONTINUE - 1, 0},
	{"Redis", DUMP_PROTOCOL_REDIS, {NOTHING}, B("*2\r\n$3\r\nGET\r\n$1\r\nx\r\n"), B("$2\r\nab\r\n"), 0, 0, 0},
	{"PostgreSQL", DUMP_PROTOCOL_POSTGRESQL, {B(STARTUP), B(READY)}, B(SELECT), B("C\0\0\0\6a\0" READY), 0, 0, 0},
	{"MySQL", DUMP_PROTOCOL_MYSQL, {NOTHING, B(GREETING), B(LOGIN), B(LOGIN_OK)}, B(MYSQL_QUERY), B(MYSQL_OK), 0, 0, 9},
	{"MySQL: an error", DUMP_PROTOCOL_MYSQL, {NOTHING, B(GREETING), B(LOGIN), B(LOGIN_OK)}, B(MYSQL_QUERY),
	 B(MYSQL_ERROR), 0, 0, 7},
};

static void feed(struct framing *f, unsigned direction, struct bytes b, size_t piece)
{
	for (size_t at = 0, n; at < b.size; at += n) {
		n = b.size - at < piece ? b.size - at : piece;
		framing_feed(f, direction, b.bytes + at, n);
	}
}

/* `answered`: so many bytes of the answer, all of it `piece` bytes at a time. */
static enum exchange_outstanding say(const struct row *row, size_t answered, size_t piece, struct dump_conn *c)
{
	struct framing f = {.frame = {&c->in.frame, &c->out.frame}, .protocol = &c->protocol, .has = &c->has,
			    .pipeline = &c->pipeline};
	struct bytes answer = {row->answer.bytes, answered};

	*c = (struct dump_conn){.has = DUMP_HAS_REQUESTS_OUT};
	for (unsigned i = 0; i < 4; i++)
		feed(&f, i & 1 ? FRAMING_IN : FRAMING_OUT, row->before[i], piece);
	feed(&f, FRAMING_OUT, row->request, piece);
	feed(&f, FRAMING_IN, answer, piece);
	return exchange_outstanding(c, NULL);
}

static enum exchange_outstanding expected(const struct row *row, size_t answered)
{
	if (!answered || (row->interim && answered >= row->interim && answered <= row->last))
		return EXCHANGE_AWAITED;
	return answered < (row->over ? row->over : row->answer.size) ? EXCHANGE_BEGUN : EXCHANGE_NOTHING;
}

static void test_answers(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (size_t n = 0; n <= rows[i].answer.size; n++)
			for (size_t piece = 1; piece <= 4096; piece += 4095) {
				struct dump_conn c;
				enum exchange_outstanding is = say(&rows[i], n, piece, &c);

				if (is != expected(&rows[i], n) || c.protocol != rows[i].protocol ||
				    (exchange_flags(&c) & DUMP_FRAME_LOST))
					fail_msg("%s, %zu bytes of it, %zu at a time: %d, not %d; protocol %u, flags %x",
						 rows[i].what, n, piece, is, expected(&rows[i], n), c.protocol,
						 c.in.frame.flags);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_answers)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
