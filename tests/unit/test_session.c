/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a session is set up: what was said so far, and what is known then. Is the first message out, was it answered,
 * is the handshake through, did it fail, and was anything asked? Fed all at once, and byte by byte.
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

#define RECORD(type, high, low) type "\3\3" high low
#define HELLO RECORD("\x16", "\0", "\x05") "\1\0\0\1x"
#define SERVER_HELLO RECORD("\x16", "\0", "\x05") "\2\0\0\1x"
#define KEYS RECORD("\x14", "\0", "\1") "\1"
#define TEN "0123456789"
#define DATA_100 RECORD("\x17", "\0", "\x64") TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define FINISHED RECORD("\x17", "\0", "\x35") TEN TEN TEN TEN TEN "123"
#define SEALED_ALERT RECORD("\x17", "\0", "\x13") TEN "123456789"
#define FATAL RECORD("\x15", "\0", "\2") "\2\x28"
#define SEALED_FINISHED RECORD("\x16", "\0", "\x28") TEN TEN TEN TEN

#define STARTUP "\0\0\0\x10\0\3\0\0user\0me\0"
#define AUTH_OK "R\0\0\0\x8\0\0\0\0"
#define READY "Z\0\0\0\5I"
#define REFUSED "E\0\0\0\x15SFATAL\0VFATAL\0\0\0"
#define SQL(size, text) "Q\0\0\0" size text "\0"

#define GREETING "\x30\0\0\0\x0a" "5.5.5\0" TEN TEN TEN TEN "1"
#define LOGIN "\x20\0\0\1\0\0\0\0" TEN TEN "12345678"
#define LOGIN_OK "\7\0\0\2\0\0\0\2\0\0\0"
#define LOGIN_ERROR "\3\0\0\2\xff\x15\4"

#define SOCKS_5 "\5\1\0"
#define SOCKS_5_TO "\5\1\0\3\1a\0\x50"
#define SOCKS_5_DONE "\5\0" "\5\0\0\1\x7f\0\0\1\0\x50"

#define NONE EXCHANGE_HANDSHAKE_NONE
#define ASKED EXCHANGE_HANDSHAKE_ASKED
#define BEGUN EXCHANGE_HANDSHAKE_BEGUN
#define FAILED EXCHANGE_HANDSHAKE_FAILED

static const struct row {
	const char *what;
	struct {
		const char *bytes;
		size_t size;
	} say[4]; /* in turns; the client begins */
	enum exchange_handshake state;
	uint8_t protocol;
	bool asked, ends;
} rows[] = {
	{"TLS: a hello", {B(HELLO)}, ASKED, DUMP_PROTOCOL_TLS, 0, 0},
	{"TLS: half an answer", {B(HELLO), B(SERVER_HELLO)}, BEGUN, DUMP_PROTOCOL_TLS, 0, 0},
	{"TLS 1.3: the client has not finished", {B(HELLO), B(SERVER_HELLO KEYS DATA_100)}, BEGUN, DUMP_PROTOCOL_TLS, 0, 0},
	{"TLS 1.3: through", {B(HELLO), B(SERVER_HELLO DATA_100), B(KEYS FINISHED)}, NONE, DUMP_PROTOCOL_TLS, 0, 0},
	{"TLS 1.3: asked", {B(HELLO), B(SERVER_HELLO DATA_100), B(FINISHED DATA_100)}, NONE, DUMP_PROTOCOL_TLS, 1, 0},
	{"TLS 1.3: the client refuses the certificate", {B(HELLO), B(SERVER_HELLO DATA_100), B(SEALED_ALERT)}, FAILED,
	 DUMP_PROTOCOL_TLS, 0, 0},
	{"TLS: refused", {B(HELLO), B(FATAL)}, FAILED, DUMP_PROTOCOL_TLS, 0, 0},
	{"TLS: refused by the client", {B(HELLO), B(SERVER_HELLO), B(FATAL)}, FAILED, DUMP_PROTOCOL_TLS, 0, 0},
	{"TLS 1.2: the server has not finished", {B(HELLO), B(SERVER_HELLO), B(KEYS SEALED_FINISHED)}, BEGUN,
	 DUMP_PROTOCOL_TLS, 0, 0},
	{"TLS 1.2: through", {B(HELLO), B(SERVER_HELLO), B(KEYS SEALED_FINISHED), B(KEYS SEALED_FINISHED)}, NONE,
	 DUMP_PROTOCOL_TLS, 0, 0},
	{"PostgreSQL: the start-up", {B(STARTUP)}, ASKED, DUMP_PROTOCOL_POSTGRESQL, 0, 0},
	{"PostgreSQL: not ready", {B(STARTUP), B(AUTH_OK)}, BEGUN, DUMP_PROTOCOL_POSTGRESQL, 0, 0},
	{"PostgreSQL: ready", {B(STARTUP), B(AUTH_OK READY)}, NONE, DUMP_PROTOCOL_POSTGRESQL, 0, 0},
	{"PostgreSQL: refused", {B(STARTUP), B(REFUSED)}, NONE, DUMP_PROTOCOL_POSTGRESQL, 0, 1},
	{"PostgreSQL: SET is no request", {B(STARTUP), B(AUTH_OK READY), B(SQL("\xc", "set a=1"))}, NONE,
	 DUMP_PROTOCOL_POSTGRESQL, 0, 0},
	{"PostgreSQL: a query", {B(STARTUP), B(AUTH_OK READY), B(SQL("\xd", "select 1"))}, NONE, DUMP_PROTOCOL_POSTGRESQL,
	 1, 0},
	{"PostgreSQL: ended by the server", {B(STARTUP), B(AUTH_OK READY), NOTHING, B(REFUSED)}, NONE,
	 DUMP_PROTOCOL_POSTGRESQL, 0, 1},
	{"PostgreSQL: no TLS, and nobody answers the start-up", {B("\0\0\0\x8\4\xd2\x16\x2f"), B("N"), B(STARTUP)}, ASKED,
	 DUMP_PROTOCOL_POSTGRESQL, 0, 0},
	{"PostgreSQL: no TLS, and ready", {B("\0\0\0\x8\4\xd2\x16\x2f"), B("N"), B(STARTUP), B(AUTH_OK READY)}, NONE,
	 DUMP_PROTOCOL_POSTGRESQL, 0, 0},
	{"PostgreSQL: TLS agreed upon, and a hello", {B("\0\0\0\x8\4\xd2\x16\x2f"), B("S"), B(HELLO)}, ASKED,
	 DUMP_PROTOCOL_TLS, 0, 0},
	{"MySQL: a greeting", {NOTHING, B(GREETING)}, BEGUN, DUMP_PROTOCOL_MYSQL, 0, 0},
	{"MySQL: a login without an answer", {NOTHING, B(GREETING), B(LOGIN)}, ASKED, DUMP_PROTOCOL_MYSQL, 0, 0},
	{"MySQL: logged in", {NOTHING, B(GREETING), B(LOGIN), B(LOGIN_OK)}, NONE, DUMP_PROTOCOL_MYSQL, 0, 0},
	{"MySQL: refused", {NOTHING, B(GREETING), B(LOGIN), B(LOGIN_ERROR)}, NONE, DUMP_PROTOCOL_MYSQL, 0, 1},
	{"SOCKS 5: the first word", {B(SOCKS_5)}, ASKED, DUMP_PROTOCOL_SOCKS, 0, 0},
	{"SOCKS 5: no method will do", {B(SOCKS_5), B("\5\xff")}, FAILED, DUMP_PROTOCOL_SOCKS, 0, 0},
	{"SOCKS 5: no tunnel yet", {B(SOCKS_5), B("\5\0"), B(SOCKS_5_TO)}, BEGUN, DUMP_PROTOCOL_SOCKS, 0, 0},
	{"SOCKS 5: refused", {B(SOCKS_5), B("\5\0"), B(SOCKS_5_TO), B("\5\5\0\1\0\0\0\0\0\0")}, FAILED, DUMP_PROTOCOL_SOCKS, 0,
	 0},
	{"SOCKS 5: a wrong password", {B("\5\1\2"), B("\5\2"), B("\1\1u\1p"), B("\1\1")}, FAILED, DUMP_PROTOCOL_SOCKS, 0, 0},
	{"SOCKS 5: TLS inside", {B(SOCKS_5 SOCKS_5_TO), B(SOCKS_5_DONE), B(HELLO)}, ASKED, DUMP_PROTOCOL_TLS, 0, 0},
	{"SOCKS 5: HTTP inside", {B(SOCKS_5), B(SOCKS_5_DONE), B("GET / HTTP/1.1\r\n\r\n")}, NONE, DUMP_PROTOCOL_HTTP1, 1,
	 0},
	{"SOCKS 4: refused", {B("\4\1\0\x50\x7f\0\0\1\0"), B("\0\x5b\0\0\0\0\0\0")}, FAILED, DUMP_PROTOCOL_SOCKS, 0, 0},
	{"SOCKS 4a: TLS inside", {B("\4\1\0\x50\0\0\0\1\0a\0"), B("\0\x5a\0\0\0\0\0\0"), B(HELLO), B(SERVER_HELLO)}, BEGUN,
	 DUMP_PROTOCOL_TLS, 0, 0},
	{"CONNECT: TLS inside", {B("CONNECT a:1 HTTP/1.1\r\n\r\n"), B("HTTP/1.1 200 Yes\r\n\r\n"), B(HELLO)}, ASKED,
	 DUMP_PROTOCOL_TLS, 0, 0},
	{"CONNECT: HTTP inside", {B("CONNECT a:1 HTTP/1.1\r\n\r\n"), B("HTTP/1.1 200 Yes\r\n\r\n"),
	  B("GET / HTTP/1.1\r\n\r\n")}, NONE, DUMP_PROTOCOL_HTTP1, 1, 0},
	{"CONNECT: a server that speaks first inside", {B("CONNECT a:1 HTTP/1.1\r\n\r\n"),
	  B("HTTP/1.1 200 Yes\r\n\r\n" GREETING), B(LOGIN), B(LOGIN_OK)}, NONE, DUMP_PROTOCOL_MYSQL, 0, 0},
	{"Redis: PING is no request", {B("*1\r\n$4\r\nPING\r\n"), B("+PONG\r\n")}, NONE, DUMP_PROTOCOL_REDIS, 0, 0},
	{"Redis: nor is AUTH", {B("*2\r\n$4\r\nauth\r\n$1\r\nx\r\n"), B("+OK\r\n")}, NONE, DUMP_PROTOCOL_REDIS, 0, 0},
	{"Redis: a subscription that nothing confirmed", {B("*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\nx\r\n")}, ASKED, DUMP_PROTOCOL_REDIS, 1, 0},
	{"Redis: one that was confirmed", {B("*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\nx\r\n"), B("*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n")},
	 NONE, DUMP_PROTOCOL_REDIS, 1, 0},
	{"Redis: GET is one", {B("*2\r\n$3\r\nGET\r\n$1\r\nx\r\n"), B("$-1\r\n")}, NONE, DUMP_PROTOCOL_REDIS, 1, 0},
};

/* Was anything asked? `piece`: so many bytes at a time. */
static bool say(const struct row *row, size_t piece, struct dump_conn *c)
{
	struct framing f = {.frame = {&c->in.frame, &c->out.frame}, .protocol = &c->protocol, .has = &c->has,
			    .pipeline = &c->pipeline};

	*c = (struct dump_conn){.has = DUMP_HAS_REQUESTS_OUT};
	for (unsigned i = 0; i < 4; i++)
		for (size_t at = 0, n; at < row->say[i].size; at += n) {
			n = row->say[i].size - at < piece ? row->say[i].size - at : piece;
			framing_feed(&f, i & 1 ? FRAMING_IN : FRAMING_OUT, row->say[i].bytes + at, n);
		}
	return f.asked;
}

static void test_sessions(void **unused)
{
	for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
		const struct row *row = &rows[i / 2];
		struct dump_conn c;
		bool asked = say(row, i & 1 ? 1 : 4096, &c);
		bool ends = c.in.frame.flags & DUMP_FRAME_CLOSE;

		/* What a statement or an error begins with is not looked for in pieces. */
		if (exchange_handshake(&c) != row->state || c.protocol != row->protocol || (ends != row->ends && !(i & 1)) ||
		    (asked != row->asked && !(i & 1)) || (row->asked && !asked) ||
		    (exchange_flags(&c) & DUMP_FRAME_LOST))
			fail_msg("%s, %s: handshake %d, protocol %u, asked %d, ends %d, flags %x %x", row->what,
				 i & 1 ? "byte by byte" : "at once", exchange_handshake(&c), c.protocol, asked, ends,
				 c.in.frame.flags, c.out.frame.flags);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_sessions)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
