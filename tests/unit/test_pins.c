/* SPDX-License-Identifier: Apache-2.0 */
/* Who waits for whom, who serves whom, who is pinned: from facts written by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "facts.h"

/* An idle connection: drained, so that who serves it is pinned. */
static uint64_t conn(void)
{
	struct dump_conn *c = synth_conn(&s);

	c->in.bytes = c->out.bytes = 9;
	return c->id;
}

static struct dump_thread *thread(uint32_t flags, uint64_t touched)
{
	struct dump_thread *t = &s.threads[s.thread_count++];

	*t = (struct dump_thread){.id = s.thread_count + 1, .flags = DUMP_THREAD_STARTED | flags, .touched = touched,
				  .waiting_epfd = -1};
	return t;
}

static void waits(struct dump_thread *t, enum dump_call call, uint64_t on)
{
	t->waiting_in = call;
	t->waiting_on = on;
}

static void check_thread(uint64_t serves, enum model_thread_role role, bool pins)
{
	decide();
	assert_int_equal(m.threads[0].serves, serves);
	assert_int_equal(m.threads[0].role, role);
	assert_int_equal(m.threads[0].pins, pins);
	assert_int_equal(m.summary.threads_pinned, pins);
}

/* One thread each: what it did, then what it is. */
#define THREAD_ROW(name, facts, serves, role, pins)                                                      \
	static void test_##name(void **unused)                                                    \
	{                                                                                         \
		uint64_t id = conn();                                                             \
		struct dump_thread *t;                                                            \
                                                                                                  \
		facts;                                                                            \
		(void)id, (void)t;                                                                \
		check_thread(serves, MODEL_THREAD_##role, pins);                                         \
	}

THREAD_ROW(reads_one, thread(DUMP_THREAD_READ, id), id, READER, true)
THREAD_ROW(writes_one, thread(DUMP_THREAD_WROTE, id), id, WRITER, true)
THREAD_ROW(reads_and_writes_one, thread(DUMP_THREAD_READ | DUMP_THREAD_WROTE, id), id, READER_WRITER, true)
THREAD_ROW(opened_one, thread(DUMP_THREAD_OPENED, id), id, WORKER, true)
THREAD_ROW(touched_two, thread(DUMP_THREAD_READ | DUMP_THREAD_MANY, id), 0, WORKER, false)
THREAD_ROW(touched_none, thread(0, 0), 0, NONE, false)
THREAD_ROW(main_serves_nobody, thread(DUMP_THREAD_MAIN | DUMP_THREAD_READ, id), 0, MAIN, false)
THREAD_ROW(ended, thread(DUMP_THREAD_ENDED | DUMP_THREAD_READ, id), id, READER, false)
THREAD_ROW(born_for_one, thread(0, 0)->born_for = id, id, WORKER, true)
THREAD_ROW(born_for_one_and_touched_another, thread(DUMP_THREAD_READ, conn())->born_for = id, id + 1, READER, true)
THREAD_ROW(born_for_one_and_waits_for_another,
    { t = thread(0, 0); t->born_for = id; waits(t, DUMP_CALL_recv, conn()); }, id + 1, READER, true)
THREAD_ROW(waits_before_the_first_byte, waits(thread(0, 0), DUMP_CALL_recv, id), id, READER, true)
/* Who is in it is at work on a connection that is in use: not pinned. */
THREAD_ROW(waits_to_write_the_first_byte, waits(thread(0, 0), DUMP_CALL_writev, id), id, WRITER, false)
THREAD_ROW(reads_one_and_waits_for_another, waits(thread(DUMP_THREAD_READ, id), DUMP_CALL_recv, conn()), 0, WORKER, false)
THREAD_ROW(accepts,
    { s.conns[0].flags |= DUMP_LISTENING; waits(thread(0, 0), DUMP_CALL_accept, id); }, 0, WORKER, false)
THREAD_ROW(born_for_what_came_to_listen, { s.conns[0].flags |= DUMP_LISTENING; thread(0, 0)->born_for = id; }, 0, NONE, false)
THREAD_ROW(reads_a_socketpair, { s.conns[0].flags |= DUMP_PAIR; thread(DUMP_THREAD_READ, id); }, 0, WORKER, false)
THREAD_ROW(serves_a_closed_one, { s.conns[0].state = DUMP_CLOSED; thread(DUMP_THREAD_READ, id); }, id, READER, false)
THREAD_ROW(serves_one_that_is_forgotten, thread(DUMP_THREAD_READ, 99), 0, WORKER, false)
THREAD_ROW(serves_one_in_use,
    { s.conns[0].protocol = DUMP_PROTOCOL_HTTP1; s.conns[0].out.frame.begun = 1;
      waits(thread(DUMP_THREAD_READ, id), DUMP_CALL_recv, id); }, id, READER, false)

/* ---- which sockets a thread waits for ------------------------------------------------------------------ */

static void check_waits(uint64_t on, uint32_t count)
{
	decide();
	assert_int_equal(m.threads[0].waiting_on, on);
	assert_int_equal(m.threads[0].waiting_count, count);
}

static void test_poll_of_two(void **unused)
{
	uint64_t id = conn();
	struct dump_thread *t = thread(0, 0);

	t->waiting_also[0] = conn();
	waits(t, 1 << 8 | DUMP_CALL_poll, id);
	conn();
	check_waits(0, 2);
	assert_string_equal(m.threads[0].waiting_in, "poll");
	assert_int_equal(m.conns[0].waited_for, MODEL_WAITED_CALL);
	assert_int_equal(m.conns[1].waited_for, MODEL_WAITED_CALL);
	assert_int_equal(m.conns[2].waited_for, MODEL_WAITED_NOT);
}

static void test_poll_with_a_wake_up_pair(void **unused)
{
	uint64_t id = conn(), pair = conn();
	struct dump_thread *t = thread(0, 0);

	s.conns[1].flags |= DUMP_PAIR;
	t->waiting_also[0] = id;
	waits(t, 1 << 8 | DUMP_CALL_poll, pair);
	check_waits(id, 1);
}

/* Of what was not written down one by one, it may be any that was ever polled. */
static void test_poll_of_more_than_fit(void **unused)
{
	uint64_t id = conn();

	waits(thread(0, 0), 9 << 8 | DUMP_CALL_poll, id);
	conn();
	s.conns[1].flags |= DUMP_WATCHED;
	conn();
	check_waits(0, 10);
	assert_int_equal(m.conns[0].waited_for, MODEL_WAITED_CALL);
	assert_int_equal(m.conns[1].waited_for, MODEL_WAITED_SET);
	assert_int_equal(m.conns[2].waited_for, MODEL_WAITED_NOT);
}

static struct dump_thread *epoll(int set)
{
	struct dump_thread *t = thread(0, 0);

	t->waiting_epfd = set;
	waits(t, DUMP_CALL_epoll_wait, 0);
	return t;
}

static void test_epoll_set_with_one(void **unused)
{
	uint64_t id = conn();

	s.conns[0].watch = 8;
	conn();
	s.conns[1].watch = 9;
	epoll(7);
	check_waits(id, 1);
	assert_int_equal(m.conns[0].waited_for, MODEL_WAITED_SET);
	assert_int_equal(m.conns[1].waited_for, MODEL_WAITED_NOT);
}

static void test_epoll_set_with_two(void **unused)
{
	for (int i = 0; i < 2; i++) {
		conn();
		s.conns[i].watch = 8;
	}
	epoll(7);
	check_waits(0, 2);
}

static void test_a_closed_one_is_in_no_set(void **unused)
{
	uint64_t id = conn();

	conn();
	s.conns[0].watch = s.conns[1].watch = 8;
	s.conns[1].state = DUMP_CLOSED;
	epoll(7);
	check_waits(id, 1);
}

/* Descriptors beyond 253 share one number. */
static void test_epoll_sets_with_high_numbers(void **unused)
{
	conn();
	s.conns[0].watch = 255;
	epoll(300);
	check_waits(0, 0);
	assert_int_equal(m.conns[0].waited_for, MODEL_WAITED_SET);
}

static void test_nested_sets_wait_for_all(void **unused)
{
	conn();
	s.conns[0].watch = 8;
	s.process.epoll_nested = 1;
	epoll(20);
	check_waits(0, 0);
	assert_int_equal(m.conns[0].waited_for, MODEL_WAITED_SET);
}

#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(reads_one), T(writes_one), T(reads_and_writes_one), T(opened_one), T(touched_two), T(touched_none),
		T(main_serves_nobody), T(ended), T(born_for_one), T(born_for_one_and_touched_another),
		T(born_for_one_and_waits_for_another), T(waits_before_the_first_byte), T(waits_to_write_the_first_byte),
		T(reads_one_and_waits_for_another), T(accepts), T(born_for_what_came_to_listen), T(reads_a_socketpair),
		T(serves_a_closed_one), T(serves_one_that_is_forgotten), T(serves_one_in_use), T(poll_of_two),
		T(poll_with_a_wake_up_pair), T(poll_of_more_than_fit), T(epoll_set_with_one), T(epoll_set_with_two),
		T(a_closed_one_is_in_no_set), T(epoll_sets_with_high_numbers), T(nested_sets_wait_for_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
