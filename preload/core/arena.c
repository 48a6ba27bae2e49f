/* SPDX-License-Identifier: Apache-2.0 */
#include "core/arena.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>

#include "core/file.h"
#include "here/presence.h"

#define PAGE 4096u
#define ROUND_UP(n, to) (((n) + (to)-1) / (to) * (to))

HOT_DATA struct arena_map arena;

/* A stretch of the file, mapped on its own. The first holds the header, the process and the first
 * segment of the pools that every process needs; each further one is one segment that was added. */
struct region {
	uint8_t *at;
	uint8_t *old; /* where it was in anonymous memory, else NULL */
	uint64_t offset, size;
};

static const uint16_t chunk_kind[] = {
#define X(name, size, shift, segments) DUMP_CHUNK_##name,
	ARENA_POOLS(X)
#undef X
};
static const uint8_t segments_max[] = {
#define X(name, size, shift, segments) segments,
	ARENA_POOLS(X)
#undef X
};

static struct region regions[1 + ARENA_POOL_COUNT * ARENA_SEGMENTS_MAX];
static unsigned region_count;
static uint32_t next_index[ARENA_POOL_COUNT];
static uint32_t capacity[ARENA_POOL_COUNT];
static uint64_t early_lost[DUMP_LOST_COUNT];
HOT_DATA enum arena_state arena_now;
static int lock;

uint32_t arena_used(enum arena_pool pool)
{
	return __atomic_load_n(&next_index[pool], __ATOMIC_ACQUIRE);
}

void arena_lost(enum dump_lost what, uint64_t count)
{
	struct dump_process *p = __atomic_load_n(&arena.process, __ATOMIC_ACQUIRE);

	__atomic_fetch_add(p ? &p->lost[what] : &early_lost[what], count, __ATOMIC_RELAXED);
}

/* ---- the lock ------------------------------------------------------------------------------- */

bool arena_lock(uint64_t *mask)
{
	uint64_t all = ~0ull;

	if (state.sandboxed)
		return false;
	sys_call4(SYS_rt_sigprocmask, 0 /* SIG_BLOCK */, &all, mask, sizeof all);
	while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
		sys_call0(SYS_sched_yield);
	return true;
}

void arena_unlock(uint64_t mask)
{
	__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
	sys_call4(SYS_rt_sigprocmask, 2 /* SIG_SETMASK */, &mask, NULL, sizeof mask);
}

/* ---- chunks --------------------------------------------------------------------------------- */

static uint32_t segment_items(enum arena_pool pool, unsigned k)
{
	return (1u << k) << arena_shift[pool];
}

static uint64_t chunk_size(enum arena_pool pool, unsigned k)
{
	return ROUND_UP(sizeof(struct dump_chunk) +
			(uint64_t)segment_items(pool, k) * arena_item_size[pool], 64);
}

static void publish_chunk(uint8_t *at, enum arena_pool pool, unsigned k, uint64_t size)
{
	struct dump_chunk *chunk = (struct dump_chunk *)at;

	chunk->version = 1;
	chunk->item_size = arena_item_size[pool];
	chunk->size = size;
	chunk->items = segment_items(pool, k);
	chunk->first = capacity[pool];
	__atomic_store_n(&chunk->kind, chunk_kind[pool], __ATOMIC_RELEASE);
	__atomic_store_n(&arena.segment[pool][k], at + sizeof *chunk, __ATOMIC_RELEASE);
	__atomic_store_n(&capacity[pool], capacity[pool] + chunk->items, __ATOMIC_RELEASE);
}

/* The pools of the first region; the others begin empty. */
static const enum arena_pool first_pools[] = {ARENA_CONNECTIONS, ARENA_THREADS, ARENA_STACKS,
					      ARENA_MODULES, ARENA_STRINGS};
#define FIRST_POOLS (sizeof first_pools / sizeof *first_pools)

static uint64_t first_size(void)
{
	uint64_t size = sizeof(struct dump_header) + sizeof(struct dump_chunk) +
			sizeof(struct dump_process);

	for (unsigned i = 0; i < FIRST_POOLS; i++)
		size += chunk_size(first_pools[i], 0);
	return ROUND_UP(size, PAGE);
}

static void lay_out(uint8_t *at, uint64_t size)
{
	struct dump_header *header = (struct dump_header *)at;
	struct dump_chunk *chunk = (struct dump_chunk *)(header + 1);
	uint8_t *end = at + size;

	header->byte_order = DUMP_BYTE_ORDER;
	header->version = DUMP_VERSION;
	header->header_size = sizeof *header;
	header->size = size;
	header->pointer_size = sizeof(void *);
	chunk->version = 1;
	chunk->item_size = sizeof(struct dump_process);
	chunk->size = sizeof *chunk + sizeof(struct dump_process);
	chunk->items = 1;
	chunk->kind = DUMP_CHUNK_PROCESS;
	arena.process = (struct dump_process *)(chunk + 1);
	memcpy(arena.process->lost, early_lost, sizeof early_lost);
	arena.process->next_id = 1;
	at = (uint8_t *)(arena.process + 1);
	for (unsigned i = 0; i < FIRST_POOLS; i++) {
		uint64_t part = chunk_size(first_pools[i], 0);

		publish_chunk(at, first_pools[i], 0, i + 1 < FIRST_POOLS ? part : (uint64_t)(end - at));
		at += part;
	}
	/* The first stack is the one without frames (stack.h). */
	((struct dump_stack *)arena_item(ARENA_STACKS, 0))->magic = DUMP_STACK_MAGIC;
	next_index[ARENA_STACKS] = sizeof(struct dump_stack) / DUMP_STACK_ITEM;
}

static bool add_region(uint8_t *at, uint64_t size)
{
	struct region *last = region_count ? &regions[region_count - 1] : NULL;

	if (!at)
		return false;
	regions[region_count++] = (struct region){at, NULL, last ? last->offset + last->size : 0, size};
	return true;
}

bool arena_prepare(void)
{
	uint64_t mask, size = first_size();

	if (arena_state() != ARENA_UNBORN)
		return arena_state() != ARENA_FAILED;
	if (!arena_lock(&mask))
		return false;
	if (arena_now == ARENA_UNBORN) {
		bool made = add_region(arena_file_memory(size), size);

		if (made)
			lay_out(regions[0].at, size);
		else
			arena_file_complain(-ENOMEM);
		__atomic_store_n(&arena_now, made ? ARENA_ANONYMOUS : ARENA_FAILED, __ATOMIC_RELEASE);
	}
	arena_unlock(mask);
	return arena_state() != ARENA_FAILED;
}

/* ---- growing -------------------------------------------------------------------------------- */

static uint8_t *more_memory(uint64_t size)
{
	struct region *last = &regions[region_count - 1];
	uint64_t end = last->offset + last->size;
	uint8_t *at;
	int fd;

	if (arena_now == ARENA_ANONYMOUS)
		return arena_file_memory(size);
	fd = arena_file_extend(end, end + size);
	if (fd < 0)
		return NULL;
	at = arena_file_map(fd, end, size);
	arena_file_close(fd);
	return at;
}

/* The file's size is published after the chunk is complete: a reader walks chunks up to there. */
static void publish_size(void)
{
	struct region *last = &regions[region_count - 1];
	struct dump_header *header = (struct dump_header *)regions[0].at;

	__atomic_store_n(&header->size, last->offset + last->size, __ATOMIC_RELEASE);
}

static unsigned segments_in_use(enum arena_pool pool)
{
	unsigned k = 0;

	while (k < segments_max[pool] && arena.segment[pool][k])
		k++;
	return k;
}

/* Adds a segment to the pool unless another thread just did (`seen` is the capacity that the
 * caller found too small). */
static bool grow(enum arena_pool pool, uint32_t seen)
{
	uint64_t mask, size;
	bool grown;
	unsigned k;

	if (!arena_lock(&mask))
		return false;
	grown = capacity[pool] != seen;
	k = segments_in_use(pool);
	if (!grown && k < segments_max[pool]) {
		size = ROUND_UP(chunk_size(pool, k), PAGE);
		grown = add_region(more_memory(size), size);
		if (grown) {
			publish_chunk(regions[region_count - 1].at, pool, k, size);
			publish_size();
		}
	}
	arena_unlock(mask);
	if (!grown)
		arena_lost(DUMP_LOST_GROW, 1);
	return grown;
}

/* A run must not cross from one segment into the next: they are not neighbours in memory. */
static uint32_t fit(enum arena_pool pool, uint32_t index, uint32_t count)
{
	uint32_t group = (index >> arena_shift[pool]) + 1;
	unsigned k = 31u - (unsigned)__builtin_clz(group);
	uint32_t end = ((2u << k) - 1) << arena_shift[pool];

	return index + count <= end ? index : end;
}

uint32_t arena_take(enum arena_pool pool, uint32_t count)
{
	uint32_t from = __atomic_load_n(&next_index[pool], __ATOMIC_RELAXED);

	for (;;) {
		uint32_t at = fit(pool, from, count);
		uint32_t room = __atomic_load_n(&capacity[pool], __ATOMIC_ACQUIRE);

		if (at + count > room) {
			if (arena_state() == ARENA_FAILED || !grow(pool, room))
				return ARENA_NONE;
			continue;
		}
		if (__atomic_compare_exchange_n(&next_index[pool], &from, at + count, true,
						__ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			return at;
	}
}

/* ---- from memory to the file ------------------------------------------------------------------ */

static void repoint(const uint8_t *old, uint8_t *at, uint64_t size)
{
	for (unsigned p = 0; p < ARENA_POOL_COUNT; p++)
		for (unsigned k = 0; k < ARENA_SEGMENTS_MAX; k++) {
			uint8_t *segment = arena.segment[p][k];

			if (segment >= old && segment < old + size)
				__atomic_store_n(&arena.segment[p][k], at + (segment - old),
						 __ATOMIC_RELEASE);
		}
}

static bool move_into_file(void)
{
	struct region *last = &regions[region_count - 1];
	int fd = arena_file_create(last->offset + last->size);
	unsigned i;

	if (fd < 0)
		return false;
	for (i = 0; i < region_count; i++) {
		struct region *r = &regions[i];

		r->old = r->at;
		r->at = arena_file_map(fd, r->offset, r->size);
		if (!r->at)
			break;
		memcpy(r->at, r->old, r->size);
		repoint(r->old, r->at, r->size);
	}
	arena_file_close(fd);
	if (i < region_count) { /* no address space left: what was moved stays usable, unread */
		arena_file_discard();
		arena_file_complain(-ENOMEM);
		return false;
	}
	arena.process = (struct dump_process *)(regions[0].at + sizeof(struct dump_header) +
						sizeof(struct dump_chunk));
	publish_size();
	return true;
}

/* Nothing to be moved yet: most processes open their first socket before their first thread, and
 * are spared the copy of forty pages. */
static bool begin_in_file(void)
{
	uint64_t size = first_size();
	int fd = arena_file_create(size);
	bool made;

	if (fd < 0)
		return false;
	made = add_region(arena_file_map(fd, 0, size), size);
	arena_file_close(fd);
	if (made) {
		lay_out(regions[0].at, size);
	} else {
		arena_file_discard();
		arena_file_complain(-ENOMEM);
	}
	return made;
}

bool arena_open(void)
{
	uint64_t mask;

	if (likely(arena_state() == ARENA_FILE))
		return true;
	if (arena_state() == ARENA_FAILED || !arena_lock(&mask))
		return false;
	if (arena_now == ARENA_UNBORN || arena_now == ARENA_ANONYMOUS) {
		bool made = arena_now == ARENA_UNBORN ? begin_in_file() : move_into_file();

		__atomic_store_n(&arena_now, made ? ARENA_FILE : ARENA_FAILED, __ATOMIC_RELEASE);
	}
	arena_unlock(mask);
	return arena_state() == ARENA_FILE;
}

void arena_publish(void)
{
	struct dump_header *header = (struct dump_header *)regions[0].at;
	uint64_t magic;

	memcpy(&magic, DUMP_MAGIC, sizeof magic);
	__atomic_store_n((uint64_t *)(void *)header->magic, magic, __ATOMIC_RELEASE);
}

void arena_settle(void)
{
	uint32_t used = arena_used(ARENA_THREADS);

	for (unsigned k = 0; k < ARENA_SEGMENTS_MAX && arena.segment[ARENA_THREADS][k]; k++) {
		uint8_t *segment = arena.segment[ARENA_THREADS][k];
		uint32_t first = ((1u << k) - 1) << arena_shift[ARENA_THREADS];

		for (unsigned r = 0; r < region_count; r++) {
			struct region *region = &regions[r];

			if (!region->old || segment < region->at || segment >= region->at + region->size)
				continue;
			for (uint32_t i = 0; i < segment_items(ARENA_THREADS, k) && first + i < used; i++) {
				struct dump_thread *now = (struct dump_thread *)segment + i;
				struct dump_thread *then =
					(struct dump_thread *)(region->old + (segment - region->at)) + i;

				if (then->seq % 2 == 0 && (int32_t)(then->seq - now->seq) > 0)
					*now = *then;
			}
		}
	}
}

void arena_forget(void)
{
	memset(&arena, 0, sizeof arena);
	memset(regions, 0, sizeof regions);
	memset(next_index, 0, sizeof next_index);
	memset(capacity, 0, sizeof capacity);
	memset(early_lost, 0, sizeof early_lost);
	region_count = 0;
	lock = 0;
	arena_now = ARENA_UNBORN;
}
