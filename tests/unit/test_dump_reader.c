/* SPDX-License-Identifier: Apache-2.0 */
/* The reader and all that follows it, fed with what is no dump: truncated at every byte, mutated
 * at random. Meant to run under ASan and UBSan; here it is enough that it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>

#include <cmocka.h>

#include "judge/pins.h"
#include "synth.h"
#include "judge/place.h"
#include "judge/verdict.h"

static unsigned char bytes[SYNTH_MAX];
static size_t size;
static char *path;
static int fd;

static int setup(void **unused)
{
	struct synth s;

	synth_begin(&s);
	for (int i = 0; i < 10; i++) {
		struct dump_conn *c = synth_conn(&s);

		c->protocol = (uint8_t)(i % DUMP_PROTOCOL_COUNT);
		c->state = i % 3 ? DUMP_OPEN : DUMP_CLOSED;
		c->out.frame.begun = 2;
		c->in.frame.done = 1;
		synth_kernel(&s, c, 1, 5);
	}
	s.streams.conn = 3;
	s.threads[0] = (struct dump_thread){.id = 1, .flags = DUMP_THREAD_MAIN, .name = "main"};
	s.threads[1] = (struct dump_thread){.id = 2, .touched = 3, .stack = 3, .waiting_in = 3, .waiting_on = 3};
	s.thread_count = 2;
	s.process.modules = 1;
	s.process.exe = 1;
	size = synth_write(&s, bytes);
	path = synth_file(bytes, size);
	fd = open(path, O_RDWR);
	return fd < 0;
}

static int teardown(void **unused)
{
	close(fd);
	unlink(path);
	free(path);
	return 0;
}

static void put(const unsigned char *what, size_t n)
{
	assert_int_equal(pwrite(fd, what, n, 0), (ssize_t)n);
	assert_int_equal(ftruncate(fd, (off_t)n), 0);
}

/* Reads it and draws all conclusions. */
static enum dump_error try(char why[DUMP_WHY_MAX])
{
	struct dump *dump;
	struct model m;
	enum dump_error error;

	why[0] = 0;
	error = dump_open(path, &dump, why);
	if (error != DUMP_ERROR_OK) {
		assert_null(dump);
		assert_non_null(strstr(why, path)); /* it names the file */
		assert_null(strchr(why, '\n'));     /* in one line */
		return error;
	}
	assert_true(model_build(&m, dump, &MODEL_OPTIONS_DEFAULT));
	assert_true(place_decide(&m, NULL));
	assert_true(verdict_decide(&m));
	assert_true(pins_decide(&m));
	for (uint32_t i = 0; i < m.conn_count; i++) {
		char text[MODEL_ADDRESS_MAX];

		model_local(&m, &m.conns[i], text, sizeof text);
		model_peer(&m, &m.conns[i], text, sizeof text);
		model_tcp_state(&m.conns[i]);
		model_host(&m, &m.conns[i]);
	}
	model_free(&m);
	dump_close(dump);
	return DUMP_ERROR_OK;
}

static void test_whole(void **unused)
{
	char why[DUMP_WHY_MAX];

	put(bytes, size);
	assert_int_equal(try(why), DUMP_ERROR_OK);
}

static void test_every_truncation(void **unused)
{
	char why[DUMP_WHY_MAX];

	for (size_t n = 0; n < size; n++) {
		enum dump_error error;

		put(bytes, n);
		error = try(why);
		assert_int_equal(error, n == 0 ? DUMP_ERROR_EMPTY : DUMP_ERROR_TRUNCATED);
	}
}

static uint64_t dice(void)
{
	static uint64_t x = 88172645463325252ull; /* xorshift64, always the same */

	x ^= x << 13;
	x ^= x >> 7;
	return x ^= x << 17;
}

static void test_random_mutations(void **unused)
{
	static unsigned char mutant[SYNTH_MAX];
	char why[DUMP_WHY_MAX];
	unsigned good = 0;

	for (int i = 0; i < 5000; i++) {
		memcpy(mutant, bytes, size);
		for (uint64_t k = 1 + dice() % 8; k; k--) {
			size_t at = dice() % size;
			uint64_t value = dice() % 4 ? dice() : dice() % 2 ? ~0ull : 0;

			memcpy(mutant + at, &value, size - at < 8 ? size - at : 1 + dice() % 8);
		}
		put(mutant, size);
		good += try(why) == DUMP_ERROR_OK;
	}
	assert_in_range(good, 1, 4999); /* some are read, some are refused */
}

static void expect(size_t offset, const void *value, size_t n, enum dump_error error, const char *said)
{
	static unsigned char mutant[SYNTH_MAX];
	char why[DUMP_WHY_MAX];

	memcpy(mutant, bytes, size);
	memcpy(mutant + offset, value, n);
	put(mutant, size);
	assert_int_equal(try(why), error);
	if (!strstr(why, said))
		fail_msg("'%s' does not say '%s'", why, said);
}

static void test_refusals_say_why(void **unused)
{
	expect(0, "NOTADUMP", 8, DUMP_ERROR_NOT_A_DUMP, "not a dump");
	expect(0, "\0\0\0\0\0\0\0", 8, DUMP_ERROR_NOT_READY, "still being created");
	expect(8, &(uint32_t){0x04030201}, 4, DUMP_ERROR_BYTE_ORDER, "byte order");
	expect(12, &(uint16_t){77}, 2, DUMP_ERROR_TOO_NEW, "version 77 is newer than this connleak, which reads versions 3 to 3");
	expect(12, &(uint16_t){0}, 2, DUMP_ERROR_TOO_OLD, "version 0 is older than this connleak, which reads versions 3 to 3");
	expect(16, &(uint64_t){size + 4096}, 8, DUMP_ERROR_TRUNCATED, "truncated");
	expect(16, &(uint64_t){1ull << 40}, 8, DUMP_ERROR_DAMAGED, "beyond any dump's");
	expect(64 + 8, &(uint64_t){3}, 8, DUMP_ERROR_DAMAGED, "offset 64");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_truncation, setup, teardown),
		cmocka_unit_test_setup_teardown(test_random_mutations, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refusals_say_why, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
