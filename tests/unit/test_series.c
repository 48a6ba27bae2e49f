/* SPDX-License-Identifier: Apache-2.0 */
/* How many were open over time, beside a plain account of the same events; and what is kept of a descriptor that was
 * not to be had. Core as a library. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/exhaustion.h"
#include "core/series.h"
#include "core/slot.h"
#include "core/stacks.h"
#include "in_folder.h"

#define START 1000000000ull
#define PLACES 3
#define EVENTS 20000
#define MS 1000000ull

static struct recorder begun(uint32_t pid, uint32_t history)
{
	struct recorder r = {.told = {.paths = {folder_pattern, NULL}, .pid = pid, .page = (uint32_t)sysconf(_SC_PAGESIZE), .history = history}};

	assert_true(recorder_open(&r));
	r.arena.process->started_mono = START;
	return r;
}

static uint32_t stack_number(struct recorder *r, uint64_t i)
{
	void *frames[] = {(void *)(uintptr_t)(0x1000 + i * 16), (void *)0x2000};

	return stacks_store(r, frames, 2, 0);
}

static uint32_t opened(struct recorder *r, uint32_t stack, uint64_t now, int fd)
{
	uint32_t index;
	struct dump_conn *c = slot_take(r, &index);

	assert_non_null(c);
	c->stack = stack;
	c->opened_mono = now;
	slot_publish(r, c, fd);
	return index;
}

static const struct dump_series *series_of(const struct recorder *r, uint32_t stack)
{
	if (stack == DUMP_SERIES_ALL)
		return arena_item(r, ARENA_SERIES, 0);
	return arena_item(r, ARENA_SERIES, stack_of(r, stack)->series - 1);
}

/* ---- the account ----------------------------------------------------------------------------------- */

struct account {
	struct {
		uint64_t at;
		uint32_t open;
	} steps[EVENTS];
	uint32_t count;
};

static struct account accounts[PLACES + 1]; /* the last is that of all */

static void account(struct account *a, uint64_t at, int change)
{
	a->steps[a->count].at = at;
	a->steps[a->count].open = (a->count ? a->steps[a->count - 1].open : 0) + (uint32_t)change;
	a->count++;
}

/* The most that were open between two moments, with what was open when the first one came. */
static uint32_t most(const struct account *a, uint64_t from, uint64_t to)
{
	uint32_t open = 0, most = 0;
	uint32_t i = 0;

	for (; i < a->count && a->steps[i].at < from; i++)
		open = a->steps[i].open;
	for (most = open; i < a->count && a->steps[i].at < to; i++)
		most = a->steps[i].open > most ? a->steps[i].open : most;
	return most;
}

/* Every cell that was written last, up to the bucket of the last event, has what the account has. */
static void same(const struct recorder *r, const struct dump_series *s, const struct account *a)
{
	uint32_t tag = s->cells[0] >> DUMP_SERIES_BITS;
	uint64_t length = (1ull << DUMP_SERIES_SHIFT) << (tag ? tag - 1 : 0), last = a->steps[a->count - 1].at;

	assert_true(tag - 1 <= r->arena.process->series_doubled && !s->busy);
	assert_true((last - START) / length < DUMP_SERIES_CELLS);
	for (uint64_t i = 0; i <= (last - START) / length; i++) {
		assert_int_equal(s->cells[i] >> DUMP_SERIES_BITS, tag);
		assert_int_equal(s->cells[i] & ((1u << DUMP_SERIES_BITS) - 1), most(a, START + i * length, START + (i + 1) * length));
	}
}

/* Pauses of all lengths: many within a bucket, and some that double the length several times. */
static void as_the_account_has_it(void **unused)
{
	struct recorder r = begun(1, 16);
	uint32_t open[PLACES][EVENTS], count[PLACES] = {0}, stacks[PLACES];
	uint64_t now = START;

	srand(15);
	memset(accounts, 0, sizeof accounts);
	for (unsigned i = 0; i < PLACES; i++)
		stacks[i] = stack_number(&r, i);
	for (unsigned n = 0; n < 6000; n++) {
		unsigned place = (unsigned)rand() % PLACES;
		bool opens = !count[place] || rand() % 100 < 51;

		now += rand() % 40 ? (uint64_t)rand() % (2 * MS) : rand() % 50 ? (uint64_t)rand() % (90 * MS) :
								    (uint64_t)rand() % (9000 * MS);
		account(&accounts[place], now, opens ? 1 : -1);
		account(&accounts[PLACES], now, opens ? 1 : -1);
		if (opens)
			open[place][count[place]++] = opened(&r, stacks[place], now, 3);
		else
			slot_release(&r, open[place][--count[place]], 3, false, now);
		if (n % 500 == 0 || n == 5999)
			same(&r, series_of(&r, DUMP_SERIES_ALL), &accounts[PLACES]);
	}
	for (unsigned i = 0; i < PLACES; i++)
		same(&r, series_of(&r, stacks[i]), &accounts[i]);
	assert_int_equal(r.arena.process->open_now, count[0] + count[1] + count[2]);
	assert_true(r.arena.process->series_doubled > 4);
	recorder_free(&r);
}

static void a_place_that_comes_late_begins_with_none(void **unused)
{
	struct recorder r = begun(2, 0);
	uint32_t late = stack_number(&r, 7);
	const struct dump_series *s;

	opened(&r, STACK_UNKNOWN, START, 3);
	opened(&r, late, START + 400 * MS, 4);
	s = series_of(&r, late);
	for (unsigned i = 0; i < (400 * MS) >> (DUMP_SERIES_SHIFT); i++)
		assert_int_equal(s->cells[i], 1u << DUMP_SERIES_BITS);
	assert_int_equal(s->cells[(400 * MS) >> DUMP_SERIES_SHIFT], 1u << DUMP_SERIES_BITS | 1);
	assert_int_equal(s->stack, late);
	recorder_free(&r);
}

/* Inherited, from before the process began; and a clock that stands still at nothing. */
static void what_was_there_before_the_beginning(void **unused)
{
	struct recorder r = begun(3, 0);

	opened(&r, STACK_UNKNOWN, 5, 3);
	opened(&r, STACK_UNKNOWN, START + MS, 3);
	assert_int_equal(series_of(&r, DUMP_SERIES_ALL)->cells[0], 1u << DUMP_SERIES_BITS | 2);
	assert_int_equal(r.arena.process->series_from, START);
	recorder_free(&r);
}

static void stacks_beyond_the_pool_are_counted(void **unused)
{
	struct recorder r = begun(4, 0);
	uint32_t extra = 50;

	for (uint32_t i = 0; i < ARENA_SERIES_MAX - 1 + extra; i++)
		opened(&r, stack_number(&r, i), START + i * MS, 3);
	assert_int_equal(r.arena.process->series_lost, extra);
	assert_int_equal(r.arena.process->lost[DUMP_LOST_GROW], 0);
	opened(&r, stack_number(&r, ARENA_SERIES_MAX), START + 5000 * MS, 3);
	assert_int_equal(r.arena.process->series_lost, extra);
	recorder_free(&r);
}

/* ---- threads --------------------------------------------------------------------------------------- */

#define THREADS 4
#define ROUNDS 20000

static struct recorder shared;
static uint64_t clock_now = START;

static void *opens_and_closes(void *data)
{
	uint32_t stack = *(uint32_t *)data, index[8];

	for (int i = 0; i < ROUNDS; i++) {
		for (int k = 0; k < 8; k++)
			index[k] = opened(&shared, stack, __atomic_add_fetch(&clock_now, MS / 16, __ATOMIC_RELAXED), 3);
		for (int k = 0; k < 8; k++)
			slot_release(&shared, index[k], 3, false, __atomic_add_fetch(&clock_now, MS / 16, __ATOMIC_RELAXED));
	}
	return NULL;
}

static void among_threads_nothing_is_made_up(void **unused)
{
	pthread_t threads[THREADS];
	uint32_t stacks[2];

	shared = begun(5, 64);
	stacks[0] = stack_number(&shared, 0);
	stacks[1] = stack_number(&shared, 1);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, opens_and_closes, &stacks[i % 2]), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(shared.arena.process->open_now, 0);
	assert_int_equal(shared.arena.process->series_lost, 0);
	for (int i = 0; i < 2; i++) {
		const struct dump_series *s = series_of(&shared, i ? stacks[0] : DUMP_SERIES_ALL);
		uint32_t peak = 0;

		assert_false(s->busy);
		for (int k = 0; k < DUMP_SERIES_CELLS; k++) {
			uint32_t n = s->cells[k] & ((1u << DUMP_SERIES_BITS) - 1);

			assert_true(n <= (i ? 16 : 32));
			peak = n > peak ? n : peak;
		}
		assert_true(peak >= 8);
	}
	recorder_free(&shared);
}

/* ---- no descriptor is to be had --------------------------------------------------------------------- */

static void the_first_moment_is_kept(void **unused)
{
	struct recorder r = begun(6, 0);
	const struct dump_exhaustion *e = arena_item(&r, ARENA_EXHAUSTIONS, 0);
	struct exhaustion_moment m = {.now = START + 5, .error = EMFILE, .stack = 1, .thread = 9, .limit = 64};

	for (uint32_t place = 0; place < 12; place++)
		for (uint32_t i = 0; i <= place; i++)
			opened(&r, stack_number(&r, place), START, 3);
	assert_int_equal(e->mono, 0);
	assert_true(exhaustion_count(&r, START + 5));
	exhaustion_first(&r, &m);
	assert_false(exhaustion_count(&r, START + 8));
	assert_int_equal(r.arena.process->exhausted, 2);
	assert_true(e->mono == START + 5 && e->last_mono == START + 8);
	assert_true(e->error == EMFILE && e->limit == 64 && e->thread == 9);
	assert_true(e->open == 78 && e->stacks == 12);
	for (uint32_t i = 0; i < DUMP_EXHAUSTION_TOP; i++) {
		assert_int_equal(e->top[i].open, 12 - i);
		assert_int_equal(e->top[i].stack, stack_number(&r, 11 - i));
	}
	recorder_free(&r);
}

static void the_highest_number_of_its_own(void **unused)
{
	struct recorder r = begun(7, 0);
	uint32_t index;
	struct dump_conn *c = slot_take(&r, &index);

	c->flags = DUMP_INHERITED;
	slot_publish(&r, c, 900);
	assert_int_equal(r.arena.process->descriptors, 0);
	opened(&r, STACK_UNKNOWN, START, 40);
	opened(&r, STACK_UNKNOWN, START, 30);
	assert_int_equal(r.arena.process->descriptors, 41);
	r.arena.process->nofile_began = 600; /* near it there is room for what the kernel will say at the end */
	opened(&r, STACK_UNKNOWN, START, 538);
	assert_int_equal(r.capacity[ARENA_KERNEL], 0);
	opened(&r, STACK_UNKNOWN, START, 539);
	assert_true(r.capacity[ARENA_KERNEL] >= 600);
	recorder_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_the_account_has_it),
		cmocka_unit_test(a_place_that_comes_late_begins_with_none),
		cmocka_unit_test(what_was_there_before_the_beginning),
		cmocka_unit_test(stacks_beyond_the_pool_are_counted),
		cmocka_unit_test(among_threads_nothing_is_made_up),
		cmocka_unit_test(the_first_moment_is_kept),
		cmocka_unit_test(the_highest_number_of_its_own),
	};

	return IN_FOLDER(tests);
}
