/* SPDX-License-Identifier: Apache-2.0 */
/* The pools: copies of the slots that are in use, also of a process that goes on writing them. */
#include "read/parts.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK (256u * 1024)
#define RETRIES_MAX 20000u /* in all: a file full of odd sequence numbers must not take for ever */

/* ---- slots that may be written to while we read ------------------------------------------------ */

/* The sequence number of part `i` of an item: 0 when there is no such part. */
static unsigned parts(uint32_t kind)
{
	return kind == DUMP_CHUNK_CONNECTIONS ? 3 : kind == DUMP_CHUNK_THREADS ? 1 : 0;
}

static uint32_t part_seq(const uint8_t *item, unsigned i)
{
	static const uint16_t at[] = {0, offsetof(struct dump_conn, in), offsetof(struct dump_conn, out)};
	uint32_t seq;

	memcpy(&seq, item + at[i], sizeof seq);
	return seq;
}

/* A copy is good when the number before and after it was the same and even. `then` was read
 * completely before `now`; it is `then` that is found good. */
static uint8_t torn_parts(uint32_t kind, const uint8_t *then, const uint8_t *now)
{
	uint8_t torn = 0;

	for (unsigned i = 0; i < parts(kind); i++) {
		uint32_t seq = part_seq(then, i);

		if ((seq & 1) || seq != part_seq(now, i))
			torn |= (uint8_t)(1u << i);
	}
	return torn;
}

/* Reads a busy slot again until it holds still. What stays odd was left so by a dead process. */
static uint8_t settle(struct dump *d, const struct chunk *c, uint8_t *then, uint64_t offset)
{
	uint8_t now[ITEM_MAX], torn = 0xff;
	uint16_t size = dump_item_sizes[c->kind];

	for (int i = 0; i < 8 && torn && d->retries < RETRIES_MAX; i++, d->retries++) {
		if (d->retries < 256 && i > 3)
			usleep(50); /* the writer may have been preempted */
		if (dump_read_at(d, then, size, offset) || dump_read_at(d, now, size, offset))
			return 0xff;
		torn = torn_parts(c->kind, then, now);
	}
	return torn == 0xff ? torn_parts(c->kind, then, then) : torn;
}

/* ---- pools ---------------------------------------------------------------------------------------- */

static bool slot_used(struct dump *d, uint32_t kind, const uint8_t *item, uint8_t torn)
{
	const struct dump_conn *c = (const void *)item;

	switch (kind) {
	case DUMP_CHUNK_CONNECTIONS:
		if ((torn & DUMP_TORN_CORE) && c->state == DUMP_FREE && c->id)
			d->unborn++;
		return c->id && (c->state == DUMP_OPEN || c->state == DUMP_CLOSED);
	case DUMP_CHUNK_THREADS:
		return ((const struct dump_thread *)(const void *)item)->id != 0;
	case DUMP_CHUNK_STREAMS:
		return ((const struct dump_streams *)(const void *)item)->conn != 0;
	case DUMP_CHUNK_KERNEL:
		return ((const struct dump_kernel *)(const void *)item)->conn != 0;
	case DUMP_CHUNK_CLOSES:
		return ((const struct dump_close *)(const void *)item)->kernel.conn != 0;
	case DUMP_CHUNK_TWICE:
		return ((const struct dump_twice *)(const void *)item)->conn != 0;
	case DUMP_CHUNK_SERIES:
		return ((const struct dump_series *)(const void *)item)->stack != 0;
	case DUMP_CHUNK_TASKS:
		return ((const struct dump_task *)(const void *)item)->conn != 0;
	case DUMP_CHUNK_EXHAUSTIONS:
		return ((const struct dump_exhaustion *)(const void *)item)->mono != 0;
	}
	return true; /* indices count in the others */
}

/* Room doubles: linear in what is used, however large the pool is in the file. */
static bool reserve(struct dump *d, struct pool *p, uint32_t kind, uint32_t limit)
{
	uint32_t room = p->room ? p->room * 2 : 256;
	uint8_t *items, *torn;

	if (p->count < p->room)
		return true;
	if (room > limit)
		room = limit;
	items = realloc(p->items, (size_t)room * dump_item_sizes[kind]);
	if (items)
		p->items = items;
	torn = items && parts(kind) ? realloc(p->torn, room) : NULL;
	if (torn)
		p->torn = torn;
	if (!items || (parts(kind) && !torn)) {
		dump_fail(d, DUMP_ERROR_NO_MEMORY, "not enough memory for its %s", dump_kind_names[kind]);
		return false;
	}
	p->room = room;
	return true;
}

static enum dump_error take_block(struct dump *d, const struct chunk *c, uint8_t *then,
				  const uint8_t *now, uint32_t items, uint64_t offset, uint32_t limit)
{
	struct pool *p = &d->pools[c->kind];
	uint16_t size = dump_item_sizes[c->kind];

	for (uint32_t i = 0; i < items; i++) {
		uint8_t *item = then + (size_t)i * c->item_size;
		uint8_t torn = torn_parts(c->kind, item, now + (size_t)i * c->item_size);

		if (torn)
			torn = settle(d, c, item, offset + (uint64_t)i * c->item_size);
		if (torn == 0xff)
			return DUMP_ERROR_CANNOT_READ;
		if (!slot_used(d, c->kind, item, torn))
			continue;
		if (!reserve(d, p, c->kind, limit))
			return DUMP_ERROR_NO_MEMORY;
		if (p->torn)
			p->torn[p->count] = torn;
		memcpy(p->items + (size_t)p->count++ * size, item, size);
	}
	return DUMP_ERROR_OK;
}

static enum dump_error read_chunk(struct dump *d, const struct chunk *c, uint8_t *blocks, uint32_t limit)
{
	uint32_t step = BLOCK / c->item_size;
	enum dump_error error = DUMP_ERROR_OK;

	for (uint32_t i = 0; i < c->items && !error; i += step) {
		uint32_t n = c->items - i < step ? c->items - i : step;
		uint64_t offset = c->offset + (uint64_t)i * c->item_size;
		size_t size = (size_t)n * c->item_size;

		error = dump_read_at(d, blocks, size, offset);
		if (!error && parts(c->kind))
			error = dump_read_at(d, blocks + BLOCK, size, offset);
		if (!error)
			error = take_block(d, c, blocks, blocks + BLOCK, n, offset, limit);
	}
	return error;
}

static enum dump_error read_pool(struct dump *d, uint32_t kind, uint8_t *blocks)
{
	uint32_t limit = 0;
	enum dump_error error = DUMP_ERROR_OK;

	for (uint32_t i = 0; i < d->chunk_count; i++)
		if (d->chunks[i].kind == kind)
			limit += d->chunks[i].items;
	for (uint32_t i = 0; i < d->chunk_count && !error; i++)
		if (d->chunks[i].kind == kind)
			error = read_chunk(d, &d->chunks[i], blocks, limit);
	return error;
}

/* Whoever refers comes before what is referred to: the process may run on meanwhile, and a stack
 * or a string is written before the first slot that names it. */
enum dump_error dump_read_pools(struct dump *d)
{
	static const uint8_t order[] = {DUMP_CHUNK_CONNECTIONS, DUMP_CHUNK_THREADS, DUMP_CHUNK_STREAMS,
					DUMP_CHUNK_KERNEL, DUMP_CHUNK_CLOSES, DUMP_CHUNK_TWICE, DUMP_CHUNK_TASKS, DUMP_CHUNK_SERIES,
					DUMP_CHUNK_EXHAUSTIONS,
					DUMP_CHUNK_STACKS, DUMP_CHUNK_MODULES, DUMP_CHUNK_PLACES, DUMP_CHUNK_STRINGS};
	uint8_t *blocks = malloc(2 * BLOCK);
	enum dump_error error = DUMP_ERROR_OK;

	if (!blocks)
		return dump_fail(d, DUMP_ERROR_NO_MEMORY, "not enough memory");
	for (size_t i = 0; i < sizeof order && !error; i++)
		error = read_pool(d, order[i], blocks);
	free(blocks);
	if (!error)
		error = dump_read_at(d, &d->process, sizeof d->process, d->chunks[0].offset);
	return error;
}
