/* SPDX-License-Identifier: Apache-2.0 */
#include "core/recorder.h"

#include <errno.h>

#include "core/arena.h"
#include "core/series.h"
#include "core/stacks.h"

/* ---- the tables ----------------------------------------------------------------------------------- */

static uint64_t closed_cells(const struct recorder *r)
{
	uint64_t cells = 64;

	while (cells < r->told.history + 64ull)
		cells *= 2;
	return cells;
}

static void point_into_tables(struct recorder *r)
{
	r->free_slots.next = r->tables->slots_next;
	r->free_streams.next = r->tables->streams_next;
	r->free_tasks.next = r->tables->tasks_next;
	r->free_threads.next = r->tables->threads_next;
}

/* Memory that holds nothing: what there is, or else new. The child of a fork has its parent's. */
static void *blank(const struct recorder *r, void *there, uint64_t size)
{
	if (!there)
		return file_memory(size);
	return !r->worn || file_wipe(there, size) ? there : NULL;
}

static bool furnish(struct recorder *r)
{
	uint64_t cells = closed_cells(r);

	r->tables = blank(r, r->tables, sizeof *r->tables);
	if (!r->tables) {
		r->error = ENOMEM;
		return false;
	}
	point_into_tables(r);
	queue_init(&r->ended, r->tables->ended, sizeof r->tables->ended / sizeof *r->tables->ended);
	r->cells = blank(r, r->cells, cells * sizeof *r->cells);
	if (r->cells) /* without a ring what is closed is recycled at once */
		queue_init(&r->closed, r->cells, cells);
	return true;
}

/* ---- birth ------------------------------------------------------------------------------------------ */

static bool begin(struct recorder *r, bool (*make)(struct recorder *r))
{
	if (!furnish(r) || !make(r))
		return false;
	stacks_begin(r);
	series_begin(r);
	return true;
}

static void settled(struct recorder *r, enum arena_state state)
{
	__atomic_store_n(&r->arena_now, state, __ATOMIC_RELEASE);
}

bool recorder_prepare(struct recorder *r)
{
	uint64_t mask;

	if (arena_state(r) != ARENA_UNBORN)
		return arena_state(r) != ARENA_FAILED;
	if (!arena_lock(r, &mask))
		return false;
	if (r->arena_now == ARENA_UNBORN)
		settled(r, begin(r, arena_in_memory) ? ARENA_ANONYMOUS : ARENA_FAILED);
	arena_unlock(r, mask);
	return arena_state(r) != ARENA_FAILED;
}

bool recorder_open(struct recorder *r)
{
	uint64_t mask;

	if (arena_state(r) == ARENA_FILE)
		return true;
	if (arena_state(r) == ARENA_FAILED || !arena_lock(r, &mask))
		return false;
	if (r->arena_now == ARENA_UNBORN)
		settled(r, begin(r, arena_in_file) ? ARENA_FILE : ARENA_FAILED);
	else if (r->arena_now == ARENA_ANONYMOUS)
		settled(r, arena_into_file(r) ? ARENA_FILE : ARENA_FAILED);
	arena_unlock(r, mask);
	return arena_state(r) == ARENA_FILE;
}

void recorder_start_over(struct recorder *r)
{
	struct recorder_tables *tables = r->tables;
	struct queue_cell *cells = r->cells;
	struct recorder_told told = r->told;
	bool silent = r->silent;

	*r = (struct recorder){.told = told, .silent = silent, .tables = tables, .cells = cells, .worn = true};
	if (tables)
		point_into_tables(r);
}

void recorder_free(struct recorder *r)
{
	for (unsigned i = 0; i < r->region_count; i++) {
		const struct region *it = &r->tables->regions[i];

		file_free(it->at, it->size);
		if (it->old)
			file_free(it->old, it->size);
	}
	if (r->cells)
		file_free(r->cells, closed_cells(r) * sizeof *r->cells);
	if (r->tables)
		file_free(r->tables, sizeof *r->tables);
	*r = (struct recorder){.told = r->told};
}
