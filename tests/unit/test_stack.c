/* SPDX-License-Identifier: Apache-2.0 */
/* Stacks that are known again, on made-up stacks and on this test's own. */
#include <alloca.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "alone.h"
#include "core/arena.h"
#include "core/names.h"
#include "here/bounds.h"
#include "stacks/cache.h"
#include "threads/thread.h"
#include "stacks/unwind.h"

/* ---- made-up stacks: a frame's return address lies behind its first word ------------------------------ */

#define WORDS 64

static uintptr_t words[WORDS];
static void *const addresses[] = {(void *)0x1111, (void *)0xa001, (void *)0xa002, (void *)0xa003};
#define COUNT 4 /* the first is that of a call which has returned */

static void lay_out(void)
{
	memset(words, 0, sizeof words);
	words[1] = 0xa001;
	words[10] = 0xa002;
	words[30] = 0xa003;
	stack_cache_forget();
}

static uint32_t find(void)
{
	return stack_cache_find(words, words + WORDS);
}

static void put(uint32_t id)
{
	stack_cache_put(words, words + WORDS, addresses, COUNT, id);
}

static void put_twice(uint32_t id)
{
	put(id);
	put(id);
}

static void test_found_when_it_was_there_twice(void **unused)
{
	lay_out();
	assert_int_equal(find(), 0);
	put(7);
	assert_int_equal(find(), 0);
	put(7);
	assert_int_equal(find(), 7);
	words[20] = 0xbad; /* no return address */
	assert_int_equal(find(), 7);
}

static void test_another_return_address_is_another_stack(void **unused)
{
	static const int places[] = {1, 10, 30};

	for (int i = 0; i < 3; i++) {
		lay_out();
		put_twice(7);
		words[places[i]]++;
		assert_int_equal(find(), 0);
		words[places[i]]--;
		assert_int_equal(find(), 7);
	}
}

static void test_another_frame_is_another_stack(void **unused)
{
	lay_out();
	put_twice(7);
	assert_int_equal(stack_cache_find(words + 1, words + WORDS), 0);
}

/* The word that an earlier call left below the true one is looked at, too; the true one may be either. */
static void test_what_looks_like_a_return_address_has_to_be_as_it_was(void **unused)
{
	lay_out();
	words[5] = 0xa002;
	put_twice(7);
	words[10] = 0xbad;
	assert_int_equal(find(), 0);
	words[10] = 0xa002;
	words[5] = 0xbad;
	assert_int_equal(find(), 0);
}

static void test_what_changed_under_the_same_stack_is_no_place(void **unused)
{
	lay_out();
	words[5] = 0xa002;
	put_twice(7);
	words[5] = 0xbad;
	put(7); /* the unwinder says that it is the same */
	assert_int_equal(find(), 7);
	words[5] = 0xa002;
	assert_int_equal(find(), 7);
	words[10] = 0xbad;
	assert_int_equal(find(), 0);
}

/* An address without a place would never be looked at again. */
static void test_the_last_place_of_an_address_is_not_dropped(void **unused)
{
	lay_out();
	put_twice(7);
	words[10] = 0xbad;
	put(7);
	assert_int_equal(find(), 0);
	put_twice(7);
	assert_int_equal(find(), 0);
}

static void test_an_address_that_lies_nowhere_is_not_kept(void **unused)
{
	lay_out();
	words[30] = 0;
	put_twice(7);
	assert_int_equal(find(), 0);
}

/* A frame beyond what is looked through could not be told from what looks like it. */
static void test_a_stack_too_deep_is_not_kept(void **unused)
{
	static uintptr_t deep[1 << 17];

	stack_cache_forget();
	deep[1] = 0xa001;
	deep[2] = 0xa002;
	deep[3] = 0xa003;
	for (int i = 0; i < 3; i++)
		stack_cache_put(deep, deep + (1 << 17), addresses, COUNT, 7);
	assert_int_equal(stack_cache_find(deep, deep + (1 << 17)), 0);
}

static void test_nothing_is_read_beyond_the_end(void **unused)
{
	uint8_t *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uintptr_t *end = (uintptr_t *)(pages + 4096), *frame = end - 40;

	assert_ptr_not_equal(pages, MAP_FAILED);
	lay_out();
	memcpy(frame, words, 40 * sizeof *frame);
	for (int i = 0; i < 2; i++)
		stack_cache_put(frame, end, addresses, COUNT, 7);
	assert_int_equal(mprotect(pages + 4096, 4096, PROT_NONE), 0);
	assert_int_equal(stack_cache_find(frame, end), 7);
	assert_int_equal(stack_cache_find(frame, frame + 30), 0); /* the stack is a shorter one now */
	stack_cache_put(frame, frame + 30, addresses, COUNT, 7);
	munmap(pages, 8192);
}

static void test_ids_of_before_a_fork_are_forgotten(void **unused)
{
	lay_out();
	put_twice(7);
	stack_cache_forget();
	assert_int_equal(find(), 0);
	put(7);
	assert_int_equal(find(), 0);
	put(7);
	assert_int_equal(find(), 7);
}

static void test_stacks_from_one_frame_live_beside_each_other(void **unused)
{
	lay_out();
	put_twice(4);
	words[10] = 0xa00f;
	stack_cache_put(words, words + WORDS, (void *[]){(void *)0xa001, (void *)0xa00f, (void *)0xa003}, 3, 5);
	stack_cache_put(words, words + WORDS, (void *[]){(void *)0xa001, (void *)0xa00f, (void *)0xa003}, 3, 5);
	assert_int_equal(find(), 5);
	words[10] = 0xa002;
	assert_int_equal(find(), 4);
}

/* ---- this test's own stack, beside the unwinder ---------------------------------------------------------- */

#define DIFFER 400

static uint32_t seed, found;

static uint32_t chance(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 16) % below;
}

__attribute__((noinline)) static void ask_the_unwinder(const uintptr_t *frame, const uintptr_t *top, uint32_t id)
{
	void *frames[72];
	int n = unwind_take(frames, 72), own = 0;
	uint32_t truth;

	while (own < n && (uintptr_t)frames[own] != frame[1])
		own++;
	CHECK(own < n);
	truth = (uint32_t)names_hash(frames + own, (size_t)(n - own) * sizeof *frames) | 1u << 31;
	CHECK(id == 0 || id == truth);
	found += id != 0;
	stack_cache_put(frame, top, frames, n, truth);
}

/* As stack_here() does it, but that the unwinder is always asked, too: in a frame of its own, as on aarch64 what lies in
 * one is above it, where it would be looked for. */
__attribute__((noinline)) static void compare(void)
{
	const uintptr_t *frame = __builtin_frame_address(0), *top = bounds_top(frame);

	ask_the_unwinder(frame, top, stack_cache_find(frame, top));
	__asm__ volatile("" ::: "memory");
}

static void wander(int depth);

/* As if an earlier call had left its return addresses there. */
__attribute__((noinline, no_sanitize("address", "undefined"))) static void leave_words(int depth)
{
	volatile uintptr_t left[32];
	const uintptr_t *frame = __builtin_frame_address(0);

	for (int i = 0; i < 32; i++)
		left[i] = frame[chance(24)];
	if (left[chance(32)] != 1)
		wander(depth);
	__asm__ volatile("" ::: "memory");
}

__attribute__((noinline)) static void take_room(int depth)
{
	volatile char *room = alloca(16 + 16 * chance(8)); /* not written to: what was there stays */

	if (room)
		wander(depth);
	__asm__ volatile("" ::: "memory");
}

__attribute__((noinline)) static void wander(int depth)
{
	if (depth == 0)
		compare();
	else
		switch (chance(5)) {
		case 0: take_room(depth - 1); break;
		case 1: leave_words(depth - 1); break;
		case 2: wander(depth - 1); break;
		case 3: wander(depth - 1); break; /* another place of call */
		default: compare();
		}
	__asm__ volatile("" ::: "memory");
}

static void the_cache_says_what_the_unwinder_says(void)
{
	made(); /* there is a dump, and libunwind */
	for (uint32_t i = 0; i < 40000; i++) {
		seed = i % DIFFER * 7919; /* each way is gone a hundred times, among others */
		wander(5);
	}
	CHECK(found > 4000);
}

ALONE(the_cache_says_what_the_unwinder_says)

static void handler(int signal)
{
	(void)signal;
	compare();
}

/* Of what was interrupted the address lies in what the kernel saved. */
static void a_handlers_stack_is_known_again(void)
{
	made();
	compare();
	CHECK(signal(SIGUSR1, handler) != SIG_ERR);
	for (int i = 0; i < 5; i++)
		raise(SIGUSR1);
	CHECK(found == 3);
}

ALONE(a_handlers_stack_is_known_again)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found_when_it_was_there_twice),
		cmocka_unit_test(test_another_return_address_is_another_stack),
		cmocka_unit_test(test_another_frame_is_another_stack),
		cmocka_unit_test(test_what_looks_like_a_return_address_has_to_be_as_it_was),
		cmocka_unit_test(test_what_changed_under_the_same_stack_is_no_place),
		cmocka_unit_test(test_the_last_place_of_an_address_is_not_dropped),
		cmocka_unit_test(test_an_address_that_lies_nowhere_is_not_kept),
		cmocka_unit_test(test_a_stack_too_deep_is_not_kept),
		cmocka_unit_test(test_nothing_is_read_beyond_the_end),
		cmocka_unit_test(test_ids_of_before_a_fork_are_forgotten),
		cmocka_unit_test(test_stacks_from_one_frame_live_beside_each_other),
		cmocka_unit_test(test_the_cache_says_what_the_unwinder_says),
		cmocka_unit_test(test_a_handlers_stack_is_known_again),
	};

	return IN_FOLDER(tests);
}
