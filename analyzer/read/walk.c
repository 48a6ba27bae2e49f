/* SPDX-License-Identifier: Apache-2.0 */
/* Walks over a pool that stays in the file: item by item, ascending by id, a few lines of it at a time. */
#include "read/parts.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE (32u * 1024) /* bytes that are read at once */
#define LINES 16          /* slots that were handed out at about the same time lie together, more or less */
#define RUN_BUFFER 256    /* keys */

struct line { /* neighbouring items of a chunk */
	uint8_t *then, *now; /* the same twice, for pools that may be written to */
	uint32_t chunk, first, count;
};

struct run { /* a sorted part of the keys */
	struct order_key *keys; /* those at `at`, and some behind it */
	uint32_t at, end, have; /* `have` of them from `base` on */
	uint32_t base;
};

struct dump_walk {
	struct dump file; /* the dump's, but for its descriptor and its failures; of a copy with one chunk */
	const struct spill *copied; /* NULL: the file itself is walked */
	struct chunk whole; /* of the copy */
	uint32_t kind, chunk, item; /* where it stands, when the pool is in order */
	uint32_t slot; /* of the last item */
	struct run *runs;
	uint32_t run_count;
	struct line lines[LINES];
	bool failed;
};

/* ---- keys ----------------------------------------------------------------------------------------- */

static bool fill(struct dump_walk *w, struct run *r)
{
	const struct order *o = &w->file.orders[w->kind];
	uint32_t n = r->end - r->at < RUN_BUFFER ? r->end - r->at : RUN_BUFFER;
	size_t size = n * sizeof *r->keys;

	r->base = r->at;
	r->have = n;
	return !n || pread(o->fd, r->keys, size, (off_t)((uint64_t)r->at * sizeof *r->keys)) == (ssize_t)size;
}

static bool begin_runs(struct dump_walk *w)
{
	const struct order *o = &w->file.orders[w->kind];

	w->run_count = o->fd < 0 ? 1 : (o->spilled + ORDER_RUN - 1) / ORDER_RUN;
	w->runs = calloc(w->run_count + 1ul, sizeof *w->runs);
	if (!w->runs)
		return false;
	if (o->fd < 0) {
		w->runs[0] = (struct run){.keys = o->keys, .end = o->count, .have = o->count};
		return true;
	}
	for (uint32_t i = 0; i < w->run_count; i++) {
		struct run *r = &w->runs[i];

		r->at = i * ORDER_RUN;
		r->end = o->spilled - r->at < ORDER_RUN ? o->spilled : r->at + ORDER_RUN;
		r->keys = malloc(RUN_BUFFER * sizeof *r->keys);
		if (!r->keys || !fill(w, r))
			return false;
	}
	return true;
}

static const struct order_key *head(const struct run *r)
{
	return r->at < r->end ? &r->keys[r->at - r->base] : NULL;
}

/* The slot of the next id; false at the end. */
static bool next_key(struct dump_walk *w, uint32_t *slot)
{
	struct run *least = NULL;

	for (uint32_t i = 0; i < w->run_count; i++)
		if (head(&w->runs[i]) && (!least || order_compare(head(&w->runs[i]), head(least)) < 0))
			least = &w->runs[i];
	if (!least)
		return false;
	*slot = head(least)->slot;
	least->at++;
	if (least->at == least->base + least->have && least->at < least->end && !fill(w, least))
		w->failed = true;
	return !w->failed;
}

/* ---- items ---------------------------------------------------------------------------------------- */

static struct line *line_of(struct dump_walk *w, uint32_t chunk, uint32_t item)
{
	const struct chunk *c = &w->file.chunks[chunk];
	uint32_t fit = LINE / c->item_size, number = item / fit;
	struct line *l = &w->lines[(number + chunk) % LINES];
	uint64_t offset = c->offset + (uint64_t)number * fit * c->item_size;
	bool twice = dump_parts(w->kind) && !w->copied;

	if (l->then && l->count && l->chunk == chunk && l->first == number * fit)
		return l;
	if (!l->then)
		l->then = malloc(LINE);
	if (!l->now && twice)
		l->now = malloc(LINE);
	l->chunk = chunk;
	l->first = number * fit;
	l->count = c->items - l->first < fit ? c->items - l->first : fit;
	if (!l->then || (twice && !l->now)) {
		dump_fail(&w->file, DUMP_ERROR_NO_MEMORY, "not enough memory");
		w->failed = true;
	} else if (w->copied) {
		w->failed = !spill_read(w->copied, l->first, l->count, l->then);
		if (w->failed)
			dump_copy_unreadable(&w->file);
	} else if (dump_read_at(&w->file, l->then, (size_t)l->count * c->item_size, offset) ||
		   (twice && dump_read_at(&w->file, l->now, (size_t)l->count * c->item_size, offset))) {
		w->failed = true;
	}
	if (w->failed)
		l->count = 0;
	return w->failed ? NULL : l;
}

/* NULL: it is free, or cannot be read. */
static const void *item_at(struct dump_walk *w, uint32_t chunk, uint32_t item, uint8_t *torn)
{
	const struct chunk *c = &w->file.chunks[chunk];
	struct line *l = line_of(w, chunk, item);
	size_t at = l ? (size_t)(item - l->first) * c->item_size : 0;

	if (!l)
		return NULL;
	w->slot = c->first + item;
	if (w->copied) {
		struct copied_from from;

		memcpy(&from, l->then + at + dump_item_sizes[c->kind], sizeof from);
		*torn = from.torn;
		w->slot = from.slot;
		return l->then + at;
	}
	switch (dump_settle(&w->file, c, l->then + at, l->now ? l->now + at : NULL,
			    c->offset + (uint64_t)item * c->item_size, torn)) {
	case DUMP_SLOT_USED: return l->then + at;
	case DUMP_SLOT_FREE: return NULL;
	default: w->failed = true; return NULL;
	}
}

static const void *next_in_order(struct dump_walk *w, uint8_t *torn)
{
	for (; w->chunk < w->file.chunk_count && !w->failed; w->chunk++, w->item = 0) {
		const struct chunk *c = &w->file.chunks[w->chunk];

		while (c->kind == w->kind && w->item < c->items && !w->failed) {
			const void *it = item_at(w, w->chunk, w->item++, torn);

			if (it)
				return it;
		}
	}
	return NULL;
}

static uint32_t chunk_of(const struct dump_walk *w, uint32_t slot)
{
	for (uint32_t i = 0; i < w->file.chunk_count; i++)
		if (w->file.chunks[i].kind == w->kind && slot - w->file.chunks[i].first < w->file.chunks[i].items)
			return i;
	return w->file.chunk_count;
}

const void *dump_walk_next(struct dump_walk *w, uint8_t *torn)
{
	uint8_t none = 0;
	uint32_t slot;

	torn = torn ? torn : &none;
	if (!w->runs)
		return next_in_order(w, torn);
	while (!w->failed && next_key(w, &slot)) {
		uint32_t chunk = chunk_of(w, slot);
		const void *it = chunk == w->file.chunk_count ? NULL :
				 item_at(w, chunk, slot - w->file.chunks[chunk].first, torn);

		if (it)
			return it;
	}
	return NULL;
}

uint32_t dump_walk_slot(const struct dump_walk *w)
{
	return w->slot;
}

/* ---- begin and end -------------------------------------------------------------------------------- */

static void walk_copy(struct dump_walk *w, const struct dump *d)
{
	w->copied = &d->copied[w->kind];
	w->whole = (struct chunk){.kind = w->kind, .items = w->copied->count,
				  .item_size = (uint32_t)w->copied->item};
	w->file.chunks = &w->whole;
	w->file.chunk_count = 1;
}

struct dump_walk *dump_walk_begin(const struct dump *d, enum dump_chunk_kind kind, char why[DUMP_WHY_MAX])
{
	struct dump_walk *w = calloc(1, sizeof *w);

	if (!w) {
		strcpy(why, "not enough memory");
		return NULL;
	}
	w->file = *d;
	w->file.why = why;
	w->kind = kind;
	if (!d->orders[kind].last) { /* nothing is in it */
		w->file.chunk_count = 0;
		return w;
	}
	if (d->copies)
		walk_copy(w, d);
	if ((w->copied || dump_open_again(&w->file)) && (!d->orders[kind].shuffled || begin_runs(w)))
		return w;
	if (w->copied || w->file.fd >= 0)
		dump_fail(&w->file, DUMP_ERROR_NO_MEMORY, "not enough memory");
	dump_walk_end(w);
	return NULL;
}

bool dump_walk_end(struct dump_walk *w)
{
	bool whole = w && !w->failed;

	if (!w)
		return false;
	for (uint32_t i = 0; i < w->run_count && w->file.orders[w->kind].fd >= 0 && w->runs; i++)
		free(w->runs[i].keys);
	free(w->runs);
	for (unsigned i = 0; i < LINES; i++) {
		free(w->lines[i].then);
		free(w->lines[i].now);
	}
	if (w->file.fd >= 0)
		close(w->file.fd);
	free(w);
	return whole;
}
