/* SPDX-License-Identifier: Apache-2.0 */
/* The verdicts: one test for each row, from facts written by hand. */
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "facts.h"

/* 1. closed */
ROW(closed_drained, closed(http(c, 1, 1, 1)), CLOSED, DRAINED, FRAMING)
ROW(closed_unframed, closed(c)->in.bytes = 5, CLOSED, UNFRAMED, KERNEL)
ROW(closed_unused, closed(c), CLOSED, UNUSED, KERNEL)
ROW(closed_peer_closed, closed(http(c, 1, 1, 0))->in.eof = 1, CLOSED, PEER_CLOSED, KERNEL)
ROW(closed_errored, closed(http(c, 1, 1, 0))->in.error = ECONNRESET, CLOSED, ERRORED, KERNEL)
ROW(closed_connect_failed, { closed(c)->flags = DUMP_CONNECT_FAILED; c->connect_errno = ECONNREFUSED; }, CLOSED,
    CONNECT_FAILED, KERNEL)
ROW(closed_never_connected, closed(c)->flags = 0, CLOSED, NEVER_CONNECTED, KERNEL)
ROW(closed_bound, closed(c)->flags = DUMP_BOUND, CLOSED, NEVER_CONNECTED, KERNEL)
ROW(closed_listener, closed(c)->flags = DUMP_BOUND | DUMP_LISTENING, CLOSED, UNFRAMED, KERNEL)
ROW(closed_unseen, closed(c)->flags |= DUMP_CLOSED_UNSEEN, CLOSED, UNSEEN, KERNEL)
ROW(closed_gone, synth_kernel(&s, c, 0, 0)->has = DUMP_KERNEL_GONE, CLOSED, UNSEEN, KERNEL)
ROW(closed_exec, { s.process.end = DUMP_END_EXEC; c->flags |= DUMP_EXEC_CLOEXEC; }, CLOSED, EXEC, KERNEL)
ROW(closed_early_undrained, closed(http(c, 1, 1, 0)), CLOSED_EARLY, UNDRAINED, FRAMING)
ROW(closed_early_unread, closed(http(c, 2, 1, 1)), CLOSED_EARLY, UNREAD, FRAMING)
ROW(closed_at_its_end, { closed(http(c, 1, 1, 1))->in.eof = 1; }, CLOSED, DRAINED, FRAMING)
ROW(closed_connecting, closed(c)->flags = DUMP_CONNECTING, CLOSED, NEVER_CONNECTED, KERNEL)
ROW(closed_after_a_second_try, closed(http(c, 1, 1, 1))->flags |= DUMP_CONNECT_FAILED, CLOSED, DRAINED, FRAMING)
ROW(closed_early_by_a_server, { closed(http(c, 1, 1, 0)); swap_sides(c); }, CLOSED_EARLY, UNDRAINED, FRAMING)
ROW(closed_what_stdio_read, closed(http(c, 1, 0, 0))->flags |= DUMP_STDIO, CLOSED, UNFRAMED, KERNEL)
ROW(closed_what_stdio_used, closed(c)->flags |= DUMP_STDIO, CLOSED, UNFRAMED, KERNEL)
/* 2. no connection */
ROW(open_datagram, c->type = SOCK_DGRAM, OPEN, DATAGRAM, KERNEL)
ROW(open_netlink, { c->family = AF_NETLINK; c->type = SOCK_RAW; }, OPEN, NETLINK, KERNEL)
ROW(open_raw, c->type = SOCK_RAW, OPEN, RAW, KERNEL)
ROW(open_pair, { c->family = AF_UNIX; c->flags = DUMP_PAIR; }, OPEN, PAIR, KERNEL)
ROW(open_inherited, http(c, 1, 1, 0)->flags |= DUMP_INHERITED, OPEN, INHERITED, KERNEL)
ROW(open_passed_on, s.process.end = DUMP_END_EXEC, OPEN, PASSED_ON, KERNEL)
ROW(listening, c->flags = DUMP_BOUND | DUMP_LISTENING, LISTENING, LISTENING, KERNEL)
/* 3. never a connection */
ROW(listened_on_by_a_child, { c->flags = DUMP_BOUND; synth_kernel(&s, c, TCP_LISTEN, 0); }, LISTENING, LISTENING, KERNEL)
ROW(leaked_connect_failed, { c->flags = DUMP_CONNECT_FAILED; c->connect_errno = ECONNREFUSED; }, LEAKED,
    CONNECT_FAILED, KERNEL)
ROW(leaked_never_connected, c->flags = 0, LEAKED, NEVER_CONNECTED, KERNEL)
ROW(leaked_bound, c->flags = DUMP_BOUND, LEAKED, NEVER_CONNECTED, KERNEL)
ROW(leaked_still_connecting, c->flags = DUMP_CONNECTING, LEAKED, NEVER_CONNECTED, KERNEL)
ROW(connecting_and_the_kernel_knows_more,
    { c->flags = DUMP_CONNECTING; synth_kernel(&s, c, TCP_ESTABLISHED, 0); }, DRAINED, UNUSED, HEURISTIC)
ROW(connected_and_shut_before_anybody_asked,
    { c->flags = DUMP_CONNECTING | DUMP_SHUT_WR; synth_kernel(&s, c, TCP_FIN_WAIT2, 0); }, LEAKED, SHUT_DOWN, KERNEL)
ROW(refused_and_nobody_asked, { c->flags = DUMP_CONNECTING; synth_kernel(&s, c, TCP_CLOSE, 0); }, LEAKED,
    NEVER_CONNECTED, KERNEL)
/* 4. told of the end, and kept */
ROW(leaked_peer_closed, http(c, 1, 1, 1)->in.eof = 1, LEAKED, PEER_CLOSED, KERNEL)
ROW(leaked_errored, http(c, 1, 1, 0)->in.error = ECONNRESET, LEAKED, ERRORED, KERNEL)
ROW(leaked_epipe, http(c, 1, 0, 0)->out.error = EPIPE, LEAKED, ERRORED, KERNEL)
ROW(leaked_last_response, http(c, 1, 1, 1)->in.frame.flags = DUMP_FRAME_CLOSE, LEAKED, PEER_CLOSED, FRAMING)
ROW(leaked_request_said_close, http(c, 1, 1, 1)->out.frame.flags = DUMP_FRAME_CLOSE, LEAKED, PEER_CLOSED, FRAMING)
ROW(an_error_says_more_than_the_end, { http(c, 1, 1, 1)->in.eof = 1; c->out.error = EPIPE; }, LEAKED, ERRORED, KERNEL)
ROW(told_of_the_end_in_the_middle, http(c, 1, 1, 0)->in.eof = 1, LEAKED, PEER_CLOSED, KERNEL)
ROW(asked_again_after_the_last_response, http(c, 2, 1, 1)->in.frame.flags = DUMP_FRAME_CLOSE, LEAKED, UNREAD, FRAMING)
/* 6. outstanding */
ROW(leaked_undrained, http(c, 1, 1, 0), LEAKED, UNDRAINED, FRAMING)
ROW(leaked_unread, http(c, 2, 1, 1), LEAKED, UNREAD, FRAMING)
ROW(leaked_unanswered, { http(c, 1, 0, 0); swap_sides(c); }, LEAKED, UNANSWERED, FRAMING)
ROW(leaked_half_answered, { http(c, 1, 1, 0); swap_sides(c); }, LEAKED, UNANSWERED, FRAMING)
ROW(leaked_until_close, { http(c, 1, 1, 0)->in.frame.flags = DUMP_FRAME_UNTIL_CLOSE; swap_sides(c); }, LEAKED, UNANSWERED,
    FRAMING)
ROW(closed_until_close, { http(closed(c), 1, 1, 0)->in.frame.flags = DUMP_FRAME_UNTIL_CLOSE; swap_sides(c); }, CLOSED, DRAINED,
    FRAMING)
/* That answer was the connection's last, whatever else had been asked (RFC 9112 section 9.6). */
ROW(closed_until_close_and_asked_more, { http(closed(c), 2, 1, 0)->in.frame.flags = DUMP_FRAME_UNTIL_CLOSE; swap_sides(c); },
    CLOSED, DRAINED, FRAMING)
ROW(closed_until_close_by_the_client, http(closed(c), 1, 1, 0)->in.frame.flags = DUMP_FRAME_UNTIL_CLOSE, CLOSED_EARLY,
    UNDRAINED, FRAMING)
ROW(closed_an_early_stream_is_no_fact, {
	http(closed(c), 1, 1, 1)->protocol = DUMP_PROTOCOL_HTTP2;
	s.streams.conn = c->id;
	s.streams.open[0] = (uint64_t)(DUMP_STREAM_EARLY | DUMP_STREAM_ANSWERED) << 32 | 5;
}, CLOSED, DRAINED, FRAMING)
ROW(leaked_unread_by_kernel, synth_kernel(&s, c, TCP_ESTABLISHED, 7), LEAKED, UNREAD, KERNEL)
ROW(leaked_undrained_by_kernel, { c->in.bytes = 3; synth_kernel(&s, c, TCP_ESTABLISHED, 7); }, LEAKED, UNDRAINED,
    KERNEL)
/* TLS that nobody sees into: what is queued may be tickets, settings, a goodbye. More than a record is not. */
#define OPAQUE(c, in_at, out_at)                                                                  \
	(c)->flags |= DUMP_TLS, (c)->protocol = DUMP_PROTOCOL_TLS, (c)->in.bytes = (c)->out.bytes = 3000,  \
	(c)->in.last_mono = (in_at), (c)->out.last_mono = (out_at)
ROW(tls_remnants_are_no_answer, { OPAQUE(c, 20, 20); synth_kernel(&s, c, TCP_ESTABLISHED, 5 + 16384 + 256); },
    DRAINED, KEPT_ALIVE, HEURISTIC)
ROW(tls_more_than_a_record_is_undrained, { OPAQUE(c, 20, 10); synth_kernel(&s, c, TCP_ESTABLISHED, 5 + 16384 + 257); },
    LEAKED, UNDRAINED, KERNEL)
ROW(tls_more_than_a_record_is_unread, { OPAQUE(c, 10, 20); synth_kernel(&s, c, TCP_ESTABLISHED, 5 + 16384 + 257); },
    LEAKED, UNREAD, KERNEL)
ROW(tls_with_a_goodbye_queued_is_stale, { OPAQUE(c, 20, 10); synth_kernel(&s, c, TCP_CLOSE_WAIT, 31); },
    DRAINED, STALE, KERNEL)
ROW(tls_seen_into_goes_by_its_framing,
    { http(c, 1, 1, 0)->flags |= DUMP_TLS | DUMP_TLS_INSIDE; synth_kernel(&s, c, TCP_ESTABLISHED, 255); },
    LEAKED, UNDRAINED, FRAMING)
ROW(tls_seen_into_with_tickets_queued,
    { http(c, 1, 1, 1)->flags |= DUMP_TLS | DUMP_TLS_INSIDE; synth_kernel(&s, c, TCP_ESTABLISHED, 255); },
    DRAINED, KEPT_ALIVE, FRAMING)
ROW(what_stdio_read_goes_by_the_kernels_count,
    { http(c, 1, 1, 0)->flags |= DUMP_STDIO; synth_kernel(&s, c, TCP_ESTABLISHED, 0); }, LEAKED, UNDRAINED, FRAMING)
ROW(what_stdio_read_of_a_killed_process, http(c, 1, 0, 0)->flags |= DUMP_STDIO, DRAINED, KEPT_ALIVE, HEURISTIC)
/* 7. the peer is gone and nobody watches */
ROW(a_clients_peer_is_gone_and_its_pool_will_notice, synth_kernel(&s, c, TCP_CLOSE_WAIT, 0), DRAINED, STALE, KERNEL)
ROW(leaked_unnoticed, { http(c, 1, 1, 1); swap_sides(c); synth_kernel(&s, c, TCP_CLOSE_WAIT, 0); }, LEAKED,
    PEER_CLOSED, KERNEL)
ROW(watched_is_not_unnoticed,
    { http(c, 1, 1, 1); swap_sides(c); c->watch = 6; synth_kernel(&s, c, TCP_CLOSE_WAIT, 0); }, DRAINED, STALE,
    KERNEL)
/* 8. idle */
ROW(drained_kept_alive, http(c, 3, 3, 3), DRAINED, KEPT_ALIVE, FRAMING)
ROW(drained_unframed, c->in.bytes = c->out.bytes = 9, DRAINED, KEPT_ALIVE, HEURISTIC)
ROW(drained_unused, (void)c, DRAINED, UNUSED, HEURISTIC)
ROW(drained_stale, { http(c, 1, 1, 1); synth_kernel(&s, c, TCP_CLOSE_WAIT, 0); }, DRAINED, STALE, KERNEL)
/* what is not believed */
ROW(lost_framing_is_no_framing, http(c, 1, 1, 0)->in.frame.flags = DUMP_FRAME_LOST, DRAINED, KEPT_ALIVE, HEURISTIC)
ROW(switched_is_in_use, http(c, 1, 0, 0)->in.frame.flags = DUMP_FRAME_SWITCHED, DRAINED, KEPT_ALIVE, HEURISTIC)
ROW(uncounted_bytes_void_the_framing, http(c, 1, 1, 0)->in.inexact = 1, DRAINED, KEPT_ALIVE, HEURISTIC)
ROW(the_kernel_saw_more,
    { http(c, 1, 1, 0); synth_kernel(&s, c, TCP_ESTABLISHED, 0)->received = c->in.bytes + 500; }, DRAINED, KEPT_ALIVE,
    HEURISTIC)
ROW(accepted_and_never_looked_at, { swap_sides(c); synth_kernel(&s, c, TCP_ESTABLISHED, 0); }, LEAKED, UNWATCHED, KERNEL)
ROW(accepted_and_read_behind_our_back,
    { swap_sides(c); synth_kernel(&s, c, TCP_ESTABLISHED, 0)->received = 96; }, DRAINED, KEPT_ALIVE, HEURISTIC)
ROW(a_fin_counts_as_one_byte,
    { http(c, 1, 1, 0); synth_kernel(&s, c, TCP_CLOSE_WAIT, 0)->received = c->in.bytes + 1; }, LEAKED, UNDRAINED,
    FRAMING)

/* 4. told of its end, and the process ended */
#define ENDED_AFTER(ms, us)                                                                       \
	{                                                                                         \
		http(c, 1, 1, 1)->in.eof = 1;                                                     \
		synth_conn(&s);                                                                   \
		c->in.last_mono = s.process.started_mono + 1000000000;                            \
		s.process.end = DUMP_END_EXIT;                                                    \
		s.process.ended_mono = c->in.last_mono + (ms) * 1000000ull;                       \
		s.process.delayed_us = (us);                                                      \
	}
#define LIVED(ms) s.process.born_mono = s.process.ended_mono - (ms) * 1000000ull
ROW(ended_right_then, ENDED_AFTER(90, 0), CLOSED, BY_EXIT, KERNEL)
ROW(went_on_before_it_ended, ENDED_AFTER(300, 0), LEAKED, PEER_CLOSED, KERNEL)
ROW(was_kept_from_ending, ENDED_AFTER(300, 250000), CLOSED, BY_EXIT, KERNEL)
ROW(went_on_more_than_it_was_kept, ENDED_AFTER(300, 150000), LEAKED, PEER_CLOSED, KERNEL)
ROW(was_kept_in_a_long_life, ENDED_AFTER(600, 100000000), LEAKED, PEER_CLOSED, KERNEL)
ROW(was_kept_all_its_life, { ENDED_AFTER(600, 1900000) LIVED(2000); }, CLOSED, BY_EXIT, KERNEL) /* 30 ms were its own */
ROW(was_kept_half_its_life, { ENDED_AFTER(600, 1000000) LIVED(2000); }, LEAKED, PEER_CLOSED, KERNEL)
ROW(was_kept_for_longer_than_it_lived, { ENDED_AFTER(600, 2000000) LIVED(1000); }, LEAKED, PEER_CLOSED, KERNEL)

/* 5. in use */
static void test_active_waiting(void **unused)
{
	struct dump_conn *c = http(synth_conn(&s), 1, 0, 0);

	s.threads[0] = (struct dump_thread){.id = 2, .flags = DUMP_THREAD_STARTED, .waiting_in = DUMP_CALL_recv,
					    .waiting_on = c->id, .waiting_epfd = -1};
	s.thread_count = 1;
	decide();
	check(0, VERDICT_ACTIVE, REASON_WAITING, EVIDENCE_FRAMING);
}

/* What it has moved so far the kernel has counted and we have not: no framing is believed. */
static void test_who_sends_is_at_work(void **unused)
{
	struct dump_conn *c = http(synth_conn(&s), 1, 1, 0);

	swap_sides(c);
	synth_kernel(&s, c, TCP_ESTABLISHED, 0)->acked += 100000;
	s.threads[0] = (struct dump_thread){.id = 2, .flags = DUMP_THREAD_STARTED, .waiting_in = DUMP_CALL_sendto,
					    .waiting_on = c->id, .waiting_epfd = -1};
	s.thread_count = 1;
	decide();
	check(0, VERDICT_ACTIVE, REASON_WAITING, EVIDENCE_KERNEL);
}

static void test_an_ended_thread_waits_for_nothing(void **unused)
{
	struct dump_conn *c = http(synth_conn(&s), 1, 0, 0);

	s.threads[0] = (struct dump_thread){.id = 2, .flags = DUMP_THREAD_ENDED, .waiting_in = DUMP_CALL_recv,
					    .waiting_on = c->id, .waiting_epfd = -1};
	s.thread_count = 1;
	decide();
	check(0, VERDICT_LEAKED, REASON_UNREAD, EVIDENCE_FRAMING);
}

/* A set that goes on holding what nobody reads is no reader. */
static void test_epoll_waits_only_for_an_answer_not_begun(void **unused)
{
	http(synth_conn(&s), 1, 0, 0)->watch = 8;
	http(synth_conn(&s), 1, 1, 0)->watch = 8;
	s.threads[0] = (struct dump_thread){.id = 1, .flags = DUMP_THREAD_MAIN, .waiting_in = DUMP_CALL_epoll_wait,
					    .waiting_epfd = 7};
	s.thread_count = 1;
	decide();
	check(0, VERDICT_ACTIVE, REASON_WAITING, EVIDENCE_FRAMING);
	check(1, VERDICT_LEAKED, REASON_UNDRAINED, EVIDENCE_FRAMING);
}

/* ---- reuse ------------------------------------------------------------------------------------------ */

static void test_abandoned(void **unused)
{
	for (int i = 0; i < 3; i++)
		http(synth_conn(&s), 1, 1, 1);
	decide();
	for (unsigned i = 0; i < 3; i++)
		check(i, VERDICT_LEAKED, REASON_ABANDONED, EVIDENCE_REUSE);
	assert_int_equal(m.call_sites[0].counts.of[VERDICT_LEAKED], 3);
	assert_true(m.call_sites[0].counts.one_reason);
}

/* Three WebSockets, or three of a protocol that we do not know, may well be at work. */
static void test_without_framing_nothing_is_abandoned(void **unused)
{
	for (int i = 0; i < 3; i++) {
		struct dump_conn *c = synth_conn(&s);

		OPAQUE(c, 20, 10);
	}
	for (int i = 0; i < 3; i++)
		synth_conn(&s)->in.bytes = 5;
	decide();
	for (unsigned i = 0; i < 6; i++)
		if (m.conns[i].verdict != VERDICT_DRAINED || m.conns[i].evidence != EVIDENCE_HEURISTIC)
			fail_msg("connection %u is %s", i + 1, verdict_name(m.conns[i].verdict));
}

static void test_unused_ones_may_be_abandoned(void **unused)
{
	for (int i = 0; i < 3; i++)
		synth_conn(&s)->opened_mono += (uint64_t)i * 40000000;
	decide();
	check(0, VERDICT_LEAKED, REASON_ABANDONED, EVIDENCE_REUSE);
}

static void test_the_newest_may_be_in_use(void **unused)
{
	for (int i = 0; i < 3; i++)
		http(synth_conn(&s), 1, 1, 1);
	s.conns[2].in.last_next_id = 9;
	s.process.next_id = 9;
	decide();
	for (unsigned i = 0; i < 3; i++)
		check(i, VERDICT_LEAKED, REASON_ABANDONED, EVIDENCE_REUSE);
}

static void test_a_stack_not_taken_abandons_nothing(void **unused)
{
	for (int i = 0; i < 3; i++)
		http(synth_conn(&s), 1, 1, 1)->stack = 1;
	decide();
	check(0, VERDICT_DRAINED, REASON_BYPASSED, EVIDENCE_FRAMING);
	check(2, VERDICT_DRAINED, REASON_KEPT_ALIVE, EVIDENCE_FRAMING);
}

static void test_two_are_not_abandoned(void **unused)
{
	for (int i = 0; i < 2; i++)
		http(synth_conn(&s), 1, 1, 1);
	decide();
	check(0, VERDICT_DRAINED, REASON_BYPASSED, EVIDENCE_FRAMING);
	check(1, VERDICT_DRAINED, REASON_KEPT_ALIVE, EVIDENCE_FRAMING);
}

static void test_one_that_is_used_again_saves_all(void **unused)
{
	for (int i = 0; i < 3; i++)
		http(synth_conn(&s), 1, 1, 1);
	s.conns[1].in.last_next_id = 4; /* after the third was opened */
	decide();
	check(0, VERDICT_DRAINED, REASON_BYPASSED, EVIDENCE_FRAMING);
	check(1, VERDICT_DRAINED, REASON_KEPT_ALIVE, EVIDENCE_FRAMING);
	check(2, VERDICT_DRAINED, REASON_KEPT_ALIVE, EVIDENCE_FRAMING);
}

static void test_other_peers_and_places_do_not_add_up(void **unused)
{
	for (int i = 0; i < 4; i++)
		http(synth_conn(&s), 1, 1, 1);
	s.conns[1].peer_port = 81;
	s.conns[2].stack = 1;
	decide();
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(m.conns[i].verdict, VERDICT_DRAINED);
}

static void test_accepted_ones_are_never_abandoned(void **unused)
{
	for (int i = 0; i < 5; i++)
		swap_sides(http(synth_conn(&s), 1, 1, 1));
	decide();
	for (unsigned i = 0; i < 5; i++)
		check(i, VERDICT_DRAINED, REASON_KEPT_ALIVE, EVIDENCE_FRAMING);
}

static void test_a_closed_newer_one_bypasses_too(void **unused)
{
	http(synth_conn(&s), 1, 1, 1);
	closed(http(synth_conn(&s), 1, 1, 1));
	decide();
	check(0, VERDICT_DRAINED, REASON_BYPASSED, EVIDENCE_FRAMING);
}

/* ---- HTTP/2 ------------------------------------------------------------------------------------------- */

static void http2(uint32_t bits)
{
	struct dump_conn *c = http(synth_conn(&s), 2, 2, 1);

	c->protocol = DUMP_PROTOCOL_HTTP2;
	s.streams.conn = c->id;
	if (bits != ~0u)
		s.streams.open[5] = (uint64_t)bits << 32 | 3;
	decide();
}

static void test_stream_begun(void **unused)
{
	http2(DUMP_STREAM_ANSWERED);
	check(0, VERDICT_LEAKED, REASON_UNDRAINED, EVIDENCE_FRAMING);
}

static void test_stream_awaited(void **unused)
{
	http2(0);
	check(0, VERDICT_LEAKED, REASON_UNREAD, EVIDENCE_FRAMING);
}

static void test_no_stream_open(void **unused)
{
	http2(~0u);
	check(0, VERDICT_DRAINED, REASON_KEPT_ALIVE, EVIDENCE_FRAMING);
}

/* ---- tally and pins -------------------------------------------------------------------------------------- */

static void test_summary_adds_up(void **unused)
{
	http(synth_conn(&s), 2, 2, 2);
	closed(http(synth_conn(&s), 1, 1, 0));
	closed(http(synth_conn(&s), 1, 1, 1));
	synth_conn(&s)->flags = DUMP_LISTENING;
	decide();
	assert_int_equal(m.summary.sockets, 4);
	assert_int_equal(m.summary.connections, 3);
	assert_int_equal(m.summary.counts.of[VERDICT_DRAINED], 1);
	assert_int_equal(m.summary.counts.of[VERDICT_CLOSED_EARLY], 1);
	assert_int_equal(m.summary.counts.of[VERDICT_CLOSED], 1);
	assert_int_equal(m.summary.counts.of[VERDICT_LISTENING], 1);
	assert_int_equal(m.summary.requests, 4);
	assert_int_equal(m.summary.responses, 3);
	assert_int_equal(m.conns[0].reused, 1);
	assert_int_equal(m.call_sites[0].opened, 4);
}

static void test_reader_and_writer_are_pinned(void **unused)
{
	uint64_t id = http(synth_conn(&s), 1, 1, 1)->id;

	s.threads[0] = (struct dump_thread){.id = 1, .flags = DUMP_THREAD_MAIN | DUMP_THREAD_OPENED, .touched = id};
	s.threads[1] = (struct dump_thread){.id = 2, .flags = DUMP_THREAD_READ, .touched = id};
	s.threads[2] = (struct dump_thread){.id = 3, .flags = DUMP_THREAD_WROTE, .touched = id};
	s.threads[3] = (struct dump_thread){.id = 4, .flags = DUMP_THREAD_READ | DUMP_THREAD_MANY, .touched = id};
	s.threads[4] = (struct dump_thread){.id = 5, .flags = DUMP_THREAD_READ | DUMP_THREAD_ENDED, .touched = id};
	s.threads[5] = (struct dump_thread){.id = 6, .born_for = id};
	s.thread_count = 6;
	s.process.threads_made = 5;
	s.process.threads_ended = 1;
	decide();
	assert_int_equal(m.summary.threads_created, 5);
	assert_int_equal(m.summary.threads_alive, 5);
	assert_int_equal(m.summary.threads_pinned, 3);
	assert_int_equal(m.threads[0].role, MODEL_THREAD_MAIN);
	assert_false(m.threads[0].pins);
	assert_int_equal(m.threads[1].role, MODEL_THREAD_READER);
	assert_int_equal(m.threads[2].role, MODEL_THREAD_WRITER);
	assert_int_equal(m.threads[3].role, MODEL_THREAD_WORKER);
	assert_false(m.threads[3].pins || m.threads[4].pins);
	assert_true(m.threads[1].pins && m.threads[2].pins && m.threads[5].pins);
}

#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(closed_drained), T(closed_unframed), T(closed_unused), T(closed_peer_closed), T(closed_errored),
		T(closed_connect_failed), T(closed_never_connected), T(closed_bound), T(closed_listener),
		T(closed_unseen), T(closed_gone), T(closed_exec),
		T(closed_early_undrained), T(closed_early_unread), T(open_datagram), T(open_netlink), T(open_raw),
		T(open_pair), T(open_inherited), T(open_passed_on), T(listening),
		T(leaked_connect_failed), T(leaked_never_connected), T(leaked_bound), T(listened_on_by_a_child), T(leaked_still_connecting),
		T(connecting_and_the_kernel_knows_more), T(leaked_peer_closed), T(leaked_errored), T(leaked_epipe),
		T(leaked_last_response), T(leaked_undrained), T(leaked_unread), T(leaked_unanswered),
		T(leaked_half_answered), T(leaked_request_said_close), T(leaked_until_close), T(closed_until_close),
		T(closed_until_close_by_the_client), T(closed_an_early_stream_is_no_fact), T(leaked_unread_by_kernel), T(leaked_undrained_by_kernel),
		T(tls_remnants_are_no_answer), T(tls_more_than_a_record_is_undrained),
		T(tls_more_than_a_record_is_unread), T(tls_with_a_goodbye_queued_is_stale),
		T(tls_seen_into_goes_by_its_framing), T(tls_seen_into_with_tickets_queued),
		T(without_framing_nothing_is_abandoned), T(unused_ones_may_be_abandoned), T(leaked_unnoticed), T(watched_is_not_unnoticed), T(drained_kept_alive),
		T(drained_unframed), T(drained_unused), T(drained_stale), T(lost_framing_is_no_framing),
		T(switched_is_in_use), T(uncounted_bytes_void_the_framing), T(the_kernel_saw_more),
		T(accepted_and_never_looked_at), T(accepted_and_read_behind_our_back),
		T(a_fin_counts_as_one_byte), T(active_waiting), T(who_sends_is_at_work), T(an_ended_thread_waits_for_nothing),
		T(epoll_waits_only_for_an_answer_not_begun), T(closed_at_its_end), T(closed_connecting), T(closed_after_a_second_try),
		T(closed_early_by_a_server), T(closed_until_close_and_asked_more), T(closed_what_stdio_read), T(closed_what_stdio_used),
		T(connected_and_shut_before_anybody_asked), T(refused_and_nobody_asked),
		T(an_error_says_more_than_the_end), T(told_of_the_end_in_the_middle),
		T(asked_again_after_the_last_response), T(what_stdio_read_goes_by_the_kernels_count),
		T(what_stdio_read_of_a_killed_process), T(a_clients_peer_is_gone_and_its_pool_will_notice),
		T(the_newest_may_be_in_use), T(a_stack_not_taken_abandons_nothing), T(abandoned), T(two_are_not_abandoned),
		T(one_that_is_used_again_saves_all), T(other_peers_and_places_do_not_add_up),
		T(accepted_ones_are_never_abandoned), T(a_closed_newer_one_bypasses_too), T(stream_begun),
		T(ended_right_then), T(went_on_before_it_ended), T(was_kept_from_ending), T(went_on_more_than_it_was_kept),
		T(was_kept_in_a_long_life), T(was_kept_all_its_life), T(was_kept_half_its_life), T(was_kept_for_longer_than_it_lived),
		T(stream_awaited), T(no_stream_open), T(summary_adds_up), T(reader_and_writer_are_pinned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
