/* SPDX-License-Identifier: Apache-2.0 */
/* Does it grow? Of numbers in the order of time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "judge/series.h"

#define N 100

static uint64_t open_at[N];

static enum growth growth(uint64_t (*f)(uint32_t i))
{
	for (uint32_t i = 0; i < N; i++)
		open_at[i] = f(i);
	return series_growth(open_at, N);
}

static uint64_t noise(uint32_t i)
{
	return (uint64_t)(i * 2654435761u >> 28) % 8; /* 0 to 7 */
}

static uint64_t one_by_one(uint32_t i) { return i / 8; }
static uint64_t late(uint32_t i) { return i < 60 ? 0 : i - 59; }
static uint64_t on_top_of_a_pool(uint32_t i) { return 100 + i / 8; }
static uint64_t with_waves(uint32_t i) { return i / 2 + noise(i); }
static uint64_t flat(uint32_t i) { return 5; }
static uint64_t warms_up(uint32_t i) { return i < 20 ? i : 20; }
static uint64_t waves(uint32_t i) { return 10 + noise(i); }
static uint64_t a_last_wave(uint32_t i) { return 10 + noise(i) + (i > 90 ? 9 : 0); }
static uint64_t came_and_went(uint32_t i) { return i < 50 ? i : N - i; }
static uint64_t one_step(uint32_t i) { return i < 80 ? 5 : 30; }
static uint64_t two_more(uint32_t i) { return 5 + (i > 40) + (i > 80); }

static void growing(void **unused)
{
	assert_int_equal(growth(one_by_one), GROWTH_ON);
	assert_int_equal(growth(late), GROWTH_ON);
	assert_int_equal(growth(on_top_of_a_pool), GROWTH_ON);
	assert_int_equal(growth(with_waves), GROWTH_ON);
}

static void plateaus(void **unused)
{
	assert_int_equal(growth(flat), GROWTH_PLATEAU);
	assert_int_equal(growth(warms_up), GROWTH_PLATEAU);
	assert_int_equal(growth(waves), GROWTH_PLATEAU);
}

/* Whatever the numbers are, a mean of equal ones is not below each of them. */
static void a_step_and_a_level(void **unused)
{
	for (uint32_t count = 8; count <= N; count++)
		for (uint64_t level = 4; level < 20; level++) {
			for (uint32_t i = 0; i < count; i++)
				open_at[i] = i < count * 3 / 8 ? 1 : level;
			assert_int_not_equal(series_growth(open_at, count), GROWTH_ON);
		}
}

/* Nothing is said where one would have to guess. */
static void neither(void **unused)
{
	assert_int_equal(growth(a_last_wave), GROWTH_UNKNOWN);
	assert_int_not_equal(growth(came_and_went), GROWTH_ON);
	assert_int_equal(growth(one_step), GROWTH_UNKNOWN);
	assert_int_equal(growth(two_more), GROWTH_UNKNOWN);
	assert_int_equal(series_growth((const uint64_t[]){0, 0, 1, 2, 3, 4, 5}, 7), GROWTH_UNKNOWN);
	assert_int_equal(series_growth(open_at, 0), GROWTH_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(growing),
		cmocka_unit_test(plateaus),
		cmocka_unit_test(a_step_and_a_level),
		cmocka_unit_test(neither),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
