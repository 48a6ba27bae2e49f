/* SPDX-License-Identifier: Apache-2.0 */
#include "read/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *dump_error_name(enum dump_error error)
{
	static const char *const names[] = {
#define X(name, text) text,
		DUMP_ERRORS(X)
#undef X
	};
	return (unsigned)error < DUMP_ERROR_COUNT ? names[error] : "?";
}

/* ---- opening and closing ---------------------------------------------------------------------------- */

/* Before the pools are read: a process that ends meanwhile has written all that it writes. */
static enum dump_error ask(struct dump *d, dump_changes *changes)
{
	enum dump_error error = dump_read_process(d);

	d->end_before = d->process.end;
	d->copies = !error && changes && changes(&d->process);
	return error;
}

static enum dump_error dump_open_as(const char *path, bool walks, dump_changes *changes, struct dump **dump,
				    char why[DUMP_WHY_MAX])
{
	struct dump *d = calloc(1, sizeof *d);
	uint64_t size = 0;
	enum dump_error error;

	*dump = NULL;
	snprintf(why, DUMP_WHY_MAX, "not enough memory");
	if (!d)
		return DUMP_ERROR_NO_MEMORY;
	d->fd = -1;
	d->why = why;
	d->walks = walks;
	for (uint32_t i = 0; i < DUMP_CHUNK_COUNT; i++) {
		d->orders[i].fd = -1;
		d->copied[i] = spill_of(dump_copied_size(i));
	}
	d->path = strdup(path);
	error = d->path ? dump_open_file(d, &size) : DUMP_ERROR_NO_MEMORY;
	if (!error)
		error = dump_read_header(d, size);
	if (!error)
		error = dump_read_chunks(d);
	if (!error)
		error = ask(d, changes);
	if (!error)
		error = dump_read_pools(d);
	if (error) {
		dump_close(d);
		return error;
	}
	close(d->fd);
	d->fd = -1;
	d->why = NULL;
	*why = 0;
	*dump = d;
	return DUMP_ERROR_OK;
}

enum dump_error dump_open(const char *path, struct dump **dump, char why[DUMP_WHY_MAX])
{
	return dump_open_as(path, false, NULL, dump, why);
}

enum dump_error dump_open_to_walk(const char *path, dump_changes *changes, struct dump **dump,
				  char why[DUMP_WHY_MAX])
{
	return dump_open_as(path, true, changes, dump, why);
}

bool dump_walks(const struct dump *d)
{
	return d->walks;
}

/* A dump that cannot be read any more tells nothing new. */
bool dump_ended_meanwhile(const struct dump *d)
{
	char why[DUMP_WHY_MAX];
	struct dump now = *d;
	bool ended = d->process.end != d->end_before;

	now.why = why;
	if (!ended && d->process.end == DUMP_END_NONE && dump_open_again(&now))
		ended = dump_read_process(&now) == DUMP_ERROR_OK && now.process.end != d->end_before;
	if (now.fd >= 0)
		close(now.fd);
	return ended;
}

void dump_close(struct dump *d)
{
	if (!d)
		return;
	if (d->fd >= 0)
		close(d->fd);
	for (unsigned i = 0; i < DUMP_CHUNK_COUNT; i++) {
		free(d->pools[i].items);
		free(d->pools[i].torn);
		free(d->pools[i].slots);
		dump_order_free(&d->orders[i]);
		spill_free(&d->copied[i]);
	}
	free(d->chunks);
	free(d->path);
	free(d);
}

/* ---- what is there -------------------------------------------------------------------------------- */

const char *dump_path(const struct dump *d)
{
	return d->path;
}

const struct dump_header *dump_header(const struct dump *d)
{
	return &d->header;
}

const struct dump_process *dump_process(const struct dump *d)
{
	return &d->process;
}

#define POOL(function, type, kind)                                                                \
	const struct type *function(const struct dump *d, uint32_t *count)                        \
	{                                                                                         \
		*count = d->pools[DUMP_CHUNK_##kind].count;                                       \
		return (const struct type *)(const void *)d->pools[DUMP_CHUNK_##kind].items;      \
	}
POOL(dump_conns, dump_conn, CONNECTIONS)
POOL(dump_threads, dump_thread, THREADS)
POOL(dump_streams, dump_streams, STREAMS)
POOL(dump_kernel, dump_kernel, KERNEL)
POOL(dump_tasks, dump_task, TASKS)
POOL(dump_closes, dump_close, CLOSES)
POOL(dump_series, dump_series, SERIES)
POOL(dump_exhaustions, dump_exhaustion, EXHAUSTIONS)
POOL(dump_modules, dump_module, MODULES)
POOL(dump_places, dump_place, PLACES)
POOL(dump_twices, dump_twice, TWICE)

uint8_t dump_conn_torn(const struct dump *d, uint32_t index)
{
	const struct pool *p = &d->pools[DUMP_CHUNK_CONNECTIONS];

	return index < p->count ? p->torn[index] : 0;
}

uint32_t dump_conn_slot(const struct dump *d, const struct dump_conn *c)
{
	const struct pool *p = &d->pools[DUMP_CHUNK_CONNECTIONS];

	return p->slots[c - (const struct dump_conn *)(const void *)p->items];
}

uint8_t dump_thread_torn(const struct dump *d, uint32_t index)
{
	const struct pool *p = &d->pools[DUMP_CHUNK_THREADS];

	return index < p->count ? p->torn[index] : 0;
}

/* A stack begins at any item; what is not one, or not complete, is stepped over item by item. */
const struct dump_stack *dump_stack_next(const struct dump *d, uint32_t after, uint32_t *id)
{
	const struct pool *p = &d->pools[DUMP_CHUNK_STACKS];
	uint32_t i = 0;

	if (after) {
		const struct dump_stack *last = (const void *)(p->items + (size_t)(after - 1) * DUMP_STACK_ITEM);

		i = after - 1 + (uint32_t)((sizeof *last + last->depth * 8 + DUMP_STACK_ITEM - 1) / DUMP_STACK_ITEM);
	}
	for (; i + sizeof(struct dump_stack) / DUMP_STACK_ITEM <= p->count; i++) {
		const struct dump_stack *s = (const void *)(p->items + (size_t)i * DUMP_STACK_ITEM);

		if (s->magic != DUMP_STACK_MAGIC || s->depth > DUMP_STACK_FRAMES_MAX ||
		    sizeof *s + s->depth * 8 > (size_t)(p->count - i) * DUMP_STACK_ITEM)
			continue;
		*id = i + 1;
		return s;
	}
	return NULL;
}

const uint64_t *dump_stack_frames(const struct dump_stack *stack)
{
	return (const uint64_t *)(stack + 1);
}

struct dump_text dump_string(const struct dump *d, uint32_t id)
{
	const struct pool *p = &d->pools[DUMP_CHUNK_STRINGS];
	struct dump_string header;
	const uint8_t *at;

	if (!id || id > p->count)
		return (struct dump_text){NULL, 0};
	at = p->items + (size_t)(id - 1) * DUMP_STRING_ITEM;
	memcpy(&header, at, sizeof header);
	if (header.magic != DUMP_STRING_MAGIC || header.size > DUMP_STRING_MAX ||
	    sizeof header + header.size > (size_t)(p->count - id + 1) * DUMP_STRING_ITEM)
		return (struct dump_text){NULL, 0};
	return (struct dump_text){(const char *)at + sizeof header, header.size};
}

uint64_t dump_unborn(const struct dump *d)
{
	return d->unborn;
}

uint32_t dump_chunks_unknown(const struct dump *d)
{
	return d->unknown;
}
