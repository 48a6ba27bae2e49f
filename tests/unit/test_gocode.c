/* SPDX-License-Identifier: Apache-2.0 */
/* Code that can be patched is the known one, byte for byte; whatever reads otherwise is declined. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "goimage/code.h"
#include "synth_go.h"

/* Behind what synth_go.h lays out, and behind it what the linker fills with. */
#define GATE 0x400d00u
#define LEAVE 0x400d40u
#define AFTER 0x400d60u
#define ENDS 0x400e00u

/* As Go 1.19 to 1.26 have them: objdump -d. */
static const uint8_t gate[] = {0x49, 0x89, 0xf2, 0x48, 0x89, 0xfa, 0x48, 0x89, 0xce, 0x48, 0x89, 0xdf, 0x0f, 0x05,
			       0x48, 0x3d, 0x01, 0xf0, 0xff, 0xff, 0x76, 0x15, 0x48, 0xf7, 0xd8, 0x48, 0x89, 0xc1,
			       0x48, 0xc7, 0xc0, 0xff, 0xff, 0xff, 0xff, 0x48, 0xc7, 0xc3, 0x00, 0x00, 0x00, 0x00, 0xc3,
			       0x48, 0x89, 0xd3, 0x48, 0xc7, 0xc1, 0x00, 0x00, 0x00, 0x00, 0xc3};
static const uint8_t leave[] = {0x8b, 0x7c, 0x24, 0x08, 0xb8, 0xe7, 0x00, 0x00, 0x00, 0x0f, 0x05, 0xc3, 0xcc, 0xcc};

static struct synth_go s;
static struct go_site site[GO_CALLS_MAX], end[GO_ENDS_MAX];

static void put(uint32_t at, const uint8_t *code, size_t size, size_t room)
{
	memset(s.bytes + (at - SYNTH_GO_AT), 0xcc, room);
	memcpy(s.bytes + (at - SYNTH_GO_AT), code, size);
}

/* The synthetic program's two functions become these, from GATE on. */
static void set_up(const char *called, const char *exits)
{
	const uint32_t names = 0x48, functab = SYNTH_GO_TABLE + 0x100;

	synth_go(&s, true);
	synth_go_text(&s, SYNTH_GO_TABLE + names + 1, called);
	synth_go_text(&s, SYNTH_GO_TABLE + names + 42, exits);
	for (uint32_t i = 0; i < 3; i++) {
		static const uint32_t starts[] = {GATE, LEAVE, AFTER};

		synth_go_put(&s, functab + i * 8, starts[i] - SYNTH_GO_AT, 4);
	}
	synth_go_put(&s, functab + 0x40, GATE - SYNTH_GO_AT, 4);
	synth_go_put(&s, functab + 0x44, 1, 4);
	synth_go_put(&s, functab + 0xa0, LEAVE - SYNTH_GO_AT, 4);
	synth_go_put(&s, functab + 0xa4, 42, 4);
	synth_go_put(&s, SYNTH_GO_DATA + 64 + 168, AFTER, 8);
	synth_go_put(&s, SYNTH_GO_DATA + 64 + 184, AFTER, 8);
	put(GATE, gate, sizeof gate, LEAVE - GATE);
	put(LEAVE, leave, sizeof leave, AFTER - LEAVE);
	assert_true(go_image_open(&s.image, 0));
}

static void known(const char *called)
{
	set_up(called, "runtime.exit");
	assert_int_equal(go_image_calls(&s.image, site), 2);
	assert_int_equal(site[0].at, GATE + 12);
	assert_int_equal(site[0].size, 8);
	assert_int_equal(site[1].at, LEAVE + 9);
	assert_int_equal(site[1].size, 5);
}

static void test_calls_of_every_version(void **unused)
{
	known("runtime/internal/syscall.Syscall6");
	known("internal/runtime/syscall.Syscall6");
	known("internal/runtime/syscall/linux.Syscall6");
}

static void test_calls_by_another_name(void **unused)
{
	set_up("internal/runtime/syscall.Syscall7", "runtime.exit");
	assert_int_equal(go_image_calls(&s.image, site), 0);
	set_up("internal/runtime/syscall.Syscall6", "runtime.leave");
	assert_int_equal(go_image_calls(&s.image, site), 0);
}

/* Each byte but what fills a line, for which any other value will do. */
static void test_any_other_byte_is_declined(void **unused)
{
	set_up("internal/runtime/syscall.Syscall6", "runtime.exit");
	for (uint32_t at = GATE; at < LEAVE + sizeof leave; at++) {
		bool filler = at >= GATE + sizeof gate && at < LEAVE;

		s.bytes[at - SYNTH_GO_AT] ^= 1;
		assert_int_equal(go_image_calls(&s.image, site), filler ? 2 : 0);
		s.bytes[at - SYNTH_GO_AT] ^= 1;
	}
	assert_int_equal(go_image_calls(&s.image, site), 2);
}

static void test_what_is_cut_off_is_declined(void **unused)
{
	set_up("internal/runtime/syscall.Syscall6", "runtime.exit");
	synth_go_put(&s, SYNTH_GO_TABLE + 0x100 + 16, LEAVE + 12 - SYNTH_GO_AT, 4); /* no room for a jump */
	synth_go_put(&s, SYNTH_GO_DATA + 64 + 168, LEAVE + 12, 8);
	synth_go_put(&s, SYNTH_GO_DATA + 64 + 184, LEAVE + 12, 8);
	assert_true(go_image_open(&s.image, 0));
	assert_int_equal(go_image_calls(&s.image, site), 0);
}

/* ---- beginnings and ends -------------------------------------------------------------------------------- */

/* A stack check, the beginning, something, two returns; in 96 bytes. How many places, and the first one's size. */
static uint32_t ends(const uint8_t *begins, size_t begins_size, const uint8_t *returns, size_t returns_size, uint32_t *size)
{
	static const uint8_t check[] = {0x4d, 0x3b, 0x66, 0x10, 0x0f, 0x86, 1, 2, 3, 0};
	struct go_function f = {"crypto/tls.(*Conn).Read", ENDS, ENDS + 96};
	uint32_t n;

	synth_go(&s, true);
	put(ENDS, check, sizeof check, 96);
	memcpy(s.bytes + (ENDS + sizeof check - SYNTH_GO_AT), begins, begins_size);
	for (uint32_t at = 48; at <= 72; at += 24)
		memcpy(s.bytes + (ENDS + at - SYNTH_GO_AT), returns, returns_size);
	n = go_image_ends(&s.image, &f, end);
	*size = n ? end[0].size : 0;
	assert_true(!n || (n == 3 && end[0].at == ENDS + sizeof check && end[1].at == ENDS + 48 && end[2].at == ENDS + 72 &&
			   end[1].size == returns_size));
	return n;
}

#define ENDS_OF(begins, returns, size)                                                            \
	ends((const uint8_t *)(begins), sizeof(begins) - 1, (const uint8_t *)(returns), sizeof(returns) - 1, size)
#define OLD "\x48\x81\xec\xe8\x00\x00\x00\x48\x89\xac\x24\xe0\x00\x00\x00" /* to 1.20: sub rsp; mov [rsp+x], rbp */
#define OLD_SMALL "\x48\x83\xec\x68\x48\x89\x6c\x24\x60"
#define NEW "\x55\x48\x89\xe5\x48\x81\xec\xe8\x00\x00\x00" /* since 1.21: push rbp; mov rbp, rsp; sub rsp */
#define NEW_SMALL "\x55\x48\x89\xe5\x48\x83\xec\x68"
#define RETURN "\x48\x81\xc4\xe8\x00\x00\x00\x5d\xc3"
#define RETURN_OLD "\x48\x83\xc4\x68\xc3"

static void test_ends_of_every_version(void **unused)
{
	uint32_t size;

	assert_int_equal(ENDS_OF(OLD, RETURN_OLD, &size), 3);
	assert_int_equal(size, 7);
	assert_int_equal(ENDS_OF(OLD_SMALL, RETURN_OLD, &size), 3);
	assert_int_equal(size, 9);
	assert_int_equal(ENDS_OF(NEW, RETURN, &size), 3);
	assert_int_equal(size, 11);
	assert_int_equal(ENDS_OF(NEW_SMALL, RETURN, &size), 3);
	assert_int_equal(size, 8);
}

static void test_other_ends_are_declined(void **unused)
{
	uint32_t size;

	assert_int_equal(ENDS_OF("\x48\x81\xc4\x18\xff\xff\xff\x48\x89\xac\x24\xe0\x00\x00\x00", RETURN, &size), 0); /* add rsp, -x */
	assert_int_equal(ENDS_OF("\x48\x81\xec\xe8\x00\x00\x00\x90\x90\x90\x90\x90\x90\x90\x90", RETURN, &size), 0);
	assert_int_equal(ENDS_OF("\x55\x48\x89\xe5\x41\x55\x41\x54", RETURN, &size), 0); /* push r13; push r12 */
	assert_int_equal(ENDS_OF(NEW, "\xc9\xc3\x90\x90\x90", &size), 0);                /* leave; ret */
	assert_int_equal(ENDS_OF(NEW, "\x5d\xc3\x90\x90\x90", &size), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls_of_every_version),
		cmocka_unit_test(test_calls_by_another_name),
		cmocka_unit_test(test_any_other_byte_is_declined),
		cmocka_unit_test(test_what_is_cut_off_is_declined),
		cmocka_unit_test(test_ends_of_every_version),
		cmocka_unit_test(test_other_ends_are_declined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
