/* SPDX-License-Identifier: Apache-2.0 */
#include "core/places.h"

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "core/names.h"

#define TABLE PLACES_TABLE

static bool same(const struct dump_place *a, const struct dump_place *b)
{
	return a->function == b->function && a->file == b->file && a->line == b->line && a->language == b->language;
}

/* The index, or PLACES_NONE and the cell where it would stand. */
static uint32_t find(struct recorder *r, const struct dump_place *place, uint32_t *cell)
{
	uint32_t entry;

	*cell = (uint32_t)(names_hash(place, offsetof(struct dump_place, reserved)) >> 40) % TABLE;
	while ((entry = __atomic_load_n(&r->tables->places[*cell], __ATOMIC_ACQUIRE))) {
		if (same(arena_item(r, ARENA_PLACES, entry - 1), place))
			return entry - 1;
		*cell = (*cell + 1) % TABLE;
	}
	return PLACES_NONE;
}

static uint32_t store(struct recorder *r, const struct dump_place *place)
{
	uint32_t at = arena_take(r, ARENA_PLACES, 1);
	struct dump_place *to;

	if (at == ARENA_NONE)
		return PLACES_NONE;
	to = arena_item(r, ARENA_PLACES, at);
	to->function = place->function;
	to->file = place->file;
	to->line = place->line;
	__atomic_store_n(&to->language, place->language, __ATOMIC_RELEASE);
	return at;
}

uint32_t places_intern(struct recorder *r, const struct dump_place *place)
{
	uint32_t cell, at = find(r, place, &cell), nobody = 0;

	if (at != PLACES_NONE)
		return at;
	if (__atomic_load_n(&r->places_used, __ATOMIC_RELAXED) < TABLE / 4 * 3)
		at = store(r, place);
	if (at == PLACES_NONE) {
		arena_lost(r, DUMP_LOST_PLACES, 1);
		return at;
	}
	__atomic_fetch_add(&r->places_used, 1, __ATOMIC_RELAXED);
	/* Another thread may have taken the cell: as in names.c, then ours is a second copy. */
	__atomic_compare_exchange_n(&r->tables->places[cell], &nobody, at + 1, false, __ATOMIC_RELEASE,
				    __ATOMIC_RELAXED);
	return at;
}
