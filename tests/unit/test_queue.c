/* SPDX-License-Identifier: Apache-2.0 */
/* The lock-free containers, alone and among threads. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "core/queue.h"

static void test_first_in_first_out(void **unused)
{
	static struct queue_cell cells[4];
	struct queue q = {0};

	assert_false(queue_push(&q, 1)); /* before it has cells: full, and empty */
	assert_int_equal(queue_pop(&q), QUEUE_EMPTY);
	queue_init(&q, cells, 4);
	assert_int_equal(queue_pop(&q), QUEUE_EMPTY);
	for (uint32_t lap = 0; lap < 10; lap++) {
		for (uint32_t i = 0; i < 4; i++)
			assert_true(queue_push(&q, lap * 10 + i));
		assert_false(queue_push(&q, 99));
		assert_int_equal(queue_size(&q), 4);
		for (uint32_t i = 0; i < 4; i++)
			assert_int_equal(queue_pop(&q), lap * 10 + i);
		assert_int_equal(queue_pop(&q), QUEUE_EMPTY);
	}
}

/* Two threads end at the same moment, and both find the ring without cells: the second init once reset
 * the ends, and the next push turned for ever. */
static void test_second_init_changes_nothing(void **unused)
{
	static struct queue_cell cells[4];
	struct queue q = {0};

	queue_init(&q, cells, 4);
	assert_true(queue_push(&q, 5));
	queue_init(&q, cells, 4);
	assert_true(queue_push(&q, 6));
	assert_int_equal(queue_pop(&q), 5);
	assert_int_equal(queue_pop(&q), 6);
}

static void test_free_list(void **unused)
{
	uint32_t next[8];
	struct free_list list = {0, next};

	assert_int_equal(free_list_pop(&list), QUEUE_EMPTY);
	for (uint32_t i = 0; i < 8; i++)
		free_list_push(&list, i);
	for (uint32_t i = 8; i-- > 0;)
		assert_int_equal(free_list_pop(&list), i);
	assert_int_equal(free_list_pop(&list), QUEUE_EMPTY);
}

/* Who looked at the head, and comes late, has to notice that it went and came back: what is behind it may be
 * another one by now. */
static void test_a_head_that_comes_back_is_another(void **unused)
{
	uint32_t next[2];
	struct free_list list = {0, next};
	uint64_t before;

	free_list_push(&list, 0);
	free_list_push(&list, 1);
	before = list.head;
	assert_int_equal(free_list_pop(&list), 1);
	free_list_push(&list, 1);
	assert_int_not_equal(list.head, before);
}

#define INDICES 64
#define ROUNDS 200000

static uint32_t next_of[INDICES];
static struct free_list shared = {0, next_of};
static struct queue_cell shared_cells[INDICES];
static struct queue shared_queue;
static int owner[INDICES];

static void own(uint32_t index)
{
	if (__atomic_exchange_n(&owner[index], 1, __ATOMIC_ACQ_REL))
		abort(); /* two have the same */
}

static void disown(uint32_t index)
{
	__atomic_store_n(&owner[index], 0, __ATOMIC_RELEASE);
}

/* Takes an index from the one and gives it to the other: none may be lost, none had twice. */
static void *shuffle(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		uint32_t index = free_list_pop(&shared);

		if (index != QUEUE_EMPTY) {
			own(index);
			disown(index);
			if (!queue_push(&shared_queue, index))
				free_list_push(&shared, index);
		}
		index = queue_pop(&shared_queue);
		if (index != QUEUE_EMPTY) {
			own(index);
			disown(index);
			free_list_push(&shared, index);
		}
	}
	return NULL;
}

static void test_among_threads(void **unused)
{
	pthread_t threads[4];
	unsigned count = 0;

	queue_init(&shared_queue, shared_cells, INDICES);
	for (uint32_t i = 0; i < INDICES; i++)
		free_list_push(&shared, i);
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, shuffle, NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	while (free_list_pop(&shared) != QUEUE_EMPTY)
		count++;
	while (queue_pop(&shared_queue) != QUEUE_EMPTY)
		count++;
	assert_int_equal(count, INDICES);
}

/* ---- in a signal handler, which needs no second processor to come at the wrong moment ------------------- */

static uint32_t few_next[4];
static struct free_list few = {0, few_next};
static uint32_t held = QUEUE_EMPTY;
static int interrupted;

static void hold_or_let_go(int number)
{
	if (held == QUEUE_EMPTY) {
		held = free_list_pop(&few);
		if (held != QUEUE_EMPTY)
			own(held);
	} else {
		disown(held);
		free_list_push(&few, held);
		held = QUEUE_EMPTY;
	}
	interrupted++;
	(void)number;
}

/* Each signal is asked for when the last was handled: a timer that goes on by itself leaves a machine on which a
 * handler takes as long as its interval no time for anything else. */
static void test_in_a_signal_handler(void **unused)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	struct itimerspec soon = {.it_value = {0, 20000}};
	timer_t timer;

	signal(SIGUSR1, hold_or_let_go);
	for (uint32_t i = 0; i < 4; i++)
		free_list_push(&few, i);
	assert_int_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	for (int asked = 0; __atomic_load_n(&interrupted, __ATOMIC_RELAXED) < 3000;) {
		uint32_t index = free_list_pop(&few);

		assert_int_not_equal(index, QUEUE_EMPTY);
		own(index);
		disown(index);
		free_list_push(&few, index);
		if (asked == __atomic_load_n(&interrupted, __ATOMIC_RELAXED)) {
			asked++;
			assert_int_equal(timer_settime(timer, 0, &soon, NULL), 0);
		}
	}
	timer_delete(timer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_in_first_out),
		cmocka_unit_test(test_second_init_changes_nothing),
		cmocka_unit_test(test_free_list),
		cmocka_unit_test(test_a_head_that_comes_back_is_another),
		cmocka_unit_test(test_among_threads),
		cmocka_unit_test(test_in_a_signal_handler),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
