/* SPDX-License-Identifier: Apache-2.0 */
/* The pools: copies of the slots that are in use, also of a process that goes on writing them. */
#include "read/parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK (256u * 1024)
#define RETRIES_MAX 20000u /* in all: a file full of odd sequence numbers must not take for ever */

/* ---- slots that may be written to while we read ------------------------------------------------ */

/* The sequence number of part `i` of an item: 0 when there is no such part. */
unsigned dump_parts(uint32_t kind)
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

	for (unsigned i = 0; i < dump_parts(kind); i++) {
		uint32_t seq = part_seq(then, i);

		if ((seq & 1) || seq != part_seq(now, i))
			torn |= (uint8_t)(1u << i);
	}
	return torn;
}

/* Reads a busy slot again until it holds still. What stays odd was left so by a dead process. */
static uint8_t read_again(struct dump *d, const struct chunk *c, uint8_t *then, uint64_t offset)
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

enum dump_slot dump_settle(struct dump *d, const struct chunk *c, uint8_t *then, const uint8_t *now,
			   uint64_t offset, uint8_t *torn)
{
	*torn = now ? torn_parts(c->kind, then, now) : 0;
	if (*torn)
		*torn = read_again(d, c, then, offset);
	if (*torn == 0xff)
		return DUMP_SLOT_UNREADABLE;
	return slot_used(d, c->kind, then, *torn) ? DUMP_SLOT_USED : DUMP_SLOT_FREE;
}

/* Of pools that may stay in the file: the connection that an item is, or is of. */
static uint64_t id_of(uint32_t kind, const uint8_t *item)
{
	switch (kind) {
	case DUMP_CHUNK_CONNECTIONS: return ((const struct dump_conn *)(const void *)item)->id;
	case DUMP_CHUNK_STREAMS: return ((const struct dump_streams *)(const void *)item)->conn;
	case DUMP_CHUNK_KERNEL: return ((const struct dump_kernel *)(const void *)item)->conn;
	case DUMP_CHUNK_TASKS: return ((const struct dump_task *)(const void *)item)->conn;
	default: return ((const struct dump_close *)(const void *)item)->kernel.conn;
	}
}

static bool stays(const struct dump *d, uint32_t kind)
{
	switch (kind) {
	case DUMP_CHUNK_CONNECTIONS: case DUMP_CHUNK_STREAMS: case DUMP_CHUNK_KERNEL: case DUMP_CHUNK_CLOSES:
	case DUMP_CHUNK_TASKS: return d->walks;
	default: return false;
	}
}

/* Room doubles: linear in what is used, however large the pool is in the file. */
static bool reserve(struct dump *d, struct pool *p, uint32_t kind, uint32_t limit)
{
	uint32_t room = p->room ? p->room * 2 : 256;
	uint8_t *items, *torn;
	uint32_t *slots;

	if (p->count < p->room)
		return true;
	if (room > limit)
		room = limit;
	items = realloc(p->items, (size_t)room * dump_item_sizes[kind]);
	if (items)
		p->items = items;
	torn = items && dump_parts(kind) ? realloc(p->torn, room) : NULL;
	if (torn)
		p->torn = torn;
	slots = torn ? realloc(p->slots, room * sizeof *slots) : NULL;
	if (slots)
		p->slots = slots;
	if (!items || (dump_parts(kind) && !slots)) {
		dump_fail(d, DUMP_ERROR_NO_MEMORY, "not enough memory for its %s", dump_kind_names[kind]);
		return false;
	}
	p->room = room;
	return true;
}

/* As it was when it held still. */
static enum dump_error copy(struct dump *d, uint32_t kind, const uint8_t *item, struct copied_from from)
{
	struct spill *to = &d->copied[kind];
	uint8_t whole[ITEM_MAX + sizeof from] = {0};

	memcpy(whole, item, dump_item_sizes[kind]);
	memcpy(whole + dump_item_sizes[kind], &from, sizeof from);
	if (spill_add(to, whole))
		return dump_order_add(d, &d->orders[kind], id_of(kind, item), to->count - 1);
	return dump_fail(d, DUMP_ERROR_NO_ROOM,
			 "no temporary file for a copy of its %s: %s; set TMPDIR to a folder with room",
			 dump_kind_names[kind], strerror(errno));
}

static enum dump_error take(struct dump *d, const struct chunk *c, const uint8_t *item, uint8_t torn,
			    uint32_t slot, uint32_t limit)
{
	struct pool *p = &d->pools[c->kind];
	uint16_t size = dump_item_sizes[c->kind];

	if (stays(d, c->kind) && d->copies)
		return copy(d, c->kind, item, (struct copied_from){slot, torn});
	if (stays(d, c->kind))
		return dump_order_add(d, &d->orders[c->kind], id_of(c->kind, item), slot);
	if (!reserve(d, p, c->kind, limit))
		return DUMP_ERROR_NO_MEMORY;
	if (p->torn) {
		p->torn[p->count] = torn;
		p->slots[p->count] = slot;
	}
	memcpy(p->items + (size_t)p->count++ * size, item, size);
	return DUMP_ERROR_OK;
}

/* Items from `from` on, `items` of them, which were read into `then` and after that into `now`. */
static enum dump_error take_block(struct dump *d, const struct chunk *c, uint8_t *then, const uint8_t *now,
				  uint32_t from, uint32_t items, uint32_t limit)
{
	enum dump_error error = DUMP_ERROR_OK;

	for (uint32_t i = 0; i < items && !error; i++) {
		size_t at = (size_t)i * c->item_size;
		uint8_t torn;

		switch (dump_settle(d, c, then + at, now ? now + at : NULL,
				    c->offset + (uint64_t)(from + i) * c->item_size, &torn)) {
		case DUMP_SLOT_USED: error = take(d, c, then + at, torn, c->first + from + i, limit); break;
		case DUMP_SLOT_FREE: break;
		default: error = DUMP_ERROR_CANNOT_READ;
		}
	}
	return error;
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
		if (!error && dump_parts(c->kind))
			error = dump_read_at(d, blocks + BLOCK, size, offset);
		if (!error)
			error = take_block(d, c, blocks, dump_parts(c->kind) ? blocks + BLOCK : NULL, i, n, limit);
	}
	return error;
}

static enum dump_error read_all(struct dump *d, uint32_t kind, uint8_t *blocks)
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

static enum dump_error order_copies(struct dump *d, uint32_t kind, uint8_t *block)
{
	const struct spill *from = &d->copied[kind];
	uint32_t step = (uint32_t)(BLOCK / from->item), n;
	enum dump_error error = DUMP_ERROR_OK;

	for (uint32_t first = 0; first < from->count && !error; first += n) {
		n = from->count - first < step ? from->count - first : step;
		if (!spill_read(from, first, n, block))
			error = dump_copy_unreadable(d);
		for (uint32_t i = 0; i < n && !error; i++)
			error = dump_order_add(d, &d->orders[kind], id_of(kind, block + i * from->item), first + i);
	}
	return error;
}

/* The order of one that stays in the file costs a second look when it is needed. */
static enum dump_error read_pool(struct dump *d, uint32_t kind, uint8_t *blocks)
{
	struct order *o = &d->orders[kind];
	uint64_t unborn = d->unborn;
	enum dump_error error = read_all(d, kind, blocks);

	if (error || !stays(d, kind) || !o->shuffled)
		return error;
	o->keep = true;
	if (d->copies) {
		error = order_copies(d, kind, blocks);
	} else {
		d->unborn = unborn;
		error = read_all(d, kind, blocks);
	}
	return error ? error : dump_order_end(d, o);
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
	return error ? error : dump_read_process(d);
}
