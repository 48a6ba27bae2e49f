/* SPDX-License-Identifier: Apache-2.0 */
#include "core/names.h"

#include <string.h>

#include "core/arena.h"

#define TABLE NAMES_TABLE

uint64_t names_hash(const void *bytes, size_t size)
{
	const uint8_t *p = bytes;
	uint64_t h = 0xcbf29ce484222325ull, word;

	for (; size >= 8; p += 8, size -= 8) {
		memcpy(&word, p, 8);
		h = (h ^ word) * 0x100000001b3ull;
		h ^= h >> 29;
	}
	for (; size; size--)
		h = (h ^ *p++) * 0x100000001b3ull;
	h ^= h >> 32;
	return h * 0x9e3779b97f4a7c15ull;
}

const void *names_bytes(const struct recorder *r, uint32_t id, size_t *size)
{
	const struct dump_string *s = arena_item(r, ARENA_STRINGS, id - 1);

	*size = s->size;
	return s + 1;
}

static uint32_t store(struct recorder *r, const void *bytes, size_t size)
{
	uint32_t items = (uint32_t)((sizeof(struct dump_string) + size + DUMP_STRING_ITEM - 1) /
				    DUMP_STRING_ITEM);
	uint32_t at = arena_take(r, ARENA_STRINGS, items);
	struct dump_string *s;

	if (at == ARENA_NONE)
		return 0;
	s = arena_item(r, ARENA_STRINGS, at);
	s->size = (uint32_t)size;
	memcpy(s + 1, bytes, size);
	__atomic_store_n(&s->magic, DUMP_STRING_MAGIC, __ATOMIC_RELEASE);
	return at + 1;
}

static uint32_t find(struct recorder *r, const void *bytes, size_t size, uint32_t *place)
{
	uint32_t id, i = (uint32_t)(names_hash(bytes, size) >> 40) % TABLE;

	while ((id = __atomic_load_n(&r->tables->names[i], __ATOMIC_ACQUIRE))) {
		size_t length;
		const void *there = names_bytes(r, id, &length);

		if (length == size && memcmp(there, bytes, size) == 0)
			return id;
		i = (i + 1) % TABLE;
	}
	*place = i;
	return 0;
}

uint32_t names_intern(struct recorder *r, const void *bytes, size_t size)
{
	uint32_t place = 0, id, nobody = 0;

	if (size > DUMP_STRING_MAX)
		size = DUMP_STRING_MAX;
	id = find(r, bytes, size, &place);
	if (id)
		return id;
	if (__atomic_load_n(&r->names_used, __ATOMIC_RELAXED) < TABLE / 4 * 3)
		id = store(r, bytes, size);
	if (!id) {
		arena_lost(r, DUMP_LOST_STRINGS, 1);
		return 0;
	}
	__atomic_fetch_add(&r->names_used, 1, __ATOMIC_RELAXED);
	/* Another thread may have taken the place, even with the same string: then ours is a second
	 * copy that only this caller knows. Rare, and harmless. */
	__atomic_compare_exchange_n(&r->tables->names[place], &nobody, id, false, __ATOMIC_RELEASE,
				    __ATOMIC_RELAXED);
	return id;
}
