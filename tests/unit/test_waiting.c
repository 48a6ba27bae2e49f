/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles of Node's workers, which wait at the same time: each is found again with the trace that made it,
 * though all threads write the same trace first, into the same few places.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scripts/node_waiting.h"

#define THREADS 2u
#define ROUNDS 100000u

static uint32_t arrived, lost[THREADS], others[THREADS];

/* Closer together than a barrier lets them go. */
static void arrive(unsigned round)
{
	__atomic_add_fetch(&arrived, 1, __ATOMIC_ACQ_REL);
	for (unsigned looks = 1; __atomic_load_n(&arrived, __ATOMIC_ACQUIRE) < (round + 1) * THREADS; looks++)
		if (looks % 1000 == 0)
			sched_yield();
}

/* Of one frame, which no round before has had. */
static void make_trace(struct v8_trace *trace, unsigned round)
{
	trace->count = 1;
	trace->used = (uint16_t)snprintf(trace->text, sizeof trace->text, "fetch of round %u", round);
}

/* All that differs between the handles is in their highest bits, which puts them side by side. */
static uintptr_t handle_of(unsigned thread)
{
	return (uintptr_t)(thread + 1) << 60;
}

static void *opens(void *number)
{
	static __thread struct v8_trace made;
	unsigned thread = (unsigned)(uintptr_t)number;

	for (unsigned round = 0; round < ROUNDS; round++) {
		const struct v8_trace *found;

		make_trace(&made, round);
		arrive(round);
		waiting_add(handle_of(thread), &made);
		found = waiting_trace(handle_of(thread), true);
		if (!found)
			lost[thread]++;
		else if (found->used != made.used || memcmp(found->text, made.text, made.used) != 0)
			others[thread]++;
		waiting_release(found);
	}
	return NULL;
}

static void test_each_is_found_again(void **unused)
{
	pthread_t threads[THREADS];

	(void)unused;
	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, opens, (void *)i), 0);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	for (unsigned i = 0; i < THREADS; i++) {
		assert_int_equal(lost[i], 0);
		assert_int_equal(others[i], 0);
	}
}

/* More than there are places for: the oldest are lost, no other's trace is found in their stead. */
static void test_too_many_lose_the_oldest(void **unused)
{
	static struct v8_trace made;
	unsigned found_again = 0;

	(void)unused;
	for (unsigned i = 1; i < 16; i++) {
		make_trace(&made, i);
		waiting_add((uintptr_t)i << 60, &made);
	}
	for (unsigned i = 1; i < 16; i++) {
		const struct v8_trace *found = waiting_trace((uintptr_t)i << 60, true);

		make_trace(&made, i);
		assert_true(!found == (i < 8));
		assert_true(!found || memcmp(found->text, made.text, made.used) == 0);
		waiting_release(found);
		found_again += found != NULL;
		assert_null(waiting_trace((uintptr_t)i << 60, true));
	}
	assert_int_equal(found_again, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_is_found_again),
		cmocka_unit_test(test_too_many_lose_the_oldest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
