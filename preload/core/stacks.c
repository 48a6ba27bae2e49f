/* SPDX-License-Identifier: Apache-2.0 */
#include "core/stacks.h"

#include <stdbool.h>
#include <string.h>

#include "core/arena.h"
#include "core/names.h"

#define TABLE 16384u /* entries, a power of two; filled to three quarters at most */

static uint64_t table[TABLE]; /* upper half of the hash << 32 | id */
static uint32_t used;

struct dump_stack *stack_of(uint32_t id)
{
	return arena_item(ARENA_STACKS, id - 1);
}

static uint32_t store(void *const *frames, uint32_t depth, uint32_t modules)
{
	uint32_t size = (uint32_t)sizeof(struct dump_stack) + depth * 8;
	uint32_t at = arena_take(ARENA_STACKS, (size + DUMP_STACK_ITEM - 1) / DUMP_STACK_ITEM);
	struct dump_stack *s;
	uint64_t *to;

	if (at == ARENA_NONE)
		return 0;
	s = arena_item(ARENA_STACKS, at);
	s->depth = depth;
	s->modules = modules;
	to = (uint64_t *)(s + 1);
	for (uint32_t i = 0; i < depth; i++)
		to[i] = (uint64_t)(uintptr_t)frames[i];
	__atomic_store_n(&s->magic, DUMP_STACK_MAGIC, __ATOMIC_RELEASE);
	return at + 1;
}

static bool same(uint32_t id, void *const *frames, uint32_t depth)
{
	const struct dump_stack *s = stack_of(id);

	return s->depth == depth && memcmp(s + 1, frames, depth * sizeof *frames) == 0;
}

static bool holds(uint64_t entry, uint64_t hash, void *const *frames, uint32_t depth)
{
	return entry >> 32 == hash >> 32 && same((uint32_t)entry, frames, depth);
}

/* The id, or 0 and the place where it would stand. */
static uint32_t look(uint64_t hash, void *const *frames, uint32_t depth, uint32_t *place)
{
	uint64_t entry;

	*place = (uint32_t)hash % TABLE;
	while ((entry = __atomic_load_n(&table[*place], __ATOMIC_ACQUIRE))) {
		if (holds(entry, hash, frames, depth))
			return (uint32_t)entry;
		*place = (*place + 1) % TABLE;
	}
	return 0;
}

uint32_t stacks_find(void *const *frames, uint32_t depth)
{
	uint32_t place;

	return look(names_hash(frames, depth * sizeof *frames), frames, depth, &place);
}

uint32_t stacks_store(void *const *frames, uint32_t depth, uint32_t modules)
{
	uint64_t hash = names_hash(frames, depth * sizeof *frames), entry, nobody = 0;
	uint32_t place, id = look(hash, frames, depth, &place);

	if (id)
		return id;
	if (__atomic_load_n(&used, __ATOMIC_RELAXED) < TABLE / 4 * 3)
		id = store(frames, depth, modules);
	if (!id) {
		arena_lost(DUMP_LOST_STACKS, 1);
		return STACK_UNKNOWN;
	}
	__atomic_fetch_add(&used, 1, __ATOMIC_RELAXED);
	entry = (hash >> 32) << 32 | id;
	if (!__atomic_compare_exchange_n(&table[place], &nobody, entry, false, __ATOMIC_RELEASE,
					 __ATOMIC_ACQUIRE) &&
	    holds(nobody, hash, frames, depth))
		return (uint32_t)nobody; /* another thread stored the same one first: count there */
	return id;
}

void stacks_forget(void)
{
	memset(table, 0, sizeof table);
	used = 0;
}
