/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arena: the mapped file. Allocates it, grows it, hands out items of its pools and publishes
 * them. Knows neither what is in an item nor who asks.
 *
 * Before the process opens its first socket there is no file: the pools live in anonymous memory
 * (a program may start threads long before it opens a socket) and are moved into the file by
 * arena_open(). Pools never move again, and items are never returned to the arena: who owns a
 * pool keeps its own free list.
 */
#ifndef CONNLEAK_ARENA_H
#define CONNLEAK_ARENA_H

#include <stdbool.h>
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
	X(KERNEL, sizeof(struct dump_kernel), 8, 12)

enum arena_pool {
#define X(name, size, shift, segments) ARENA_##name,
	ARENA_POOLS(X)
#undef X
	ARENA_POOL_COUNT
};

#define ARENA_SEGMENTS_MAX 12
#define ARENA_NONE UINT32_MAX

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
	uint8_t *segment[ARENA_POOL_COUNT][ARENA_SEGMENTS_MAX];
};

extern struct arena_map arena;

/* The item at `index`, which must have been handed out. */
static inline void *arena_item_of(const struct arena_map *map, enum arena_pool pool, uint32_t index)
{
	/* Counted from the size of the first segment on, the highest bit is the segment. */
	uint32_t place = index + (1u << arena_shift[pool]);
	unsigned bit = 31u - (unsigned)__builtin_clz(place);

	return map->segment[pool][bit - arena_shift[pool]] +
	       (size_t)(place ^ 1u << bit) * arena_item_size[pool];
}

static inline void *arena_item(enum arena_pool pool, uint32_t index)
{
	return arena_item_of(&arena, pool, index);
}

/* How many items the pool has handed out so far; indices below it are safe for arena_item(). */
uint32_t arena_used(enum arena_pool pool);

/* Hands out `count` neighbouring items, zeroed; ARENA_NONE when there is no room and none to be
 * had, which is counted. Lock-free but for the moment in which the pool grows. */
uint32_t arena_take(enum arena_pool pool, uint32_t count);

enum arena_state { ARENA_UNBORN, ARENA_ANONYMOUS, ARENA_FILE, ARENA_FAILED };
extern enum arena_state arena_now; /* written by arena.c only */
static inline enum arena_state arena_state(void)
{
	return __atomic_load_n(&arena_now, __ATOMIC_ACQUIRE);
}

/* Makes the pools exist in anonymous memory, if they do not yet. */
bool arena_prepare(void);

/* Makes the file exist. False when it cannot: said once on standard error, and never tried again. */
bool arena_open(void);

/* The file is complete: from now on it is a dump. */
void arena_publish(void);

/* The child of a fork: this process has no arena. The mappings stay, for the parent's picture. */
void arena_forget(void);

/* Threads that were recorded in anonymous memory while the file was made: brings over what was
 * written there too late. Call it when it does not matter how long it takes. */
void arena_settle(void);

/* Adds to a counter of what was not observed. Counts also before there is a dump. */
void arena_lost(enum dump_lost what, uint64_t count);

/* What a part of the recorder owns under the arena's one lock: a thread that holds it has all
 * signals blocked, so that no handler of the same thread can wait for it. False when this thread
 * may not wait (a sandbox forbids us system calls). */
bool arena_lock(uint64_t *mask);
void arena_unlock(uint64_t mask);

#endif
