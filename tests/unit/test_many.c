/* SPDX-License-Identifier: Apache-2.0 */
/* Many recorders at once, in one process: core as a library, without any preload. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/names.h"
#include "core/slot.h"
#include "core/stacks.h"
#include "core/tasks.h"
#include "core/threads.h"
#include "in_folder.h"

static void *frames[] = {(void *)0x1000, (void *)0x2000};

static struct recorder told(uint32_t pid, uint32_t history)
{
	return (struct recorder){.told = {.paths = {folder_pattern, NULL}, .pid = pid, .page = (uint32_t)sysconf(_SC_PAGESIZE), .history = history}};
}

static bool exists(const char *name)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return stat(path, &st) == 0;
}

static struct dump_conn *opened(struct recorder *r, uint32_t *index)
{
	struct dump_conn *c = slot_take(r, index);

	assert_non_null(c);
	slot_publish(r, c, 3);
	return c;
}

static void each_has_its_own(void **unused)
{
	struct recorder a = told(1, 10), b = told(2, 10);
	uint32_t index, id;

	assert_true(recorder_open(&a) && recorder_open(&b));
	assert_true(exists("1.dump") && exists("2.dump"));
	assert_int_equal(opened(&a, &index)->id, 1);
	assert_int_equal(opened(&a, &index)->id, 2);
	assert_int_equal(opened(&b, &index)->id, 1);
	id = stacks_store(&a, frames, 2, 0);
	assert_true(stacks_find(&a, frames, 2) == id && stacks_find(&b, frames, 2) == 0);
	names_intern(&a, "one", 3);
	assert_int_equal(names_intern(&a, "two", 3), names_intern(&b, "two", 3) + 1);
	assert_int_equal(threads_begin(&a, threads_take(&a), 0, 1)->id, 1);
	assert_int_equal(threads_begin(&b, threads_take(&b), 0, 1)->id, 1);
	recorder_free(&a);
	assert_int_equal(opened(&b, &index)->id, 2);
	recorder_free(&b);
}

/* A task's name goes with its connection's slot, and its own is used again. */
static void a_task_goes_with_its_connection(void **unused)
{
	static const char umlauts[] = "ööööööööööööööööööööööööööööö";
	struct recorder r = told(9, 0);
	const struct dump_task *t;
	struct dump_conn *c;
	uint32_t index;

	assert_true(recorder_open(&r));
	for (int i = 0; i < 100; i++) {
		c = slot_take(&r, &index);
		tasks_name(&r, c->id, index, (const uint8_t *)umlauts, sizeof umlauts - 1);
		slot_publish(&r, c, 3);
		t = arena_item(&r, ARENA_TASKS, 0);
		assert_true(t->conn == c->id && strlen(t->name) == 54);
		slot_release(&r, index, 3, false, 1);
		assert_int_equal(t->conn, 0);
		slot_release(&r, (opened(&r, &index), index), 3, false, 1);
	}
	assert_int_equal(arena_used(&r, ARENA_TASKS), 1);
	recorder_free(&r);
}

/* Closed, and open again: it stays, however many are closed after it, until it is closed for good. */
static void what_came_back_keeps_its_slot(void **unused)
{
	struct recorder r = told(10, 4);
	struct dump_conn *c;
	uint32_t index, other;
	uint64_t id;

	assert_true(recorder_open(&r));
	c = opened(&r, &index);
	c->inode = 77;
	id = c->id;
	for (int round = 0; round < 3; round++) {
		assert_false(slot_revive(&r, index, 77, 5, 2)); /* it is open */
		slot_release(&r, index, round ? 5 : 3, false, 1);
		assert_false(slot_revive(&r, index, 78, 5, 2));
		assert_true(slot_revive(&r, index, 77, 5, 2));
		assert_true(c->id == id && c->state == DUMP_OPEN && c->refs == 1 && c->fds[0] == 5 && !c->closed_mono);
		for (int i = 0; i < 20; i++)
			slot_release(&r, (opened(&r, &other), other), 3, false, 1);
		assert_true(c->id == id && c->state == DUMP_OPEN);
		assert_true(stack_of(&r, c->stack)->open_now == 1 && r.arena.process->open_now == 1);
	}
	slot_release(&r, index, 5, false, 1);
	for (int i = 0; i < 20; i++)
		slot_release(&r, (opened(&r, &other), other), 3, false, 1);
	assert_false(slot_revive(&r, index, 77, 5, 2));
	assert_int_equal(stack_of(&r, STACK_UNKNOWN)->opened, 81);
	assert_int_equal(r.arena.process->open_now, 0);
	recorder_free(&r);
}

/* What a parent left in the tables means nothing in the child. */
static void it_starts_over_with_nothing(void **unused)
{
	struct recorder r = told(3, 1);
	uint32_t index, slot;

	assert_true(recorder_open(&r));
	stacks_store(&r, frames, 2, 0);
	names_intern(&r, "one", 3);
	for (int i = 0; i < 5; i++) {
		opened(&r, &index);
		slot_release(&r, index, 3, false, 1);
		slot = threads_take(&r);
		threads_finish(threads_begin(&r, slot, 0, 1));
		threads_end(&r, slot, 2);
	}
	recorder_start_over(&r);
	r.told.pid = 4;
	assert_int_equal(arena_state(&r), ARENA_UNBORN);
	assert_true(recorder_open(&r) && exists("4.dump"));
	assert_int_equal(stacks_find(&r, frames, 2), 0);
	assert_int_equal(names_intern(&r, "other", 5), 1);
	assert_int_equal(queue_size(&r.closed) + queue_size(&r.ended), 0);
	assert_int_equal(opened(&r, &index)->id, 1);
	slot_release(&r, index, 3, false, 1);
	assert_int_equal(queue_size(&r.closed), 1);
	assert_int_equal(threads_begin(&r, threads_take(&r), 0, 1)->id, 1);
	recorder_free(&r);
}

static void why_there_is_no_file_is_an_errno(void **unused)
{
	struct recorder r = {.told = {.paths = {"/nowhere/at/all.dump", NULL}, .pid = 5, .page = (uint32_t)sysconf(_SC_PAGESIZE)}};

	assert_false(recorder_open(&r));
	assert_true(r.error == ENOENT && arena_state(&r) == ARENA_FAILED);
	recorder_free(&r);
	r = told(6, 0);
	r.told.paths[2] = folder_pattern;
	r.told.paths[1] = "/proc/version/all.dump";
	r.told.paths[0] = "/nowhere/at/all.dump";
	assert_true(recorder_open(&r) && exists("6.dump") && r.error == ENOENT && r.path == 2);
	recorder_free(&r);
}

/* Threads come before the first socket: from memory into the file. */
static void from_memory_into_the_file(void **unused)
{
	struct recorder r = told(7, 0);
	uint32_t slot = threads_take(&r);

	threads_finish(threads_begin(&r, slot, DUMP_THREAD_STARTED, 5));
	assert_int_equal(arena_state(&r), ARENA_ANONYMOUS);
	assert_true(recorder_open(&r) && threads_at(&r, slot)->created_mono == 5);
	recorder_free(&r);
}

/* Whatever machine it is: aarch64 has pages of 4, 16 and 64 KiB. Chunks follow one another without a gap all the same. */
static void offsets_fit_the_page(void **unused)
{
	for (uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE), pid = 9; page <= 65536; page *= 4, pid++) {
		struct recorder r = told(pid, 0);
		const struct dump_header *header;
		uint64_t at, walked = sizeof *header;

		r.told.page = page;
		assert_true(recorder_open(&r));
		while (r.region_count < 5)
			assert_int_not_equal(arena_take(&r, ARENA_CONNECTIONS, 1), ARENA_NONE);
		assert_int_equal(r.arena.process->lost[DUMP_LOST_GROW], 0);
		header = (const void *)r.tables->regions[0].at;
		at = 0;
		for (unsigned i = 0; i < r.region_count; i++) {
			const struct region *it = &r.tables->regions[i];

			assert_int_equal(it->offset, at);
			assert_int_equal(it->size % page, 0);
			at += it->size;
			while (walked < at)
				walked += ((const struct dump_chunk *)(const void *)(it->at + walked - it->offset))->size;
			assert_int_equal(walked, at);
		}
		assert_int_equal(header->size, at);
		recorder_free(&r);
	}
}

static void nothing_while_silent(void **unused)
{
	struct recorder r = told(8, 0);

	r.silent = true;
	assert_false(recorder_open(&r) || recorder_prepare(&r) || exists("8.dump"));
	assert_int_equal(threads_take(&r), 0);
	r.silent = false;
	assert_true(recorder_open(&r));
	assert_int_equal(r.arena.process->lost[DUMP_LOST_THREADS], 1);
	recorder_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_its_own),
		cmocka_unit_test(a_task_goes_with_its_connection),
		cmocka_unit_test(what_came_back_keeps_its_slot),
		cmocka_unit_test(it_starts_over_with_nothing),
		cmocka_unit_test(why_there_is_no_file_is_an_errno),
		cmocka_unit_test(from_memory_into_the_file),
		cmocka_unit_test(nothing_while_silent),
		cmocka_unit_test(offsets_fit_the_page),
	};

	return IN_FOLDER(tests);
}
