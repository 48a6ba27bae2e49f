/* SPDX-License-Identifier: Apache-2.0 */
/* The verdicts of a process that still runs, and of what its threads wait for. */
#include <errno.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "facts.h"

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void read_text(const char *path, char *to, int size)
{
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	assert_non_null(fgets(to, size, file));
	fclose(file);
}

/* The dump becomes that of this very process. What it did is long ago, but for what is said. */
static void running(void)
{
	char text[1024], *field;
	unsigned at = 0;

	read_text("/proc/self/stat", text, sizeof text);
	field = strrchr(text, ')');
	for (int i = 2; i < 22; i++)
		field = strchr(field + 1, ' ');
	s.process.pid = (uint32_t)getpid();
	s.process.start_ticks = strtoull(field + 1, NULL, 10);
	read_text("/proc/sys/kernel/random/boot_id", text, sizeof text);
	for (const char *c = text; *c && at < 16; c += *c == '-' ? 1 : 2)
		if (*c != '-')
			sscanf(c, "%2hhx", &s.process.boot_id[at++]);
}

static struct dump_thread *thread(uint32_t id, enum dump_call call, uint64_t on)
{
	struct dump_thread *t = &s.threads[s.thread_count++];

	*t = (struct dump_thread){.id = id, .flags = DUMP_THREAD_STARTED, .waiting_in = call, .waiting_on = on,
				  .waiting_epfd = -1};
	return t;
}

/* ---- traffic ------------------------------------------------------------------------------------- */

ROW(traffic, { running(); http(c, 1, 1, 0)->in.last_mono = now(); }, ACTIVE, TRAFFIC, KERNEL)
ROW(a_write_is_traffic, { running(); http(c, 1, 1, 0)->out.last_mono = now(); }, ACTIVE, TRAFFIC, KERNEL)
ROW(opened_just_now, { running(); c->opened_mono = c->connected_mono = now(); }, ACTIVE, TRAFFIC, KERNEL)
ROW(a_socket_made_just_now, { running(); c->flags = 0; c->opened_mono = now(); }, ACTIVE, TRAFFIC, KERNEL)
ROW(long_ago, { running(); http(c, 1, 1, 0); }, LEAKED, UNDRAINED, FRAMING)
ROW(idle_and_read, { running(); http(c, 1, 1, 1); }, DRAINED, KEPT_ALIVE, FRAMING)
ROW(of_a_running_process_only, http(c, 1, 1, 0)->in.last_mono = now(), LEAKED, UNDRAINED, FRAMING)
ROW(told_of_the_end_just_now, { running(); http(c, 1, 1, 1)->in.last_mono = now(); c->in.eof = 1; }, LEAKED,
    PEER_CLOSED, KERNEL)
ROW(refused_just_now, { running(); c->flags = DUMP_CONNECT_FAILED; c->opened_mono = now(); }, LEAKED,
    CONNECT_FAILED, KERNEL)

/* ---- waiting ------------------------------------------------------------------------------------- */

ROW(a_connect_that_lasts, { running(); c->flags = 0; thread(1, DUMP_CALL_connect, c->id); }, ACTIVE, WAITING, KERNEL)
ROW(a_connect_that_was_killed, { c->flags = 0; thread(1, DUMP_CALL_connect, c->id); }, LEAKED, NEVER_CONNECTED, KERNEL)
ROW(a_connect_that_nobody_waits_for, { running(); c->flags = DUMP_CONNECTING; }, LEAKED, NEVER_CONNECTED, KERNEL)
ROW(a_reader_of_no_known_protocol,
    { running(); c->in.bytes = 3; synth_kernel(&s, c, TCP_ESTABLISHED, 7); thread(1, DUMP_CALL_recv, c->id); },
    DRAINED, KEPT_ALIVE, HEURISTIC)
ROW(a_reader_of_the_next_request_is_idle,
    { http(c, 1, 1, 1); swap_sides(c); thread(1, DUMP_CALL_read, c->id); }, DRAINED, KEPT_ALIVE, FRAMING)
ROW(a_reader_would_notice,
    { http(c, 1, 1, 1); swap_sides(c); synth_kernel(&s, c, TCP_CLOSE_WAIT, 0); thread(1, DUMP_CALL_read, c->id); },
    DRAINED, STALE, KERNEL)

/* Connection 1 was accepted, and its request read by thread 2; for connection 2 that thread waits. */
static void proxy(unsigned asked, unsigned answered, uint32_t who)
{
	struct dump_conn *accepted = http(synth_conn(&s), 1, 0, 0);

	swap_sides(accepted);
	accepted->in.thread = 2;
	http(synth_conn(&s), asked, answered, answered);
	thread(who, DUMP_CALL_recv, 2);
	decide();
}

static void test_a_proxy_works_on_what_it_waits_for_elsewhere(void **unused)
{
	proxy(1, 0, 2);
	check(0, VERDICT_ACTIVE, REASON_WAITING, EVIDENCE_HEURISTIC);
	check(1, VERDICT_ACTIVE, REASON_WAITING, EVIDENCE_FRAMING);
}

static void test_another_threads_wait_is_no_work_on_it(void **unused)
{
	proxy(1, 0, 3);
	check(0, VERDICT_LEAKED, REASON_UNANSWERED, EVIDENCE_FRAMING);
}

static void test_who_waits_for_nothing_in_particular_does_not_work(void **unused)
{
	proxy(1, 1, 2);
	check(0, VERDICT_LEAKED, REASON_UNANSWERED, EVIDENCE_FRAMING);
	check(1, VERDICT_DRAINED, REASON_KEPT_ALIVE, EVIDENCE_FRAMING);
}

/* ---- streams of HTTP/2: in Go, who reads a body or handles a request is not who reads the connection -------------- */

static void streams(struct dump_conn *c, unsigned answered, unsigned awaited)
{
	http(c, answered + awaited, answered, 0)->protocol = DUMP_PROTOCOL_HTTP2;
	s.streams.conn = c->id;
	for (unsigned i = 0; i < answered + awaited; i++)
		s.streams.open[i] = (uint64_t)(i < answered ? DUMP_STREAM_ANSWERED : 0) << 32 | (2 * i + 1);
}

static void goroutines(uint32_t flags, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		thread(10 + i, DUMP_CALL_none, 0)->flags |= DUMP_THREAD_GOROUTINE | flags;
}

ROW(each_body_is_read, { streams(c, 2, 0); goroutines(DUMP_THREAD_READS_BODY, 2); }, ACTIVE, WAITING, RUNTIME)
ROW(one_body_is_not_read, { streams(c, 3, 0); goroutines(DUMP_THREAD_READS_BODY, 2); }, LEAKED, UNDRAINED, FRAMING)
ROW(a_reader_that_ended, { streams(c, 1, 0); goroutines(DUMP_THREAD_READS_BODY | DUMP_THREAD_ENDED, 1); }, LEAKED,
    UNDRAINED, FRAMING)
ROW(who_reads_bodies_awaits_none, { streams(c, 0, 1); goroutines(DUMP_THREAD_READS_BODY, 1); }, LEAKED, UNREAD, FRAMING)
ROW(each_request_is_handled, { streams(c, 1, 1); swap_sides(c); goroutines(DUMP_THREAD_HANDLES, 2); }, ACTIVE, WAITING,
    RUNTIME)
ROW(one_request_is_not_handled, { streams(c, 1, 1); swap_sides(c); goroutines(DUMP_THREAD_HANDLES, 1); }, LEAKED,
    UNANSWERED, FRAMING)
ROW(its_own_handler, { http(c, 1, 0, 0); swap_sides(c); goroutines(DUMP_THREAD_HANDLES, 1); s.threads[0].touched = c->id; },
    ACTIVE, WAITING, RUNTIME)
ROW(another_ones_handler, { http(c, 1, 0, 0); swap_sides(c); goroutines(DUMP_THREAD_HANDLES, 1); }, LEAKED, UNANSWERED,
    FRAMING)
/* Which streams there were no room for nobody knows; what is there is true. */
ROW(more_than_fit_and_one_begun, { streams(c, 1, 1); s.streams.overflow = 1; }, LEAKED, UNDRAINED, FRAMING)
ROW(more_than_fit_and_none_begun, { streams(c, 0, 2); s.streams.overflow = 1; }, DRAINED, KEPT_ALIVE, HEURISTIC)

#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(traffic), T(a_write_is_traffic), T(opened_just_now), T(a_socket_made_just_now), T(long_ago),
		T(idle_and_read), T(of_a_running_process_only), T(told_of_the_end_just_now), T(refused_just_now),
		T(a_connect_that_lasts), T(a_connect_that_was_killed), T(a_connect_that_nobody_waits_for),
		T(a_reader_of_no_known_protocol), T(a_reader_of_the_next_request_is_idle), T(a_reader_would_notice),
		T(a_proxy_works_on_what_it_waits_for_elsewhere), T(another_threads_wait_is_no_work_on_it),
		T(who_waits_for_nothing_in_particular_does_not_work), T(each_body_is_read), T(one_body_is_not_read),
		T(a_reader_that_ended), T(who_reads_bodies_awaits_none), T(each_request_is_handled),
		T(one_request_is_not_handled), T(its_own_handler), T(another_ones_handler), T(more_than_fit_and_one_begun),
		T(more_than_fit_and_none_begun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
