/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose C code is it? As the runtime leaves a thread's words: in a call of C's, in a call back, between calls, in a thread of
 * C's that Go keeps an m for (since 1.21; before, it takes its word back, so that no program of 1.19 can show it).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "golang/g.h"
#include "golang/in_c.h"
#include "here/bounds.h"
#include "here/presence.h"

struct go_field g_fields[G_FIELDS];
const struct go_image *g_image;
size_t (*bounds_fiber)(uintptr_t at);

/* What the runtime has, as far as it is asked for. */
struct g {
	uintptr_t lo, hi;
	struct m *m;
	uint32_t status;
};
struct m {
	struct g *g0, *curg;
	int32_t ncgo;
};

uint32_t go_image_fields(const struct go_image *image, struct go_field *fields, uint32_t count)
{
	static const struct go_field all[] = {
		{"runtime", "runtime.g", "m", offsetof(struct g, m), true},
		{"runtime", "runtime.m", "g0", offsetof(struct m, g0), true},
		{"runtime", "runtime.m", "curg", offsetof(struct m, curg), true},
		{"runtime", "runtime.m", "ncgo", offsetof(struct m, ncgo), true},
	};
	uint32_t found = 0;

	for (uint32_t i = 0; i < count; i++)
		for (size_t k = 0; k < sizeof all / sizeof *all; k++)
			if (!strcmp(fields[i].field, all[k].field) && !strcmp(fields[i].type, all[k].type)) {
				fields[i] = all[k];
				found++;
			}
	return found;
}

/* The program's own thread-local word, as the linker lays out one that is alone: right below the thread pointer. */
static __thread struct g *word __attribute__((tls_model("local-exec"), used));

static struct m m;
static struct g g0, curg;

static void set_up(void)
{
	g_fields[G_STATUS].offset = offsetof(struct g, status);
	in_c_learn(sizeof word, _Alignof(__typeof__(word)));
	g0 = (struct g){0, 0, &m, GO_RUNNING};
	curg = (struct g){0, 0, &m, GO_SYSCALL};
	m = (struct m){&g0, &curg, 1};
	word = &g0;
	assert_int_equal(in_c_goroutine(), (uintptr_t)&curg);
}

static void test_of_a_goroutine_that_calls_c(void **unused)
{
	set_up();
	m.ncgo = 2; /* and was called back, and called once more */
	assert_int_equal(in_c_goroutine(), (uintptr_t)&curg);
	curg.status |= GO_SCANNED;
	assert_int_equal(in_c_goroutine(), (uintptr_t)&curg);
}

static void test_of_a_thread_that_is_in_no_call_of_gos(void **unused)
{
	set_up();
	m.ncgo = 0; /* with a goroutine that waits for its next call back, in "a system call" */
	assert_int_equal(in_c_goroutine(), 0);
	m.ncgo = -1;
	assert_int_equal(in_c_goroutine(), 0);
}

static void test_of_nobody(void **unused)
{
	set_up();
	curg.status = GO_RUNNING; /* as while the runtime makes a thread for it */
	assert_int_equal(in_c_goroutine(), 0);
	set_up();
	word = &curg; /* Go code, interrupted by a handler of C's */
	assert_int_equal(in_c_goroutine(), 0);
	set_up();
	m.curg = NULL;
	assert_int_equal(in_c_goroutine(), 0);
	set_up();
	curg.m = NULL; /* it went on elsewhere */
	assert_int_equal(in_c_goroutine(), 0);
	set_up();
	g0.m = NULL;
	assert_int_equal(in_c_goroutine(), 0);
	set_up();
	word = NULL; /* a thread that never met Go */
	assert_int_equal(in_c_goroutine(), 0);
}

static void test_stack_of_a_thread_that_go_made(void **unused)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	set_up();
	g0.lo = here - 5000;
	g0.hi = here + 5000;
	assert_int_equal(bounds_fiber(here), 5000);
	assert_int_equal(bounds_fiber(here + 5000), 0);
	assert_int_equal(bounds_fiber(here - 5001), 0);
	word = NULL;
	assert_int_equal(bounds_fiber(here), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of_a_goroutine_that_calls_c),
		cmocka_unit_test(test_of_a_thread_that_is_in_no_call_of_gos),
		cmocka_unit_test(test_of_nobody),
		cmocka_unit_test(test_stack_of_a_thread_that_go_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
