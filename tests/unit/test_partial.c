/* SPDX-License-Identifier: Apache-2.0 */
/* Names that come in pieces: of several connections at once, of more than there are places, and of several threads. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/names.h"
#include "core/partial.h"

static struct recorder r;

static int begin(void **state)
{
	(void)state;
	r = (struct recorder){.told = {.pid = 1, .page = (uint32_t)sysconf(_SC_PAGESIZE), .history = 16}};
	return recorder_prepare(&r) ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	recorder_free(&r);
	return 0;
}

static void told(uint32_t name, const char *expected)
{
	size_t size = 0;
	const void *bytes = name ? names_bytes(&r, name, &size) : "";

	assert_int_equal(size, strlen(expected));
	assert_memory_equal(bytes, expected, size);
}

static void add(uint64_t id, const char *bytes, bool begins)
{
	partial_add(&r, id, bytes, strlen(bytes), begins);
}

static void test_two_at_once(void **state)
{
	(void)state;
	add(1, " \tab", true);
	add(2, "x", true);
	add(1, "c. ", false);
	add(2, "yz", false);
	add(1, "d \t", false);
	told(partial_end(&r, 1), "abc. d");
	told(partial_end(&r, 2), "xyz");
	told(partial_end(&r, 1), ""); /* it is over */
}

static void test_who_begins_takes_the_place(void **state)
{
	(void)state;
	add(1, "older", true);
	add(1 + PARTIAL_TABLE, "new", true);
	add(1, "!", false);
	told(partial_end(&r, 1), "");
	add(1 + PARTIAL_TABLE, "er", false);
	told(partial_end(&r, 1 + PARTIAL_TABLE), "newer");
	add(3, "ab", true);
	add(3, "new", true); /* the head of another request */
	told(partial_end(&r, 3), "new");
	add(4, "no beginning", false);
	told(partial_end(&r, 4), "");
	add(5, " ", true);
	told(partial_end(&r, 5), "");
}

static void test_longer_than_any_name(void **state)
{
	char name[PARTIAL_MAX + 1];

	(void)state;
	memset(name, 'a', sizeof name);
	name[PARTIAL_MAX] = '\0';
	for (int longer = 0; longer < 2; longer++) {
		partial_add(&r, 7, name, 0, true);
		for (size_t at = 0; at < PARTIAL_MAX; at += 16)
			partial_add(&r, 7, name + at, 16, false);
		if (longer)
			partial_add(&r, 7, "a", 1, false);
		told(partial_end(&r, 7), longer ? "" : name);
	}
}

/* What is told is a whole name of one's own, or none. */
static void *writes(void *argument)
{
	uint64_t first = *(uint64_t *)argument;
	long wrong = 0;

	for (uint64_t i = 0; i < 20000; i++) {
		uint64_t id = first + i * 4;
		char name[16];
		size_t size;
		uint32_t stored;

		snprintf(name, sizeof name, "%llu of %llu", (unsigned long long)(i % 8), (unsigned long long)first);
		for (size_t at = 0; name[at]; at++)
			partial_add(&r, id, name + at, 1, at == 0);
		stored = partial_end(&r, id);
		wrong += stored && (memcmp(names_bytes(&r, stored, &size), name, strlen(name)) != 0 || size != strlen(name));
	}
	return (void *)wrong;
}

static void test_threads(void **state)
{
	uint64_t first[4] = {100, 101, 102, 100 + PARTIAL_TABLE * 100000ull}; /* the last in the first one's place */
	pthread_t threads[4];
	void *wrong;

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, writes, &first[i]), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_at_once),
		cmocka_unit_test(test_who_begins_takes_the_place),
		cmocka_unit_test(test_longer_than_any_name),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
