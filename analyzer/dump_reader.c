/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nothing in the file is trusted: each size, count and index is checked before it is used, and
 * what is read is bounded (POOL_MAX, CHUNKS_MAX, FILE_MAX) so that a crafted file costs no more
 * than a real one. The file is read with pread, not mapped: somebody may truncate it while we
 * read, and a mapping would turn that into SIGBUS.
 */
#include "dump_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Far above what a recorder makes: a million connections, some dozens of chunks. */
#define POOL_MAX (1u << 22)
#define CHUNKS_MAX 4096u
#define ITEM_MAX 8192u
#define FILE_MAX (16ull << 30)
#define BLOCK (256u * 1024)
#define RETRIES_MAX 20000u /* in all: a file full of odd sequence numbers must not take for ever */

struct chunk {
	uint32_t kind, items, first, item_size;
	uint64_t offset; /* of the first item */
};

struct pool {
	uint8_t *items;
	uint32_t count;
	uint32_t room;
	uint8_t *torn; /* by index, or NULL */
};

struct dump {
	char *path;
	int fd;
	struct dump_header header;
	struct dump_process process;
	struct chunk *chunks; /* of known kinds, by kind, then first */
	uint32_t chunk_count, unknown;
	struct pool pools[DUMP_CHUNK_COUNT];
	uint64_t unborn;
	uint32_t retries;
	char *why;
};

static const uint16_t item_sizes[DUMP_CHUNK_COUNT] = {
	[DUMP_CHUNK_PROCESS] = sizeof(struct dump_process),
	[DUMP_CHUNK_CONNECTIONS] = sizeof(struct dump_conn),
	[DUMP_CHUNK_STREAMS] = sizeof(struct dump_streams),
	[DUMP_CHUNK_THREADS] = sizeof(struct dump_thread),
	[DUMP_CHUNK_STACKS] = DUMP_STACK_ITEM,
	[DUMP_CHUNK_MODULES] = sizeof(struct dump_module),
	[DUMP_CHUNK_STRINGS] = DUMP_STRING_ITEM,
	[DUMP_CHUNK_KERNEL] = sizeof(struct dump_kernel),
};

static const char *const kind_names[DUMP_CHUNK_COUNT] = {
	[DUMP_CHUNK_NONE] = "unpublished",
#define X(name, text) [DUMP_CHUNK_##name] = text,
	DUMP_CHUNKS(X)
#undef X
};

const char *dump_error_name(enum dump_error error)
{
	static const char *const names[] = {
#define X(name, text) text,
		DUMP_ERRORS(X)
#undef X
	};
	return (unsigned)error < DUMP_ERROR_COUNT ? names[error] : "?";
}

/* ---- errors ----------------------------------------------------------------------------------- */

/* "path: what": one line, whatever the path contains. */
static enum dump_error fail(struct dump *d, enum dump_error error, const char *format, ...)
{
	va_list list;
	int n = snprintf(d->why, DUMP_WHY_MAX, "%.300s: ", d->path ? d->path : "dump");

	va_start(list, format);
	vsnprintf(d->why + n, DUMP_WHY_MAX - (size_t)n, format, list);
	va_end(list);
	for (char *p = d->why; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			*p = '?';
	return error;
}

#define ADVICE_DAMAGED "the file was changed or damaged after it was recorded; record again"
#define ADVICE_TRUNCATED "the file was cut short, perhaps while it was copied; copy it again"

static enum dump_error read_at(struct dump *d, void *to, size_t size, uint64_t offset)
{
	size_t have = 0;

	while (have < size) {
		ssize_t n = pread(d->fd, (char *)to + have, size - have, (off_t)(offset + have));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(d, DUMP_ERROR_CANNOT_READ, "cannot read at offset %llu: %s",
				    (unsigned long long)(offset + have), strerror(errno));
		if (n == 0)
			return fail(d, DUMP_ERROR_TRUNCATED, "truncated: ends at offset %llu; "
				    ADVICE_TRUNCATED, (unsigned long long)(offset + have));
		have += (size_t)n;
	}
	return DUMP_ERROR_OK;
}

/* ---- file and header ---------------------------------------------------------------------------- */

static enum dump_error open_file(struct dump *d, uint64_t *size)
{
	struct stat st;

	/* O_NONBLOCK: a FIFO or a device somebody names by mistake must not hold us up. */
	d->fd = open(d->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (d->fd < 0 || fstat(d->fd, &st) < 0)
		return fail(d, DUMP_ERROR_CANNOT_OPEN, "cannot open: %s%s", strerror(errno),
			    errno == EACCES ? "; only its owner and root may read a dump" : "");
	if (!S_ISREG(st.st_mode))
		return fail(d, DUMP_ERROR_NOT_A_FILE, "not a regular file; name a dump, as written by "
			    "libconnleak.so");
	if (st.st_size == 0)
		return fail(d, DUMP_ERROR_EMPTY, "empty: nothing was recorded into it; record again, "
			    "and see whether the disk is full");
	*size = (uint64_t)st.st_size;
	return DUMP_ERROR_OK;
}

/* The magic comes last into a file: all zero means that the recorder has not got there yet. */
static enum dump_error check_magic(struct dump *d, size_t have)
{
	static const char zero[sizeof d->header.magic];
	size_t n = have < sizeof zero ? have : sizeof zero;

	if (memcmp(d->header.magic, zero, n) == 0)
		return fail(d, DUMP_ERROR_NOT_READY, "still being created: its first bytes are zero; try "
			    "again, unless the process is gone (then it died at its first socket)");
	if (memcmp(d->header.magic, DUMP_MAGIC, n) != 0)
		return fail(d, DUMP_ERROR_NOT_A_DUMP, "not a dump: does not begin with " DUMP_MAGIC
			    "; name a file that libconnleak.so wrote");
	return DUMP_ERROR_OK;
}

static enum dump_error check_version(struct dump *d)
{
	const struct dump_header *h = &d->header;

	if (h->byte_order == __builtin_bswap32(DUMP_BYTE_ORDER))
		return fail(d, DUMP_ERROR_BYTE_ORDER, "recorded on a machine of the other byte order; run "
			    "connleak report on a machine of that kind");
	if (h->byte_order != DUMP_BYTE_ORDER)
		return fail(d, DUMP_ERROR_DAMAGED, "offset 8: byte order mark 0x%08x is none; "
			    ADVICE_DAMAGED, h->byte_order);
	if (h->version > DUMP_VERSION)
		return fail(d, DUMP_ERROR_TOO_NEW, "dump version %u is newer than this connleak, which "
			    "reads versions %d to %d; use a newer connleak", h->version,
			    DUMP_VERSION_OLDEST, DUMP_VERSION);
	if (h->version < DUMP_VERSION_OLDEST)
		return fail(d, DUMP_ERROR_TOO_OLD, "dump version %u is older than this connleak, which "
			    "reads versions %d to %d; use the connleak that recorded it", h->version,
			    DUMP_VERSION_OLDEST, DUMP_VERSION);
	return DUMP_ERROR_OK;
}

static enum dump_error read_header(struct dump *d, uint64_t file_size)
{
	struct dump_header *h = &d->header;
	size_t have = file_size < sizeof *h ? (size_t)file_size : sizeof *h;
	enum dump_error error = read_at(d, h, have, 0);

	if (!error)
		error = check_magic(d, have);
	if (error)
		return error;
	if (have < sizeof *h)
		return fail(d, DUMP_ERROR_TRUNCATED, "truncated: %zu bytes, the header alone has %zu; "
			    ADVICE_TRUNCATED, have, sizeof *h);
	error = check_version(d);
	if (error)
		return error;
	if (h->header_size < sizeof *h || h->header_size > h->size)
		return fail(d, DUMP_ERROR_DAMAGED, "offset 14: header of %u bytes in a dump of %llu; "
			    ADVICE_DAMAGED, h->header_size, (unsigned long long)h->size);
	if (h->size > FILE_MAX)
		return fail(d, DUMP_ERROR_DAMAGED, "offset 16: size %llu is beyond any dump's; "
			    ADVICE_DAMAGED, (unsigned long long)h->size);
	if (h->size > file_size)
		return fail(d, DUMP_ERROR_TRUNCATED, "truncated: %llu of %llu bytes are there; "
			    ADVICE_TRUNCATED, (unsigned long long)file_size, (unsigned long long)h->size);
	return DUMP_ERROR_OK;
}

/* ---- chunks ------------------------------------------------------------------------------------- */

static enum dump_error check_chunk(struct dump *d, const struct dump_chunk *c, uint64_t offset)
{
	unsigned long long at = offset;
	uint64_t left = d->header.size - offset;
	bool known = c->kind > DUMP_CHUNK_NONE && c->kind < DUMP_CHUNK_COUNT;
	const char *name = known ? kind_names[c->kind] : "unknown";
	bool run = c->kind == DUMP_CHUNK_STACKS || c->kind == DUMP_CHUNK_STRINGS;

	if (c->size < sizeof *c)
		return fail(d, DUMP_ERROR_DAMAGED, "offset %llu: chunk \"%s\" of %llu bytes is smaller than "
			    "its header; " ADVICE_DAMAGED, at, name, (unsigned long long)c->size);
	if (c->size > left)
		return fail(d, DUMP_ERROR_TRUNCATED, "offset %llu: chunk \"%s\" of %llu bytes reaches beyond "
			    "the end of the dump at %llu; " ADVICE_TRUNCATED, at, name,
			    (unsigned long long)c->size, (unsigned long long)d->header.size);
	if (!known)
		return DUMP_ERROR_OK;
	if (c->item_size < item_sizes[c->kind] || c->item_size > ITEM_MAX ||
	    (run && c->item_size != item_sizes[c->kind]))
		return fail(d, DUMP_ERROR_DAMAGED, "offset %llu: chunk \"%s\" has items of %u bytes instead of "
			    "%u; " ADVICE_DAMAGED, at, name, c->item_size, item_sizes[c->kind]);
	if ((uint64_t)c->items * c->item_size > c->size - sizeof *c)
		return fail(d, DUMP_ERROR_DAMAGED, "offset %llu: %u items of %u bytes do not fit into chunk "
			    "\"%s\" of %llu bytes; " ADVICE_DAMAGED, at, c->items, c->item_size, name,
			    (unsigned long long)c->size);
	return DUMP_ERROR_OK;
}

static int by_kind_and_first(const void *a, const void *b)
{
	const struct chunk *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* Pools are to be gapless; a process is exactly one item. */
static enum dump_error check_pools(struct dump *d)
{
	uint64_t next = 0;

	qsort(d->chunks, d->chunk_count, sizeof *d->chunks, by_kind_and_first);
	for (uint32_t i = 0; i < d->chunk_count; i++) {
		const struct chunk *c = &d->chunks[i];

		if (i == 0 || c->kind != d->chunks[i - 1].kind)
			next = 0;
		if (c->first != next || next + c->items > POOL_MAX)
			return fail(d, DUMP_ERROR_DAMAGED, "offset %llu: chunk \"%s\" holds items %u to %llu, "
				    "item %llu was expected; " ADVICE_DAMAGED,
				    (unsigned long long)(c->offset - sizeof(struct dump_chunk)),
				    kind_names[c->kind], c->first, (unsigned long long)c->first + c->items,
				    (unsigned long long)next);
		next += c->items;
	}
	if (!d->chunk_count || d->chunks[0].kind != DUMP_CHUNK_PROCESS || !d->chunks[0].items)
		return fail(d, DUMP_ERROR_DAMAGED, "no chunk describes the process; " ADVICE_DAMAGED);
	return DUMP_ERROR_OK;
}

static enum dump_error read_chunks(struct dump *d)
{
	struct dump_chunk c;
	uint64_t offset = d->header.header_size;
	enum dump_error error;

	d->chunks = calloc(CHUNKS_MAX, sizeof *d->chunks);
	if (!d->chunks)
		return fail(d, DUMP_ERROR_NO_MEMORY, "not enough memory");
	for (uint32_t n = 0; offset < d->header.size; n++, offset += c.size) {
		if (n == CHUNKS_MAX || d->header.size - offset < sizeof c)
			return fail(d, DUMP_ERROR_DAMAGED, "offset %llu: %s; " ADVICE_DAMAGED,
				    (unsigned long long)offset, n == CHUNKS_MAX ?
				    "more chunks than any recorder makes" : "no room for a chunk's header");
		error = read_at(d, &c, sizeof c, offset);
		if (!error)
			error = check_chunk(d, &c, offset);
		if (error)
			return error;
		if (c.kind == DUMP_CHUNK_NONE || c.kind >= DUMP_CHUNK_COUNT) {
			d->unknown += c.kind != DUMP_CHUNK_NONE;
			continue;
		}
		if (c.items)
			d->chunks[d->chunk_count++] = (struct chunk){c.kind, c.items, c.first, c.item_size,
								     offset + sizeof c};
	}
	return check_pools(d);
}

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
	uint16_t size = item_sizes[c->kind];

	for (int i = 0; i < 8 && torn && d->retries < RETRIES_MAX; i++, d->retries++) {
		if (d->retries < 256 && i > 3)
			usleep(50); /* the writer may have been preempted */
		if (read_at(d, then, size, offset) || read_at(d, now, size, offset))
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
	items = realloc(p->items, (size_t)room * item_sizes[kind]);
	if (items)
		p->items = items;
	torn = items && parts(kind) ? realloc(p->torn, room) : NULL;
	if (torn)
		p->torn = torn;
	if (!items || (parts(kind) && !torn)) {
		fail(d, DUMP_ERROR_NO_MEMORY, "not enough memory for its %s", kind_names[kind]);
		return false;
	}
	p->room = room;
	return true;
}

static enum dump_error take_block(struct dump *d, const struct chunk *c, uint8_t *then,
				  const uint8_t *now, uint32_t items, uint64_t offset, uint32_t limit)
{
	struct pool *p = &d->pools[c->kind];
	uint16_t size = item_sizes[c->kind];

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

		error = read_at(d, blocks, size, offset);
		if (!error && parts(c->kind))
			error = read_at(d, blocks + BLOCK, size, offset);
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
static enum dump_error read_pools(struct dump *d)
{
	static const uint8_t order[] = {DUMP_CHUNK_CONNECTIONS, DUMP_CHUNK_THREADS, DUMP_CHUNK_STREAMS,
					DUMP_CHUNK_KERNEL, DUMP_CHUNK_STACKS, DUMP_CHUNK_MODULES,
					DUMP_CHUNK_STRINGS};
	uint8_t *blocks = malloc(2 * BLOCK);
	enum dump_error error = DUMP_ERROR_OK;

	if (!blocks)
		return fail(d, DUMP_ERROR_NO_MEMORY, "not enough memory");
	for (size_t i = 0; i < sizeof order && !error; i++)
		error = read_pool(d, order[i], blocks);
	free(blocks);
	if (!error)
		error = read_at(d, &d->process, sizeof d->process, d->chunks[0].offset);
	return error;
}

enum dump_error dump_open(const char *path, struct dump **dump, char why[DUMP_WHY_MAX])
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
	d->path = strdup(path);
	error = d->path ? open_file(d, &size) : DUMP_ERROR_NO_MEMORY;
	if (!error)
		error = read_header(d, size);
	if (!error)
		error = read_chunks(d);
	if (!error)
		error = read_pools(d);
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

void dump_close(struct dump *d)
{
	if (!d)
		return;
	if (d->fd >= 0)
		close(d->fd);
	for (unsigned i = 0; i < DUMP_CHUNK_COUNT; i++) {
		free(d->pools[i].items);
		free(d->pools[i].torn);
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
POOL(dump_modules, dump_module, MODULES)

uint8_t dump_conn_torn(const struct dump *d, uint32_t index)
{
	const struct pool *p = &d->pools[DUMP_CHUNK_CONNECTIONS];

	return index < p->count ? p->torn[index] : 0;
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
