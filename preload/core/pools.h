/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pools of a dump: which there are, how far each may grow, and where an item is. Knows neither what is in
 * an item nor where the memory comes from.
 */
#ifndef CONNLEAK_POOLS_H
#define CONNLEAK_POOLS_H

#include <stddef.h>
#include <stdint.h>

#include "connleak/dump.h"

/* pool, item, log2 of the items in its first segment, segments at most; segment k has 2^k times
 * the items of the first, so that an index is found by one count of leading zeros. */
#define ARENA_POOLS(X)                                                                            \
	X(CONNECTIONS, sizeof(struct dump_conn), 8, 12)                                           \
	X(STREAMS, sizeof(struct dump_streams), 4, 10)                                            \
	X(THREADS, sizeof(struct dump_thread), 6, 12)                                             \
	X(STACKS, DUMP_STACK_ITEM, 10, 8)                                                         \
	X(MODULES, sizeof(struct dump_module), 6, 6)                                              \
	X(STRINGS, DUMP_STRING_ITEM, 9, 8)                                                        \
	X(KERNEL, sizeof(struct dump_kernel), 8, 12)                                              \
	X(CLOSES, sizeof(struct dump_close), 9, 11)                                               \
	X(SERIES, sizeof(struct dump_series), 2, 8)                                               \
	X(EXHAUSTIONS, sizeof(struct dump_exhaustion), 0, 1)                                     \
	X(PLACES, sizeof(struct dump_place), 8, 6)                                                \
	X(TASKS, sizeof(struct dump_task), 6, 12) \
	X(TWICE, sizeof(struct dump_twice), 4, 4)

enum arena_pool {
#define X(name, size, shift, segments) ARENA_##name,
	ARENA_POOLS(X)
#undef X
	ARENA_POOL_COUNT
};

/* How many items a pool can have at most: ARENA_CONNECTIONS_MAX, ... */
enum {
#define X(name, size, shift, segments) ARENA_##name##_MAX = ((1u << (segments)) - 1) << (shift),
	ARENA_POOLS(X)
#undef X
};

#define ARENA_SEGMENTS_MAX 12
#define X(name, size, shift, segments)                                                                       \
	_Static_assert((segments) <= ARENA_SEGMENTS_MAX, "room in struct arena_map");
ARENA_POOLS(X)
#undef X

static const uint16_t arena_item_size[] = {
#define X(name, size, shift, segments) size,
	ARENA_POOLS(X)
#undef X
};
static const uint8_t arena_shift[] = {
#define X(name, size, shift, segments) shift,
	ARENA_POOLS(X)
#undef X
};

/* Where the items of each segment are; NULL: not there yet. A set of these is one picture of the
 * arena; after a fork the child keeps its parent's to read from (process_parent). */
struct arena_map {
	struct dump_process *process; /* beside the connections: both are used at every call */
	uintptr_t before[ARENA_POOL_COUNT][ARENA_SEGMENTS_MAX]; /* of each segment: arena_before() */
	uint8_t *segment[ARENA_POOL_COUNT][ARENA_SEGMENTS_MAX];
};

/* Counted from the size of the first segment on, an item's highest bit is its segment: so, where item 0 would
 * be if that segment began so far from there. */
static inline uintptr_t arena_before(enum arena_pool pool, unsigned k, const uint8_t *segment)
{
	return (uintptr_t)segment - ((uintptr_t)arena_item_size[pool] << (k + arena_shift[pool]));
}

/* The item at `index`, which must have been handed out. */
static inline void *arena_item_of(const struct arena_map *map, enum arena_pool pool, uint32_t index)
{
	uint32_t place = index + (1u << arena_shift[pool]);
	unsigned bit = 31u ^ (unsigned)__builtin_clz(place);

	return (void *)(map->before[pool][bit - arena_shift[pool]] + (size_t)place * arena_item_size[pool]);
}

#endif
