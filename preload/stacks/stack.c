/* SPDX-License-Identifier: Apache-2.0 */
#include "stacks/stack.h"

#include <string.h>

#include "core/arena.h"
#include "stacks/module.h"
#include "core/names.h"
#include "here/options.h"
#include "here/self.h"
#include "stacks/cache.h"
#include "here/presence.h"
#include "stacks/unwind.h"

#define TABLE 16384u /* entries, a power of two; filled to three quarters at most */

static uint64_t table[TABLE]; /* upper half of the hash << 32 | id */
static uint32_t used;

struct dump_stack *stack_of(uint32_t id)
{
	return arena_item(ARENA_STACKS, id - 1);
}

static uint32_t store(void *const *frames, uint32_t depth)
{
	uint32_t size = (uint32_t)sizeof(struct dump_stack) + depth * 8;
	uint32_t at = arena_take(ARENA_STACKS, (size + DUMP_STACK_ITEM - 1) / DUMP_STACK_ITEM);
	struct dump_stack *s;
	uint64_t *to;

	if (at == ARENA_NONE)
		return 0;
	s = arena_item(ARENA_STACKS, at);
	s->depth = depth;
	s->modules = module_refresh();
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

uint32_t stack_intern(void *const *frames, uint32_t depth)
{
	uint64_t hash = names_hash(frames, depth * sizeof *frames), entry, nobody = 0;
	uint32_t i = (uint32_t)hash % TABLE, id = 0;

	while ((entry = __atomic_load_n(&table[i], __ATOMIC_ACQUIRE))) {
		if (entry >> 32 == hash >> 32 && same((uint32_t)entry, frames, depth))
			return (uint32_t)entry;
		i = (i + 1) % TABLE;
	}
	if (__atomic_load_n(&used, __ATOMIC_RELAXED) < TABLE / 4 * 3)
		id = store(frames, depth);
	if (!id) {
		arena_lost(DUMP_LOST_STACKS, 1);
		return STACK_UNKNOWN;
	}
	__atomic_fetch_add(&used, 1, __ATOMIC_RELAXED);
	entry = (hash >> 32) << 32 | id;
	if (!__atomic_compare_exchange_n(&table[i], &nobody, entry, false, __ATOMIC_RELEASE,
					 __ATOMIC_ACQUIRE) &&
	    nobody >> 32 == hash >> 32 && same((uint32_t)nobody, frames, depth))
		return (uint32_t)nobody; /* another thread stored the same one first: count there */
	return id;
}

/* Our own text, from the linker (ld(1), "Builtin Functions" PROVIDEs etext). */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char etext[] __attribute__((visibility("hidden")));

/* The program's frames begin where ours end: up to so many are taken beside those asked for. */
#define OWN_MAX 8

static int own_frames(void *const *frames, int depth)
{
	int n = 0;

	while (n < depth && n < OWN_MAX && (uintptr_t)frames[n] - (uintptr_t)__ehdr_start <
						   (uintptr_t)etext - (uintptr_t)__ehdr_start)
		n++;
	return n;
}

/* Unwound, and kept for the next time. */
static uint32_t unwind(const uintptr_t *frame, const uintptr_t *top)
{
	void *frames[64 + OWN_MAX];
	int taken = unwind_take(frames, (int)options.stack_depth + OWN_MAX), own = own_frames(frames, taken);
	int depth = taken - own < (int)options.stack_depth ? taken - own : (int)options.stack_depth;
	uint32_t id = depth ? stack_intern(frames + own, (uint32_t)depth) : STACK_UNKNOWN;

	if (top && id != STACK_UNKNOWN)
		stack_cache_put(frame, top, frames, taken, id);
	return id;
}

__attribute__((noinline)) uint32_t stack_here(void)
{
	const uintptr_t *frame = __builtin_frame_address(0), *top;
	uint32_t id;

	if (!options.stack_depth)
		return STACK_UNKNOWN;
	top = thread_stack_top(frame);
	id = top ? stack_cache_find(frame, top) : 0;
	return id ? id : unwind(frame, top);
}

void stack_forget(void)
{
	memset(table, 0, sizeof table);
	used = 0;
	stack_cache_forget();
}
