/* SPDX-License-Identifier: Apache-2.0 */
#include "core/stacks.h"

#include <stdbool.h>
#include <string.h>

#include "core/arena.h"
#include "core/names.h"

#define TABLE STACKS_TABLE

void stacks_begin(struct recorder *r)
{
	uint32_t at = arena_take(r, ARENA_STACKS, sizeof(struct dump_stack) / DUMP_STACK_ITEM);

	stack_of(r, at + 1)->magic = DUMP_STACK_MAGIC;
}

static uint32_t store(struct recorder *r, void *const *frames, uint32_t depth, uint32_t modules)
{
	uint32_t size = (uint32_t)sizeof(struct dump_stack) + depth * 8;
	uint32_t at = arena_take(r, ARENA_STACKS, (size + DUMP_STACK_ITEM - 1) / DUMP_STACK_ITEM);
	struct dump_stack *s;
	uint64_t *to;

	if (at == ARENA_NONE)
		return 0;
	s = arena_item(r, ARENA_STACKS, at);
	s->depth = depth;
	s->modules = modules;
	to = (uint64_t *)(s + 1);
	for (uint32_t i = 0; i < depth; i++)
		to[i] = (uint64_t)(uintptr_t)frames[i];
	__atomic_store_n(&s->magic, DUMP_STACK_MAGIC, __ATOMIC_RELEASE);
	return at + 1;
}

static bool same(const struct recorder *r, uint32_t id, void *const *frames, uint32_t depth)
{
	const struct dump_stack *s = stack_of(r, id);

	return s->depth == depth && memcmp(s + 1, frames, depth * sizeof *frames) == 0;
}

static bool holds(const struct recorder *r, uint64_t entry, uint64_t hash, void *const *frames,
		  uint32_t depth)
{
	return entry >> 32 == hash >> 32 && same(r, (uint32_t)entry, frames, depth);
}

/* The id, or 0 and the place where it would stand. */
static uint32_t look(struct recorder *r, uint64_t hash, void *const *frames, uint32_t depth, uint32_t *place)
{
	uint64_t entry;

	*place = (uint32_t)hash % TABLE;
	while ((entry = __atomic_load_n(&r->tables->stacks[*place], __ATOMIC_ACQUIRE))) {
		if (holds(r, entry, hash, frames, depth))
			return (uint32_t)entry;
		*place = (*place + 1) % TABLE;
	}
	return 0;
}

uint32_t stacks_find(struct recorder *r, void *const *frames, uint32_t depth)
{
	uint32_t place;

	return look(r, names_hash(frames, depth * sizeof *frames), frames, depth, &place);
}

uint32_t stacks_store(struct recorder *r, void *const *frames, uint32_t depth, uint32_t modules)
{
	uint64_t hash = names_hash(frames, depth * sizeof *frames), entry, nobody = 0;
	uint32_t place, id = look(r, hash, frames, depth, &place);

	if (id)
		return id;
	if (__atomic_load_n(&r->stacks_used, __ATOMIC_RELAXED) < TABLE / 4 * 3)
		id = store(r, frames, depth, modules);
	if (!id) {
		arena_lost(r, DUMP_LOST_STACKS, 1);
		return STACK_UNKNOWN;
	}
	__atomic_fetch_add(&r->stacks_used, 1, __ATOMIC_RELAXED);
	entry = (hash >> 32) << 32 | id;
	if (!__atomic_compare_exchange_n(&r->tables->stacks[place], &nobody, entry, false, __ATOMIC_RELEASE,
					 __ATOMIC_ACQUIRE) &&
	    holds(r, nobody, hash, frames, depth))
		return (uint32_t)nobody; /* another thread stored the same one first: count there */
	return id;
}
