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
enum { PROGRAM, LIBRARY, MODULES, JIT = -1, SCRIPT = -2 }; /* a script's line: its index in scripts[] */

struct frame {
	uint64_t address;
	int module;
};

static struct model_place scripts[] = {
	{NULL},
	{"__init__", "/usr/lib/python3.11/socket.py", 232, DUMP_LANGUAGE_PYTHON},
	{"socketpair", "/usr/lib/python3.11/socket.py", 607, DUMP_LANGUAGE_PYTHON},
	{"send", "/venv/lib/python3.11/site-packages/requests/sessions.py", 701, DUMP_LANGUAGE_PYTHON},
	{"resolve_redirects", "/venv/lib/python3.11/site-packages/requests/sessions.py", 264, DUMP_LANGUAGE_PYTHON},
	{"fetch", "/home/me/fetch.py", 12, DUMP_LANGUAGE_PYTHON},
	{"fetch", "/home/me/fetch.py", 13, DUMP_LANGUAGE_PYTHON},
	{"step", "/usr/lib/python3.11/asyncio/events.py", 80, DUMP_LANGUAGE_PYTHON},
	{"connect", "node:net", 1245, DUMP_LANGUAGE_JAVASCRIPT},
	{"fetch", "/home/me/fetch.js", 12, DUMP_LANGUAGE_JAVASCRIPT},
	{"", "/home/me/fetch.js", 20, DUMP_LANGUAGE_JAVASCRIPT},
	{"processTicksAndRejections", "node:internal/process/task_queues", 95, DUMP_LANGUAGE_JAVASCRIPT},
	{"Module._compile", "node:internal/modules/cjs/loader", 1521, DUMP_LANGUAGE_JAVASCRIPT},
	{"other", "/home/me/fetch.js", 30, DUMP_LANGUAGE_JAVASCRIPT},
};

static uint32_t opens_nothing = STACKS; /* index of a stack that no socket came from */

static const char *runtime;

/* The places of stacks that are given innermost frame first; to be freed. */
static uint32_t *places(const struct frame (*stacks)[FRAMES], uint32_t count)
{
	static struct model_stack of[STACKS];
	static struct model_frame frames[STACKS][FRAMES];
	static const struct dump_stack opened = {.opened = 1}, nothing;
	struct model m = {.stacks = of, .stack_count = count};
	struct model_module modules[MODULES] = {{.path = {"/bin/it", 7}}, {.path = {"/usr/lib/libx.so.1", 18}}};
	uint32_t *to;

	for (uint32_t i = 0; i < count; i++) {
		of[i] = (struct model_stack){.id = i + 1, .frames = frames[i], .facts = i == opens_nothing ? &nothing : &opened};
		for (; of[i].depth < FRAMES && stacks[i][of[i].depth].address; of[i].depth++) {
			const struct frame *f = &stacks[i][of[i].depth];
			bool script = f->module == SCRIPT;

			frames[i][of[i].depth] = (struct model_frame){
				.place = script ? (uint32_t)f->address : MODEL_NONE, .address = f->address,
				.module = script ? MODEL_NONE : (uint32_t)f->module};
		}
	}
	m.process.runtime = runtime;
	m.modules = modules;
	m.module_count = MODULES;
	m.places = scripts;
	m.place_count = sizeof scripts / sizeof *scripts;
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

/* An interpreter's own frames, before the lines of its script were known. */
static void test_code_made_at_run_time_that_opened_nothing_joins_nobody(void **unused)
{
	const struct frame stacks[][FRAMES] = {{{10, LIBRARY}, {7001, JIT}}, {{10, LIBRARY}, {5, SCRIPT}}, {{10, LIBRARY}, {6, SCRIPT}}};
	uint32_t *p = places(stacks, 3);

	assert_int_equal(p[1], p[2]); /* nobody knows where it goes on */
	free(p);
	opens_nothing = 0;
	p = places(stacks, 3);
	opens_nothing = STACKS;
	assert_int_not_equal(p[1], p[2]);
	assert_int_not_equal(p[0], p[1]);
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

static void test_a_library_comes_to_the_socket_by_several_ways(void **unused)
{
	const struct frame stacks[][FRAMES] = {{{50, LIBRARY}, {51, LIBRARY}, {52, LIBRARY}, {10, PROGRAM}},
					       {{50, LIBRARY}, {53, LIBRARY}, {10, PROGRAM}},
					       {{50, LIBRARY}, {53, LIBRARY}, {11, PROGRAM}}, /* another line */
					       {{58, LIBRARY}, {53, LIBRARY}, {10, PROGRAM}}, /* another socket() */
					       {{50, LIBRARY}, {53, LIBRARY}}};
	uint32_t *p = places(stacks, 5);

	assert_int_equal(p[0], p[1]);
	for (unsigned i = 2; i < 5; i++)
		for (unsigned k = 0; k < i; k++)
			assert_int_not_equal(p[i], p[k]);
	free(p);
}

static void test_a_line_of_a_script(void **unused)
{
	const struct frame stacks[][FRAMES] = {{{50, LIBRARY}, {1, SCRIPT}, {3, SCRIPT}, {5, SCRIPT}},
					       {{51, LIBRARY}, {1, SCRIPT}, {4, SCRIPT}, {5, SCRIPT}},
					       {{50, LIBRARY}, {1, SCRIPT}, {4, SCRIPT}, {5, SCRIPT}}, /* was redirected */
					       {{50, LIBRARY}, {2, SCRIPT}, {4, SCRIPT}, {5, SCRIPT}}, /* a pair */
					       {{50, LIBRARY}, {1, SCRIPT}, {3, SCRIPT}, {6, SCRIPT}}, /* another line */
					       {{50, LIBRARY}, {5, SCRIPT}}};
	uint32_t *p = places(stacks, 6);

	assert_int_equal(p[0], p[2]);
	assert_int_not_equal(p[0], p[1]);
	for (unsigned i = 3; i < 6; i++)
		for (unsigned k = 0; k < i; k++)
			assert_int_not_equal(p[i], p[k]);
	free(p);
}

/* How the runtime came to call the program: begun by a loop or gone on with, in a thread that is new or not. */
static void test_who_called_the_program(void **unused)
{
	const struct frame stacks[][FRAMES] = {{{1, SCRIPT}, {5, SCRIPT}, {50, LIBRARY}, {7, SCRIPT}},
					       {{1, SCRIPT}, {5, SCRIPT}, {51, LIBRARY}, {7, SCRIPT}},
					       {{1, SCRIPT}, {5, SCRIPT}},
					       {{1, SCRIPT}, {5, SCRIPT}, {51, LIBRARY}, {6, SCRIPT}}}; /* a line of its own */
	uint32_t *p = places(stacks, 4);

	assert_int_equal(p[0], p[1]);
	assert_int_equal(p[0], p[2]);
	assert_int_not_equal(p[0], p[3]);
	free(p);
}

/* After an await the caller is not there any more. */
static void test_an_async_function_that_goes_on(void **unused)
{
	const struct frame stacks[][FRAMES] = {{{8, SCRIPT}, {9, SCRIPT}, {10, SCRIPT}, {12, SCRIPT}},
					       {{8, SCRIPT}, {9, SCRIPT}, {11, SCRIPT}},
					       {{8, SCRIPT}, {13, SCRIPT}, {11, SCRIPT}}, /* another function */
					       {{1, SCRIPT}, {5, SCRIPT}, {6, SCRIPT}},   /* Python's have their callers */
					       {{1, SCRIPT}, {5, SCRIPT}}};
	uint32_t *p = places(stacks, 5);

	assert_int_equal(p[0], p[1]);
	assert_int_not_equal(p[0], p[2]);
	assert_int_not_equal(p[3], p[4]);
	free(p);
}

/* Whose maker had not come to wait when the goroutine dialled. */
static void test_a_goroutine_whose_maker_was_not_seen(void **unused)
{
	const struct frame stacks[][FRAMES] = {{{10, PROGRAM}, {20, PROGRAM}, {30, PROGRAM}}, {{10, PROGRAM}, {20, PROGRAM}},
					       {{10, PROGRAM}, {20, PROGRAM}}, /* stored twice, as two threads may */
					       {{11, PROGRAM}, {21, PROGRAM}}, {{11, PROGRAM}, {21, PROGRAM}, {30, PROGRAM}},
					       {{11, PROGRAM}, {21, PROGRAM}, {31, PROGRAM}}}; /* one of two, none knows which */
	uint32_t *p;

	runtime = "go1.19.8";
	p = places(stacks, 6);
	assert_int_equal(p[0], p[1]);
	assert_int_equal(p[0], p[2]);
	for (unsigned i = 3; i < 6; i++)
		for (unsigned k = 2; k < i; k++)
			assert_int_not_equal(p[i], p[k]);
	free(p);
	opens_nothing = 0;
	p = places(stacks, 2);
	opens_nothing = STACKS;
	runtime = NULL;
	assert_int_not_equal(p[0], p[1]);
	free(p);
	p = places(stacks, 2);
	assert_int_not_equal(p[0], p[1]);
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compiled_code_is_compared_to_its_end),
		cmocka_unit_test(test_code_made_at_run_time_moves),
		cmocka_unit_test(test_code_made_at_run_time_alone_says_nothing),
		cmocka_unit_test(test_code_made_at_run_time_that_opened_nothing_joins_nobody),
		cmocka_unit_test(test_a_stack_that_was_not_taken_is_no_place),
		cmocka_unit_test(test_a_library_comes_to_the_socket_by_several_ways),
		cmocka_unit_test(test_a_line_of_a_script),
		cmocka_unit_test(test_who_called_the_program),
		cmocka_unit_test(test_an_async_function_that_goes_on),
		cmocka_unit_test(test_a_goroutine_whose_maker_was_not_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
