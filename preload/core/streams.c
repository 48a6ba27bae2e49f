/* SPDX-License-Identifier: Apache-2.0 */
#include "core/streams.h"

#include <string.h>

#include "core/queue.h"

/* Segments lie apart, so the index is looked for; twelve compares at most, and only for HTTP/2
 * and at the end of a connection. */
static uint32_t slot_index(const struct recorder *r, const struct dump_conn *c)
{
	const uint8_t *at = (const uint8_t *)c;

	for (unsigned k = 0; k < ARENA_SEGMENTS_MAX && r->arena.segment[ARENA_CONNECTIONS][k]; k++) {
		const uint8_t *from = r->arena.segment[ARENA_CONNECTIONS][k];
		uint32_t items = 1u << (k + arena_shift[ARENA_CONNECTIONS]);

		if (at >= from && at < from + (size_t)items * sizeof *c)
			return items - (1u << arena_shift[ARENA_CONNECTIONS]) +
			       (uint32_t)((size_t)(at - from) / sizeof *c);
	}
	return 0;
}

struct dump_streams *streams_made(struct recorder *r, struct dump_conn *c)
{
	uint32_t index = __atomic_load_n(&r->tables->streams_of[slot_index(r, c)], __ATOMIC_ACQUIRE), none = 0;
	struct dump_streams *s;

	if (index)
		return arena_item(r, ARENA_STREAMS, index - 1);
	index = free_list_pop(&r->free_streams);
	if (index == QUEUE_EMPTY)
		index = arena_take(r, ARENA_STREAMS, 1);
	if (index == ARENA_NONE) {
		arena_lost(r, DUMP_LOST_STREAMS, 1);
		return NULL;
	}
	s = arena_item(r, ARENA_STREAMS, index);
	memset(s, 0, sizeof *s);
	__atomic_store_n(&s->conn, c->id, __ATOMIC_RELEASE);
	if (!__atomic_compare_exchange_n(&r->tables->streams_of[slot_index(r, c)], &none, index + 1, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		s->conn = 0; /* the other direction was faster */
		free_list_push(&r->free_streams, index);
		return arena_item(r, ARENA_STREAMS, none - 1);
	}
	return s;
}

void streams_drop_slow(struct recorder *r, uint32_t conn)
{
	uint32_t index = __atomic_exchange_n(&r->tables->streams_of[conn], 0, __ATOMIC_ACQ_REL);

	((struct dump_streams *)arena_item(r, ARENA_STREAMS, index - 1))->conn = 0;
	free_list_push(&r->free_streams, index - 1);
}
