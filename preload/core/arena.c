/* SPDX-License-Identifier: Apache-2.0 */
#include "core/arena.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "core/compiler.h"
#include "core/file.h"
#include "connleak/sys.h"

#define ROUND_UP(n, to) (((n) + (to)-1) / (to) * (to))

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

uint32_t arena_used(const struct recorder *r, enum arena_pool pool)
{
	return __atomic_load_n(&r->next_index[pool], __ATOMIC_ACQUIRE);
}

void arena_lost(struct recorder *r, enum dump_lost what, uint64_t count)
{
	struct dump_process *p = __atomic_load_n(&r->arena.process, __ATOMIC_ACQUIRE);

	__atomic_fetch_add(p ? &p->lost[what] : &r->early_lost[what], count, __ATOMIC_RELAXED);
}

/* ---- the lock ------------------------------------------------------------------------------- */

bool arena_lock(struct recorder *r, uint64_t *mask)
{
	uint64_t all = ~0ull;

	if (r->silent)
		return false;
	sys_call4(SYS_rt_sigprocmask, SIG_BLOCK, &all, mask, sizeof all);
	while (__atomic_exchange_n(&r->lock, 1, __ATOMIC_ACQUIRE))
		sys_call0(SYS_sched_yield);
	return true;
}

void arena_unlock(struct recorder *r, uint64_t mask)
{
	__atomic_store_n(&r->lock, 0, __ATOMIC_RELEASE);
	sys_call4(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
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

static void put_segment(struct recorder *r, enum arena_pool pool, unsigned k, uint8_t *at)
{
	__atomic_store_n(&r->arena.before[pool][k], arena_before(pool, k, at), __ATOMIC_RELEASE);
	__atomic_store_n(&r->arena.segment[pool][k], at, __ATOMIC_RELEASE);
}

static void publish_chunk(struct recorder *r, uint8_t *at, enum arena_pool pool, unsigned k, uint64_t size)
{
	struct dump_chunk *chunk = (struct dump_chunk *)at;

	chunk->version = 1;
	chunk->item_size = arena_item_size[pool];
	chunk->size = size;
	chunk->items = segment_items(pool, k);
	chunk->first = r->capacity[pool];
	__atomic_store_n(&chunk->kind, chunk_kind[pool], __ATOMIC_RELEASE);
	put_segment(r, pool, k, at + sizeof *chunk);
	__atomic_store_n(&r->capacity[pool], r->capacity[pool] + chunk->items, __ATOMIC_RELEASE);
}

/* The pools of the first region; the others begin empty. */
static const enum arena_pool first_pools[] = {ARENA_CONNECTIONS, ARENA_THREADS, ARENA_STACKS,
					      ARENA_MODULES, ARENA_STRINGS, ARENA_SERIES, ARENA_EXHAUSTIONS};
#define FIRST_POOLS (sizeof first_pools / sizeof *first_pools)

static uint64_t first_size(const struct recorder *r)
{
	uint64_t size = sizeof(struct dump_header) + sizeof(struct dump_chunk) +
			sizeof(struct dump_process);

	for (unsigned i = 0; i < FIRST_POOLS; i++)
		size += chunk_size(first_pools[i], 0);
	return ROUND_UP(size, r->told.page);
}

static void lay_out(struct recorder *r, uint8_t *at, uint64_t size)
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
	r->arena.process = (struct dump_process *)(chunk + 1);
	memcpy(r->arena.process->lost, r->early_lost, sizeof r->early_lost);
	r->arena.process->next_id = 1;
	at = (uint8_t *)(r->arena.process + 1);
	for (unsigned i = 0; i < FIRST_POOLS; i++) {
		uint64_t part = chunk_size(first_pools[i], 0);

		publish_chunk(r, at, first_pools[i], 0, i + 1 < FIRST_POOLS ? part : (uint64_t)(end - at));
		at += part;
	}
}

static bool add_region(struct recorder *r, uint8_t *at, uint64_t size)
{
	struct region *last = r->region_count ? &r->tables->regions[r->region_count - 1] : NULL;

	if (!at)
		return false;
	r->tables->regions[r->region_count++] =
		(struct region){at, NULL, last ? last->offset + last->size : 0, size};
	return true;
}

bool arena_in_memory(struct recorder *r)
{
	uint64_t size = first_size(r);

	if (!add_region(r, file_memory(size), size)) {
		r->error = ENOMEM;
		return false;
	}
	lay_out(r, r->tables->regions[0].at, size);
	return true;
}

/* ---- growing -------------------------------------------------------------------------------- */

static uint8_t *more_memory(struct recorder *r, uint64_t size)
{
	struct region *last = &r->tables->regions[r->region_count - 1];
	uint64_t end = last->offset + last->size;
	uint8_t *at;
	int fd;

	if (r->arena_now == ARENA_ANONYMOUS)
		return file_memory(size);
	fd = file_extend(&r->tables->file, end, end + size);
	if (fd < 0)
		return NULL;
	at = file_map(fd, end, size);
	file_close(fd);
	return at;
}

/* The file's size is published after the chunk is complete: a reader walks chunks up to there. */
static void publish_size(struct recorder *r)
{
	struct region *last = &r->tables->regions[r->region_count - 1];
	struct dump_header *header = (struct dump_header *)r->tables->regions[0].at;

	__atomic_store_n(&header->size, last->offset + last->size, __ATOMIC_RELEASE);
}

static unsigned segments_in_use(const struct recorder *r, enum arena_pool pool)
{
	unsigned k = 0;

	while (k < segments_max[pool] && r->arena.segment[pool][k])
		k++;
	return k;
}

/* Adds a segment to the pool unless another thread just did (`seen` is the capacity that the
 * caller found too small). */
static bool grow(struct recorder *r, enum arena_pool pool, uint32_t seen)
{
	uint64_t mask, size;
	bool grown;
	unsigned k;

	if (!arena_lock(r, &mask))
		return false;
	grown = r->capacity[pool] != seen;
	k = segments_in_use(r, pool);
	if (!grown && k < segments_max[pool]) {
		size = ROUND_UP(chunk_size(pool, k), r->told.page);
		grown = add_region(r, more_memory(r, size), size);
		if (grown) {
			publish_chunk(r, r->tables->regions[r->region_count - 1].at, pool, k, size);
			publish_size(r);
		}
	}
	arena_unlock(r, mask);
	if (!grown)
		arena_lost(r, DUMP_LOST_GROW, 1);
	return grown;
}

/* A run must not cross from one segment into the next: they are not neighbours in memory. */
static uint32_t fit(enum arena_pool pool, uint32_t index, uint32_t count)
{
	uint32_t group = (index >> arena_shift[pool]) + 1;
	uint32_t end = ((2u << (31u ^ (unsigned)__builtin_clz(group))) - 1) << arena_shift[pool];

	return count == 1 || index + count <= end ? index : end;
}

static __attribute__((noinline)) uint32_t take_or_grow(struct recorder *r, enum arena_pool pool,
						       uint32_t count)
{
	uint32_t from = __atomic_load_n(&r->next_index[pool], __ATOMIC_RELAXED);

	for (;;) {
		uint32_t at = fit(pool, from, count);
		uint32_t room = __atomic_load_n(&r->capacity[pool], __ATOMIC_ACQUIRE);

		if (at + count > room) {
			if (arena_state(r) == ARENA_FAILED || !grow(r, pool, room))
				return ARENA_NONE;
			continue;
		}
		if (__atomic_compare_exchange_n(&r->next_index[pool], &from, at + count, true,
						__ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			return at;
	}
}

/* Most take one, and find it. */
uint32_t arena_take(struct recorder *r, enum arena_pool pool, uint32_t count)
{
	uint32_t at = __atomic_load_n(&r->next_index[pool], __ATOMIC_RELAXED);

	if (likely(count == 1 && at < __atomic_load_n(&r->capacity[pool], __ATOMIC_ACQUIRE) &&
		   __atomic_compare_exchange_n(&r->next_index[pool], &at, at + 1, true,
					       __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)))
		return at;
	return take_or_grow(r, pool, count);
}

void arena_reserve(struct recorder *r, enum arena_pool pool, uint32_t items)
{
	uint32_t room;

	while ((room = __atomic_load_n(&r->capacity[pool], __ATOMIC_ACQUIRE)) < items && grow(r, pool, room))
		;
}

/* ---- from memory to the file ------------------------------------------------------------------ */

static void repoint(struct recorder *r, const uint8_t *old, uint8_t *at, uint64_t size)
{
	for (unsigned p = 0; p < ARENA_POOL_COUNT; p++)
		for (unsigned k = 0; k < ARENA_SEGMENTS_MAX; k++) {
			uint8_t *segment = r->arena.segment[p][k];

			if (segment >= old && segment < old + size)
				put_segment(r, p, k, at + (segment - old));
		}
}

/* By the first of the names that goes. A descriptor, or -1. */
static int create(struct recorder *r, uint64_t size)
{
	for (unsigned i = 0; i < RECORDER_PATHS && r->told.paths[i]; i++) {
		int fd = file_create(&r->tables->file, r->told.paths[i], r->told.pid, size);

		r->path = i;
		if (fd >= 0)
			return fd;
		if (!r->error)
			r->error = -fd;
	}
	return -1;
}

/* It was created, and there is no address space left to map it, or no such files can be. True: there is
 * another folder, and what does not go is no name any more. */
static bool discard(struct recorder *r, int fd)
{
	int why = file_why_not_mapped(fd);

	file_close(fd);
	file_discard(&r->tables->file);
	if (!r->error || why == ENOMEM)
		r->error = why;
	for (unsigned i = r->path; i < RECORDER_PATHS; i++)
		r->told.paths[i] = i + 1 < RECORDER_PATHS ? r->told.paths[i + 1] : NULL;
	return why != ENOMEM && r->told.paths[r->path];
}

bool arena_into_file(struct recorder *r)
{
	struct region *last = &r->tables->regions[r->region_count - 1];
	int fd = create(r, last->offset + last->size);
	unsigned i;

	if (fd < 0)
		return false;
	for (i = 0; i < r->region_count; i++) {
		struct region *it = &r->tables->regions[i];

		it->old = it->at;
		it->at = file_map(fd, it->offset, it->size);
		if (!it->at) {
			it->at = it->old;
			break;
		}
		memcpy(it->at, it->old, it->size);
		repoint(r, it->old, it->at, it->size);
	}
	if (i < r->region_count) /* what was moved stays usable, unread */
		return discard(r, fd) && i == 0 && arena_into_file(r);
	file_close(fd);
	r->arena.process = (struct dump_process *)(r->tables->regions[0].at + sizeof(struct dump_header) +
						   sizeof(struct dump_chunk));
	publish_size(r);
	return true;
}

/* Nothing to be moved yet: most processes open their first socket before their first thread, and
 * are spared the copy of forty pages. */
bool arena_in_file(struct recorder *r)
{
	uint64_t size = first_size(r);
	int fd = create(r, size);

	if (fd < 0)
		return false;
	if (!add_region(r, file_map(fd, 0, size), size))
		return discard(r, fd) && arena_in_file(r);
	file_close(fd);
	lay_out(r, r->tables->regions[0].at, size);
	return true;
}

void arena_publish(struct recorder *r)
{
	struct dump_header *header = (struct dump_header *)r->tables->regions[0].at;
	uint64_t magic;

	memcpy(&magic, DUMP_MAGIC, sizeof magic);
	__atomic_store_n((uint64_t *)(void *)header->magic, magic, __ATOMIC_RELEASE);
}

/* Where the segment was before it was in the file; NULL: it always was. */
static const uint8_t *old_place(const struct recorder *r, const uint8_t *segment)
{
	for (unsigned i = 0; i < r->region_count; i++) {
		const struct region *it = &r->tables->regions[i];

		if (it->old && segment >= it->at && segment < it->at + it->size)
			return it->old + (segment - it->at);
	}
	return NULL;
}

void arena_settle(struct recorder *r, enum arena_pool pool, void (*bring)(void *now, const void *then))
{
	uint32_t used = arena_used(r, pool), size = arena_item_size[pool];

	for (unsigned k = 0; k < ARENA_SEGMENTS_MAX && r->arena.segment[pool][k]; k++) {
		uint8_t *now = r->arena.segment[pool][k];
		const uint8_t *then = old_place(r, now);
		uint32_t first = ((1u << k) - 1) << arena_shift[pool];

		for (uint32_t i = 0; then && i < segment_items(pool, k) && first + i < used; i++)
			bring(now + (size_t)i * size, then + (size_t)i * size);
	}
}
