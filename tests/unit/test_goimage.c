/* SPDX-License-Identifier: Apache-2.0 */
/* What a Go program says of itself: in both layouts, and when it is not to be believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "goimage/image.h"
#include "goimage/parked.h"
#include "synth_go.h"

static struct synth_go s;

static void layout(bool go120)
{
	struct go_function f[] = {{"main.nowhere", 0, 0}, {"runtime.exit", 0, 0}};
	struct go_field g[] = {{"runtime", "runtime.g", "goid", 0, false}, {"runtime", "runtime.g", "sched", 0, false}};
	struct go_place p[4];
	size_t size;

	synth_go(&s, go120);
	assert_true(go_image_open(&s.image, 0));
	assert_int_equal(s.image.go120, go120);
	assert_int_equal(go_image_functions(&s.image, f, 2), 1);
	assert_int_equal(f[0].start, 0);
	assert_int_equal(f[1].start, SYNTH_GO_AT + 32);
	assert_int_equal(f[1].end, SYNTH_GO_AT + 48);
	assert_string_equal(go_image_name(&s.image, SYNTH_GO_AT + 47), "runtime.exit");
	assert_null(go_image_name(&s.image, SYNTH_GO_AT + 48));
	assert_null(go_image_name(&s.image, SYNTH_GO_AT - 1));
	assert_int_equal(go_image_fields(&s.image, g, 2), 1);
	assert_int_equal(g[0].offset, 152);
	assert_true(go_image_type_is(&s.image, SYNTH_GO_TYPES + 64, "runtime.g"));
	assert_false(go_image_type_is(&s.image, SYNTH_GO_TYPES + 64, "*runtime.g"));
	assert_memory_equal(go_image_version(&s.image, &size), "go1.24.4", 8);
	assert_int_equal(size, 8);
	assert_int_equal(go_image_places(&s.image, SYNTH_GO_AT + 7, p, 4), 1);
	assert_string_equal(p[0].file, "a/main.go");
	assert_int_equal(p[0].line, 10);
	assert_int_equal(go_image_places(&s.image, SYNTH_GO_AT + 8, p, 4), 2);
	assert_string_equal(p[0].function, "main.inner");
	assert_true(p[0].inlined);
	assert_string_equal(p[0].file, "b/inner.go");
	assert_int_equal(p[0].line, 20);
	assert_string_equal(p[1].function, "main.outer");
	assert_false(p[1].inlined);
	assert_int_equal(p[1].line, 10); /* of the call */
}

static void test_go119(void **unused)
{
	layout(false);
}

static void test_go120(void **unused)
{
	layout(true);
}

static bool opens_with(uint32_t at, uint64_t value, size_t width)
{
	synth_go(&s, true);
	synth_go_put(&s, at, value, width);
	return go_image_open(&s.image, 0);
}

/* A future version says so by another number, or shows by what it points to. */
static void test_declines_what_it_does_not_know(void **unused)
{
	assert_false(opens_with(SYNTH_GO_TABLE, 0xfffffff2, 4));
	assert_false(opens_with(SYNTH_GO_TABLE, 0xfffffffb, 4)); /* 1.2 to 1.15 */
	assert_false(opens_with(SYNTH_GO_TABLE + 8, 1u << 20, 8));
	assert_false(opens_with(SYNTH_GO_TABLE + 40, 0x900000, 8));
	assert_false(opens_with(SYNTH_GO_TABLE + 40, 0x20, 8));
	assert_false(opens_with(SYNTH_GO_DATA + 64, 0, 8));
	assert_false(opens_with(SYNTH_GO_DATA + 64 + 184, 0x4000000, 8));
	assert_true(opens_with(SYNTH_GO_TABLE + 32, 0x48, 8));
}

/* Names without an end, tables that never end, offsets that lead outside. */
static void test_is_not_led_outside(void **unused)
{
	struct go_place p[4];

	synth_go(&s, true);
	synth_go_put(&s, SYNTH_GO_TABLE + 0x140 + 4, 0x30000, 4);
	assert_true(go_image_open(&s.image, 0));
	assert_null(go_image_name(&s.image, SYNTH_GO_AT));
	synth_go(&s, true);
	memset(s.bytes + (SYNTH_GO_TABLE - SYNTH_GO_AT) + 0xa1, 0x81, 0x5f);
	assert_true(go_image_open(&s.image, 0));
	assert_int_equal(go_image_places(&s.image, SYNTH_GO_AT + 8, p, 4), 1);
	assert_int_equal(p[0].line, 0);
	assert_null(p[0].file);
}

/* A tree of inlined calls that leads back to itself. */
static void test_inlined_for_ever(void **unused)
{
	struct go_place p[4];

	synth_go(&s, true);
	synth_go_put(&s, SYNTH_GO_TREE + 8, 8, 4);
	assert_true(go_image_open(&s.image, 0));
	assert_int_equal(go_image_places(&s.image, SYNTH_GO_AT + 8, p, 4), 4);
	assert_false(p[3].inlined);
	synth_go_put(&s, SYNTH_GO_TREE + 4, 0x7fffffff, 4); /* and has no name */
	assert_int_equal(go_image_places(&s.image, SYNTH_GO_AT + 8, p, 4), 1);
}

/* A type is found by what links to it, and by a look at each where nothing does; both ways say the same, but for a
 * second one that nothing links to. */
static void test_links(void **unused)
{
	struct go_field g = {"runtime", "runtime.g", "goid", 0, false};

	for (uint32_t linked = 0; linked < 2; linked++) {
		synth_go(&s, true);
		synth_go_put(&s, SYNTH_GO_TYPES + 64 + 48, SYNTH_GO_TYPES + 0x220, 8); /* the decoy is of the same package */
		synth_go_put(&s, SYNTH_GO_TYPES + 0x380, 0x300, 4);
		if (!linked)
			synth_go_put(&s, SYNTH_GO_DATA + 64 + 296 + 64, 0x40000000, 8); /* more links than there can be */
		assert_true(go_image_open(&s.image, 0));
		assert_int_equal(s.image.linked, linked * 2);
		assert_int_equal(go_image_fields(&s.image, &g, 1), 1);
		assert_int_equal(g.offset, linked ? 152 : 16);
	}
}

/* A name is the same when it is asked for again, by another address of the function too. */
static void test_names_known(void **unused)
{
	static uint64_t known[GO_NAMES_KNOWN];

	synth_go(&s, true);
	s.image.known = known;
	assert_true(go_image_open(&s.image, 0));
	for (int turns = 0; turns < 3; turns++)
		for (uint32_t i = 0; i < 48; i++)
			assert_string_equal(go_image_name(&s.image, SYNTH_GO_AT + i), i < 32 ? "main.outer" : "runtime.exit");
	assert_null(go_image_name(&s.image, SYNTH_GO_AT + 48));
	assert_null(go_image_name(&s.image, SYNTH_GO_AT - 1));
}

/* Who remembers a name by the outermost frames has to know how many of them decided. */
static void test_called_by_the_outermost_that_decide(void **unused)
{
	const uint64_t exit = SYNTH_GO_AT + 41, outer = SYNTH_GO_AT + 9;
	const uint64_t one[] = {exit, exit, outer}, three[] = {exit, outer, outer};
	char name[16];
	char *text;

	synth_go(&s, true);
	assert_true(go_image_open(&s.image, 0));
	assert_int_equal(go_called(&s.image, one, 3, name), 1);
	assert_string_equal(name, "outer");
	text = memmem(s.bytes, sizeof s.bytes, "main.outer", 10);
	assert_non_null(text);
	memcpy(text, "main.func1", 10); /* a closure: who it was made for is farther in */
	assert_int_equal(go_called(&s.image, three, 3, name), 3);
	assert_string_equal(name, "func1");
	assert_int_equal(go_called(&s.image, three + 1, 2, name), 2); /* there is none */
	assert_int_equal(go_called(&s.image, three, 0, name), 0);
	assert_string_equal(name, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_go119),
		cmocka_unit_test(test_go120),
		cmocka_unit_test(test_declines_what_it_does_not_know),
		cmocka_unit_test(test_is_not_led_outside),
		cmocka_unit_test(test_inlined_for_ever),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_names_known),
		cmocka_unit_test(test_called_by_the_outermost_that_decide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
