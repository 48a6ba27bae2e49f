/* SPDX-License-Identifier: Apache-2.0 */
/* Which connection a TLS session belongs to, and what its framing is fed with. Sessions and BIOs are
 * addresses; the socket's calls are told as the hooks tell them. */
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "alone.h"
#include "connleak/exchange.h"
#include "core/arena.h"
#include "core/plain.h"
#include "sockets/tls.h"

static char sessions[4][64]; /* addresses only */
#define SESSION(n) (&sessions[n][0])

#define GET "GET /a HTTP/1.1\r\nHost: inside\r\n\r\n"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"
/* The beginnings of a ClientHello and of a record with data; nobody looks further. */
#define HELLO "\x16\x03\x01\x00\x30\x01\x00\x00\x2c\x03\x03 a client's random numbers"
#define RECORD_1 "\x17\x03\x03\x00\x30 what nobody can read, once"
#define RECORD_2 "\x17\x03\x03\x00\x30 and another time"

static int client(void)
{
	int fd = made();

	at(fd)->role = DUMP_ROLE_CLIENT;
	at(fd)->has |= DUMP_HAS_REQUESTS_OUT;
	return fd;
}

static void moves(int fd, bool in, const char *bytes, ssize_t n)
{
	struct iovec iov = {(void *)bytes, n > 0 ? (size_t)n : 0};
	struct conn_io io;

	CHECK(conn_begin(&io, fd, in ? DUMP_CALL_recv : DUMP_CALL_send));
	if (in)
		conn_end_in(&io, n, n < 0 ? EAGAIN : 0, &iov, 1, true);
	else
		conn_end_out(&io, n, n < 0 ? EAGAIN : 0, &iov, 1);
}
#define GOES_IN(fd, bytes) moves(fd, true, bytes, sizeof(bytes) - 1)
#define GOES_OUT(fd, bytes) moves(fd, false, bytes, sizeof(bytes) - 1)

/* A call on the session in which `fd` is used (-1: none), with plain text as its result. */
static bool writes(int session, int fd, const char *plain)
{
	struct tls_call call;
	bool known;

	tls_begin(&call, SESSION(session));
	if (fd >= 0)
		GOES_OUT(fd, RECORD_1);
	known = tls_end(&call);
	if (known && plain)
		tls_out(&call, plain, strlen(plain));
	return known;
}

static bool reads(int session, int fd, const char *plain)
{
	struct tls_call call;
	bool known;

	tls_begin(&call, SESSION(session));
	if (fd >= 0)
		GOES_IN(fd, RECORD_2);
	known = tls_end(&call);
	if (known && plain)
		tls_in(&call, plain, strlen(plain));
	return known;
}

static bool handshake(int session, int fd)
{
	struct tls_call call;

	tls_begin(&call, SESSION(session));
	GOES_OUT(fd, HELLO);
	GOES_IN(fd, RECORD_1);
	return tls_end(&call);
}

static bool asked_and_answered(int fd, unsigned requests, unsigned responses)
{
	const struct dump_conn *c = at(fd);

	return c->protocol == DUMP_PROTOCOL_HTTP1 && c->out.frame.begun == requests &&
	       c->in.frame.begun == responses && c->in.frame.done == responses;
}

/* ---- who belongs to whom ------------------------------------------------------------------------ */

static void the_socket_used_inside_the_call(void)
{
	int other = client(), fd = client();

	GOES_OUT(other, GET);
	CHECK(handshake(1, fd));
	CHECK(at(fd)->flags & DUMP_TLS && at(fd)->flags & DUMP_TLS_INSIDE);
	CHECK(writes(1, fd, GET) && reads(1, fd, OK));
	CHECK(asked_and_answered(fd, 1, 1));
	CHECK(at(fd)->out.bytes == sizeof HELLO - 1 + sizeof RECORD_1 - 1); /* what the kernel counts */
	CHECK(asked_and_answered(other, 1, 0));
}

static void a_call_that_had_to_wait_tells_as_well(void)
{
	int fd = client();
	struct tls_call call;

	tls_begin(&call, SESSION(1));
	moves(fd, true, NULL, -1);
	CHECK(tls_end(&call) && call.conn == at(fd));
}

static void what_was_learned_serves_the_librarys_buffer(void)
{
	int fd = client();

	CHECK(handshake(1, fd) && writes(1, fd, GET GET));
	CHECK(reads(1, fd, OK) && reads(1, -1, OK));
	CHECK(asked_and_answered(fd, 2, 2));
	CHECK(!reads(2, -1, OK));
}

/* A server that is asked in plain HTTP, a client that is greeted by a mail server: no request was read. */
static void a_handshake_that_the_library_gives_up(void)
{
	int fd = client(), other = client();
	struct tls_call call;

	GOES_OUT(other, GET);
	tls_begin(&call, SESSION(1));
	GOES_IN(fd, "GET /");
	tls_failed(&call);
	CHECK(at(fd)->protocol == DUMP_PROTOCOL_TLS && (at(fd)->flags & DUMP_TLS) && !(at(fd)->flags & DUMP_TLS_INSIDE));
	CHECK(exchange_handshake(at(fd)) == EXCHANGE_HANDSHAKE_FAILED && !at(fd)->in.frame.begun);
	CHECK(exchange_handshake(at(other)) == EXCHANGE_HANDSHAKE_NONE && at(other)->out.frame.begun == 1);
	tls_begin(&call, SESSION(1));
	tls_failed(&call); /* nothing was touched */
	CHECK(handshake(1, fd) && writes(1, fd, GET) && reads(1, fd, OK) && asked_and_answered(fd, 1, 1));
	tls_begin(&call, SESSION(1));
	GOES_IN(fd, RECORD_1);
	tls_failed(&call); /* a new handshake inside one that is through says nothing of what was read */
	CHECK(asked_and_answered(fd, 1, 1));
}

static void two_sessions_in_turns(void)
{
	int a = client(), b = client();

	CHECK(handshake(1, a) && handshake(2, b));
	CHECK(writes(1, a, GET) && writes(2, b, GET GET) && reads(2, b, OK) && reads(1, a, OK) && reads(2, -1, OK));
	CHECK(asked_and_answered(a, 1, 1) && asked_and_answered(b, 2, 2));
}

static void the_librarys_descriptor_comes_last(void)
{
	int a = client(), b = client();
	struct tls_call call;

	CHECK(handshake(1, a));
	tls_begin(&call, SESSION(1));
	CHECK(tls_end(&call) && !tls_end_at(&call, NULL, b) && call.conn == at(a));
	tls_begin(&call, SESSION(2));
	CHECK(!tls_end(&call) && !tls_end_at(&call, NULL, -1) && !tls_end_at(&call, NULL, 999999));
	CHECK(tls_end_at(&call, NULL, b) && call.conn == at(b));
}

/* ---- what is used again ----------------------------------------------------------------------------- */

static void a_number_that_is_used_again_is_another_connection(void)
{
	int fd = client();

	CHECK(handshake(1, fd));
	conn_close(fd);
	CHECK(!reads(1, -1, OK));
	close(fd);
	CHECK(client() == fd && !reads(1, -1, OK) && !(at(fd)->flags & DUMP_TLS));
}

static void an_address_that_is_used_again_is_another_session(void)
{
	int leaked = client(), fd = client();

	CHECK(handshake(1, leaked) && writes(1, leaked, GET));
	GOES_OUT(fd, "A LINE OF ANOTHER PROTOCOL, STARTTLS\r\n");
	tls_forget(SESSION(1)); /* SSL_new() returned it */
	CHECK(handshake(1, fd) && writes(1, fd, GET) && reads(1, -1, OK));
	CHECK(asked_and_answered(leaked, 1, 0) && asked_and_answered(fd, 1, 1));
}

static void a_session_that_is_cleared_and_connects_again(void)
{
	int old = client(), fd = client();

	CHECK(handshake(1, old) && writes(1, old, GET));
	CHECK(handshake(1, fd) && writes(1, fd, GET) && reads(1, -1, OK));
	CHECK(asked_and_answered(old, 1, 0) && asked_and_answered(fd, 1, 1));
}

/* ---- what is touched by chance ------------------------------------------------------------------------- */

static void a_callback_asks_a_server_of_its_own(void)
{
	int cache = client(), fd = client();
	struct tls_call call;

	GOES_OUT(cache, GET);
	tls_begin(&call, SESSION(1)); /* before its own socket: the look-up is followed already */
	GOES_OUT(cache, GET);
	CHECK(!tls_end(&call) && asked_and_answered(cache, 2, 0));
	tls_begin(&call, SESSION(1)); /* after it: a session cache */
	GOES_OUT(fd, HELLO);
	GOES_OUT(cache, GET);
	CHECK(tls_end(&call) && call.conn == at(fd));
	tls_begin(&call, SESSION(1)); /* instead of it */
	GOES_OUT(cache, GET);
	CHECK(tls_end(&call) && call.conn == at(fd));
	CHECK(asked_and_answered(cache, 4, 0));
}

static void a_callback_speaks_tls_with_a_server_of_its_own(void)
{
	int ocsp = client(), fd = client();
	struct tls_call call;

	tls_begin(&call, SESSION(1));
	GOES_OUT(fd, HELLO);
	CHECK(handshake(2, ocsp) && writes(2, ocsp, GET));
	CHECK(tls_end(&call) && call.conn == at(fd));
	CHECK(reads(2, ocsp, OK) && asked_and_answered(ocsp, 1, 1));
}

static void a_datagram_socket_is_no_session(void)
{
	int fd;
	struct tls_call call;

	process_awake();
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	conn_opened(fd, AF_INET, SOCK_DGRAM, 0);
	tls_begin(&call, SESSION(1));
	GOES_OUT(fd, HELLO);
	CHECK(!tls_end(&call) && !(at(fd)->flags & DUMP_TLS));
}

/* ---- memory BIOs ----------------------------------------------------------------------------------------- */

static char bios[4][64];
#define BIO(n) (&bios[n][0])

static bool reads_from(int session, const void *bio, const char *plain)
{
	struct tls_call call;
	bool known;

	tls_begin(&call, SESSION(session));
	known = tls_end(&call) || tls_end_at(&call, bio, -1);
	if (known)
		tls_in(&call, plain, strlen(plain));
	return known;
}

static void received_bytes_are_known_again_in_a_bio(void)
{
	int a = client(), b = client();
	char copy[] = HELLO;

	GOES_IN(a, HELLO);
	GOES_IN(b, HELLO);
	GOES_IN(b, RECORD_1);
	tls_put_in(BIO(1), copy, sizeof copy - 1); /* not what came last: it is anybody's */
	tls_put_in(BIO(1), RECORD_2, sizeof RECORD_2 - 1);
	CHECK(!reads_from(1, BIO(1), OK));
	tls_put_in(BIO(1), RECORD_1, sizeof RECORD_1 - 1);
	CHECK(reads_from(1, BIO(1), OK) && at(b)->in.frame.begun == 1);
	CHECK(!(at(a)->flags & DUMP_TLS_INSIDE));
	CHECK(!reads_from(2, BIO(2), OK));
}

static void fewer_bytes_than_a_mark_tell_nothing(void)
{
	int fd = client();

	GOES_IN(fd, HELLO);
	moves(fd, true, RECORD_1, 5);
	tls_put_in(BIO(1), RECORD_1, 5);
	tls_put_in(BIO(1), HELLO, sizeof HELLO - 1); /* not what came last */
	CHECK(!reads_from(1, BIO(1), OK));
}

static void a_bio_that_is_used_again(void)
{
	int a = client(), b = client();

	GOES_IN(a, HELLO);
	tls_put_in(BIO(1), HELLO, sizeof HELLO - 1);
	CHECK(reads_from(1, BIO(1), ""));
	GOES_IN(b, HELLO);
	tls_put_in(BIO(1), HELLO, sizeof HELLO - 1);
	CHECK(reads_from(2, BIO(1), OK) && at(b)->in.frame.begun == 1 && at(a)->in.frame.begun == 0);
}

static void a_pair_is_filled_at_its_other_end(void)
{
	int fd = client();

	tls_paired(BIO(1), BIO(2));
	GOES_IN(fd, HELLO);
	tls_put_in(BIO(2), HELLO, sizeof HELLO - 1);
	CHECK(reads_from(1, BIO(1), OK) && at(fd)->in.frame.begun == 1);
}

/* ---- TLS in TLS ------------------------------------------------------------------------------------------ */

/* A session to a proxy carries another one: what is innermost is followed. */
static void a_tunnel_through_a_tls_proxy(void)
{
	int fd = client();
	struct tls_call outer, inner;

	CHECK(handshake(1, fd) && writes(1, fd, "CONNECT inside:443 HTTP/1.1\r\n\r\n"));
	CHECK(reads(1, fd, "HTTP/1.1 200 OK\r\n\r\n"));
	CHECK(at(fd)->protocol == DUMP_PROTOCOL_UNKNOWN);
	for (int i = 0; i < 2; i++) { /* the handshake inside, then a request */
		tls_begin(&outer, SESSION(2));
		tls_begin(&inner, SESSION(1));
		GOES_OUT(fd, RECORD_1);
		if (tls_end(&inner))
			tls_out(&inner, RECORD_1, sizeof RECORD_1 - 1);
		CHECK(tls_end(&outer) && outer.conn == at(fd));
	}
	tls_out(&outer, GET, sizeof GET - 1);
	CHECK(!reads(1, fd, NULL) && reads(2, -1, OK));
	CHECK(asked_and_answered(fd, 1, 1));
}

/* One thread is to read and one to write, and both find the session at once, as in a server of HTTP/2: who comes
 * second has not seen that the first was there. */
static void two_threads_begin_one_session(void)
{
	int fd = client();
	struct dump_conn *c = at(fd);

	CHECK(plain_begin_once(&here, c, c->id, true));
	plain_out(&here, c, c->id, true, GET, sizeof GET - 1);
	CHECK(plain_begin_once(&here, c, c->id, true));
	CHECK(asked_and_answered(fd, 1, 0) && (c->flags & DUMP_TLS_INSIDE));
	plain_in(&here, c, c->id, true, OK, sizeof OK - 1);
	CHECK(asked_and_answered(fd, 1, 1));
}

/* ---- ends -------------------------------------------------------------------------------------------------- */

#define UNTIL_CLOSE "HTTP/1.1 200 OK\r\n\r\nto the end"

static void close_notify_ends_a_body(void)
{
	int fd = client();

	CHECK(handshake(1, fd) && writes(1, fd, GET) && reads(1, fd, UNTIL_CLOSE));
	CHECK(at(fd)->in.frame.done == 0);
	plain_eof(&here, at(fd), at(fd)->id, false, true);
	CHECK(at(fd)->in.frame.done == 1 && at(fd)->in.eof);
}

static void a_stream_that_is_cut_off_ends_no_body(void)
{
	int fd = client();

	CHECK(handshake(1, fd) && writes(1, fd, GET) && reads(1, fd, UNTIL_CLOSE));
	moves(fd, true, "", 0);
	CHECK(at(fd)->in.frame.done == 0 && at(fd)->in.eof);
}

static void what_may_be_sent_twice_is_not_followed(void)
{
	int fd = client();

	CHECK(handshake(1, fd));
	plain_void(&here, at(fd), at(fd)->id, false); /* early data */
	CHECK(writes(1, fd, GET) && reads(1, fd, OK));
	CHECK(at(fd)->protocol == DUMP_PROTOCOL_NONE && at(fd)->flags & DUMP_TLS);
}

/* ---- processes and bounds ------------------------------------------------------------------------------------ */

static void child_of_a_fork_knows_no_session(void)
{
	int fd = client(), status;

	CHECK(handshake(1, fd) && writes(1, fd, GET));
	if (fork() == 0) {
		int mine;

		CHECK(!reads(1, -1, OK)); /* not into the parent's slot */
		mine = client();
		CHECK(!reads(1, -1, OK) && handshake(1, mine) && writes(1, mine, GET));
		CHECK(asked_and_answered(mine, 1, 0));
		_exit(0);
	}
	CHECK(wait(&status) > 0 && status == 0);
	CHECK(asked_and_answered(fd, 1, 0) && reads(1, -1, OK) && asked_and_answered(fd, 1, 1));
}

static bool learns(uintptr_t session, int fd)
{
	struct tls_call call;

	tls_begin(&call, (const void *)session);
	return tls_end(&call) || tls_end_at(&call, NULL, fd);
}

static void a_full_table_is_counted_and_makes_room_for_the_living(void)
{
	int many = client(), one = client();
	uintptr_t n = 1;

	while (learns(n * 64, many))
		CHECK(n++ <= TLS_ENTRIES); /* a pigeon more than there are holes */
	CHECK(n > TLS_ENTRIES / 4 && here.arena.process->lost[DUMP_LOST_TLS] == 1);
	CHECK(!learns(n * 64, one) && !(at(one)->flags & DUMP_TLS));
	conn_close(many);
	CHECK(learns(n * 64, one));
}

ALONE(the_socket_used_inside_the_call)
ALONE(a_call_that_had_to_wait_tells_as_well)
ALONE(what_was_learned_serves_the_librarys_buffer)
ALONE(a_handshake_that_the_library_gives_up)
ALONE(two_sessions_in_turns)
ALONE(the_librarys_descriptor_comes_last)
ALONE(a_number_that_is_used_again_is_another_connection)
ALONE(an_address_that_is_used_again_is_another_session)
ALONE(a_session_that_is_cleared_and_connects_again)
ALONE(a_callback_asks_a_server_of_its_own)
ALONE(a_callback_speaks_tls_with_a_server_of_its_own)
ALONE(a_datagram_socket_is_no_session)
ALONE(received_bytes_are_known_again_in_a_bio)
ALONE(fewer_bytes_than_a_mark_tell_nothing)
ALONE(a_bio_that_is_used_again)
ALONE(a_pair_is_filled_at_its_other_end)
ALONE(a_tunnel_through_a_tls_proxy)
ALONE(two_threads_begin_one_session)
ALONE(close_notify_ends_a_body)
ALONE(a_stream_that_is_cut_off_ends_no_body)
ALONE(what_may_be_sent_twice_is_not_followed)
ALONE(child_of_a_fork_knows_no_session)
ALONE(a_full_table_is_counted_and_makes_room_for_the_living)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_socket_used_inside_the_call),
		cmocka_unit_test(test_a_call_that_had_to_wait_tells_as_well),
		cmocka_unit_test(test_what_was_learned_serves_the_librarys_buffer),
		cmocka_unit_test(test_a_handshake_that_the_library_gives_up),
		cmocka_unit_test(test_two_sessions_in_turns),
		cmocka_unit_test(test_the_librarys_descriptor_comes_last),
		cmocka_unit_test(test_a_number_that_is_used_again_is_another_connection),
		cmocka_unit_test(test_an_address_that_is_used_again_is_another_session),
		cmocka_unit_test(test_a_session_that_is_cleared_and_connects_again),
		cmocka_unit_test(test_a_callback_asks_a_server_of_its_own),
		cmocka_unit_test(test_a_callback_speaks_tls_with_a_server_of_its_own),
		cmocka_unit_test(test_a_datagram_socket_is_no_session),
		cmocka_unit_test(test_received_bytes_are_known_again_in_a_bio),
		cmocka_unit_test(test_fewer_bytes_than_a_mark_tell_nothing),
		cmocka_unit_test(test_a_bio_that_is_used_again),
		cmocka_unit_test(test_a_pair_is_filled_at_its_other_end),
		cmocka_unit_test(test_a_tunnel_through_a_tls_proxy),
		cmocka_unit_test(test_two_threads_begin_one_session),
		cmocka_unit_test(test_close_notify_ends_a_body),
		cmocka_unit_test(test_a_stream_that_is_cut_off_ends_no_body),
		cmocka_unit_test(test_what_may_be_sent_twice_is_not_followed),
		cmocka_unit_test(test_child_of_a_fork_knows_no_session),
		cmocka_unit_test(test_a_full_table_is_counted_and_makes_room_for_the_living),
	};

	return IN_FOLDER(tests);
}
