/* SPDX-License-Identifier: Apache-2.0 */
/* Which stacks are one place: those in code that is made at run time are compared up to there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "judge/place.h"

#define FRAMES 4
#define STACKS 6
enum { PROGRAM, JIT = -1 };

struct frame {
	uint64_t address;
	int module;
};

/* The places of stacks that are given innermost frame first; to be freed. */
static uint32_t *places(const struct frame (*stacks)[FRAMES], uint32_t count)
{
	static struct model_stack of[STACKS];
	static struct model_frame frames[STACKS][FRAMES];
	struct model m = {.stacks = of, .stack_count = count};
	struct model_module program = {.path = {"/bin/it", 7}};
	uint32_t *to;

	for (uint32_t i = 0; i < count; i++) {
		of[i] = (struct model_stack){.id = i + 1, .frames = frames[i]};
		for (; of[i].depth < FRAMES && stacks[i][of[i].depth].address; of[i].depth++)
			frames[i][of[i].depth] = (struct model_frame){
				.place = MODEL_NONE,
				.address = stacks[i][of[i].depth].address,
				.module = (uint32_t)stacks[i][of[i].depth].module};
	}
	m.modules = &program;
	m.module_count = 1;
	assert_true(place_decide(&m, NULL));
	to = calloc(count, sizeof *to);
	assert_non_null(to);
	for (uint32_t i = 0; i < count; i++)
		to[i] = of[i].place;
	return to;
}

static void test_compiled_code_is_compared_to_its_end(void **unused)
{
	const struct frame stacks[][FRAMES] = {
		{{10, PROGRAM}, {20, PROGRAM}}, {{10, PROGRAM}, {21, PROGRAM}}, {{10, PROGRAM}}};
	uint32_t *p = places(stacks, 3);

	assert_int_not_equal(p[0], p[1]);
	assert_int_not_equal(p[0], p[2]);
	assert_int_not_equal(p[1], p[2]);
	free(p);
}

static void test_code_made_at_run_time_moves(void **unused)
{
	const struct frame stacks[][FRAMES] = {{{10, PROGRAM}, {7001, JIT}, {30, PROGRAM}},
					       {{10, PROGRAM}, {7002, JIT}, {31, PROGRAM}},
					       {{10, PROGRAM}, {20, PROGRAM}, {30, PROGRAM}}, /* still interpreted */
					       {{11, PROGRAM}, {7001, JIT}}};
	uint32_t *p = places(stacks, 4);

	assert_int_equal(p[0], p[1]);
	assert_int_equal(p[0], p[2]);
	assert_int_not_equal(p[0], p[3]);
	free(p);
}

static void test_code_made_at_run_time_alone_says_nothing(void **unused)
{
	const struct frame stacks[][FRAMES] = {
		{{7001, JIT}}, {{7002, JIT}}, {{10, PROGRAM}}};
	uint32_t *p = places(stacks, 3);

	assert_int_not_equal(p[0], p[1]);
	assert_int_not_equal(p[0], p[2]);
	free(p);
}

static void test_a_stack_that_was_not_taken_is_no_place(void **unused)
{
	const struct frame stacks[][FRAMES] = {{{0}}, {{7001, JIT}, {10, PROGRAM}}, {{7002, JIT}, {10, PROGRAM}}};
	uint32_t *p = places(stacks, 3);

	assert_int_equal(p[0], PLACE_UNKNOWN);
	assert_int_not_equal(p[1], p[2]);
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compiled_code_is_compared_to_its_end),
		cmocka_unit_test(test_code_made_at_run_time_moves),
		cmocka_unit_test(test_code_made_at_run_time_alone_says_nothing),
		cmocka_unit_test(test_a_stack_that_was_not_taken_is_no_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
