/* SPDX-License-Identifier: Apache-2.0 */
/* The file, its header and its chunks: is this a dump, of a version that we read, and all there? */
#include "read/parts.h"

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
#define FILE_MAX (16ull << 30)

const uint16_t dump_item_sizes[DUMP_CHUNK_COUNT] = {
	[DUMP_CHUNK_PROCESS] = sizeof(struct dump_process),
	[DUMP_CHUNK_CONNECTIONS] = sizeof(struct dump_conn),
	[DUMP_CHUNK_STREAMS] = sizeof(struct dump_streams),
	[DUMP_CHUNK_THREADS] = sizeof(struct dump_thread),
	[DUMP_CHUNK_STACKS] = DUMP_STACK_ITEM,
	[DUMP_CHUNK_MODULES] = sizeof(struct dump_module),
	[DUMP_CHUNK_STRINGS] = DUMP_STRING_ITEM,
	[DUMP_CHUNK_KERNEL] = sizeof(struct dump_kernel),
	[DUMP_CHUNK_CLOSES] = sizeof(struct dump_close),
	[DUMP_CHUNK_SERIES] = sizeof(struct dump_series),
	[DUMP_CHUNK_EXHAUSTIONS] = sizeof(struct dump_exhaustion),
	[DUMP_CHUNK_PLACES] = sizeof(struct dump_place),
	[DUMP_CHUNK_TASKS] = sizeof(struct dump_task),
	[DUMP_CHUNK_TWICE] = sizeof(struct dump_twice),
};

const char *const dump_kind_names[DUMP_CHUNK_COUNT] = {
	[DUMP_CHUNK_NONE] = "unpublished",
#define X(name, text) [DUMP_CHUNK_##name] = text,
	DUMP_CHUNKS(X)
#undef X
};

/* ---- errors ----------------------------------------------------------------------------------- */

enum dump_error dump_fail(struct dump *d, enum dump_error error, const char *format, ...)
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

enum dump_error dump_read_at(struct dump *d, void *to, size_t size, uint64_t offset)
{
	size_t have = 0;

	while (have < size) {
		ssize_t n = pread(d->fd, (char *)to + have, size - have, (off_t)(offset + have));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return dump_fail(d, DUMP_ERROR_CANNOT_READ, "cannot read at offset %llu: %s; try a copy of it",
				    (unsigned long long)(offset + have), strerror(errno));
		if (n == 0)
			return dump_fail(d, DUMP_ERROR_TRUNCATED, "truncated: ends at offset %llu; "
				    ADVICE_TRUNCATED, (unsigned long long)(offset + have));
		have += (size_t)n;
	}
	return DUMP_ERROR_OK;
}

enum dump_error dump_copy_unreadable(struct dump *d)
{
	return dump_fail(d, DUMP_ERROR_CANNOT_READ, "its copy in a temporary file cannot be read: %s; "
			 "set TMPDIR to another folder",
			 strerror(errno));
}

enum dump_error dump_read_process(struct dump *d)
{
	return dump_read_at(d, &d->process, sizeof d->process, d->chunks[0].offset);
}

/* ---- file and header ---------------------------------------------------------------------------- */

enum dump_error dump_open_file(struct dump *d, uint64_t *size)
{
	struct stat st;

	/* O_NONBLOCK: a FIFO or a device somebody names by mistake must not hold us up. */
	d->fd = open(d->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (d->fd < 0 || fstat(d->fd, &st) < 0)
		return dump_fail(d, DUMP_ERROR_CANNOT_OPEN, "cannot open: %s%s", strerror(errno),
			    errno == EACCES ? "; only its owner and root may read a dump" : "");
	if (!S_ISREG(st.st_mode))
		return dump_fail(d, DUMP_ERROR_NOT_A_FILE, "not a regular file; name a dump, as written by "
			    "libconnleak.so");
	if (st.st_size == 0)
		return dump_fail(d, DUMP_ERROR_EMPTY, "empty: nothing was recorded into it; record again, "
			    "and see whether the disk is full");
	*size = (uint64_t)st.st_size;
	d->device = st.st_dev;
	d->inode = st.st_ino;
	return DUMP_ERROR_OK;
}

bool dump_open_again(struct dump *d)
{
	struct stat st;

	d->fd = open(d->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (d->fd >= 0 && fstat(d->fd, &st) == 0 && st.st_dev == d->device && st.st_ino == d->inode)
		return true;
	dump_fail(d, DUMP_ERROR_CANNOT_OPEN, "gone or replaced while it was read; try again");
	return false;
}

/* The magic comes last into a file: all zero means that the recorder has not got there yet. */
static enum dump_error check_magic(struct dump *d, size_t have)
{
	static const char zero[sizeof d->header.magic];
	size_t n = have < sizeof zero ? have : sizeof zero;

	if (memcmp(d->header.magic, zero, n) == 0)
		return dump_fail(d, DUMP_ERROR_NOT_READY, "still being created: its first bytes are zero; try "
			    "again, unless the process is gone (then it died at its first socket)");
	if (memcmp(d->header.magic, DUMP_MAGIC, n) != 0)
		return dump_fail(d, DUMP_ERROR_NOT_A_DUMP, "not a dump: does not begin with " DUMP_MAGIC
			    "; name a file that libconnleak.so wrote");
	return DUMP_ERROR_OK;
}

static enum dump_error check_version(struct dump *d)
{
	const struct dump_header *h = &d->header;

	if (h->byte_order == __builtin_bswap32(DUMP_BYTE_ORDER))
		return dump_fail(d, DUMP_ERROR_BYTE_ORDER, "recorded on a machine of the other byte order; run "
			    "connleak report on a machine of that kind");
	if (h->byte_order != DUMP_BYTE_ORDER)
		return dump_fail(d, DUMP_ERROR_DAMAGED, "offset 8: byte order mark 0x%08x is none; "
			    ADVICE_DAMAGED, h->byte_order);
	if (h->version > DUMP_VERSION)
		return dump_fail(d, DUMP_ERROR_TOO_NEW, "dump version %u is newer than this connleak, which "
			    "reads versions %d to %d; use a newer connleak", h->version,
			    DUMP_VERSION_OLDEST, DUMP_VERSION);
	if (h->version < DUMP_VERSION_OLDEST)
		return dump_fail(d, DUMP_ERROR_TOO_OLD, "dump version %u is older than this connleak, which "
			    "reads versions %d to %d; use the connleak that recorded it", h->version,
			    DUMP_VERSION_OLDEST, DUMP_VERSION);
	return DUMP_ERROR_OK;
}

enum dump_error dump_read_header(struct dump *d, uint64_t file_size)
{
	struct dump_header *h = &d->header;
	size_t have = file_size < sizeof *h ? (size_t)file_size : sizeof *h;
	enum dump_error error = dump_read_at(d, h, have, 0);

	if (!error)
		error = check_magic(d, have);
	if (error)
		return error;
	if (have < sizeof *h)
		return dump_fail(d, DUMP_ERROR_TRUNCATED, "truncated: %zu bytes, the header alone has %zu; "
			    ADVICE_TRUNCATED, have, sizeof *h);
	error = check_version(d);
	if (error)
		return error;
	if (h->header_size < sizeof *h || h->header_size > h->size)
		return dump_fail(d, DUMP_ERROR_DAMAGED, "offset 14: header of %u bytes in a dump of %llu; "
			    ADVICE_DAMAGED, h->header_size, (unsigned long long)h->size);
	if (h->size > FILE_MAX)
		return dump_fail(d, DUMP_ERROR_DAMAGED, "offset 16: size %llu is beyond any dump's; "
			    ADVICE_DAMAGED, (unsigned long long)h->size);
	if (h->size > file_size)
		return dump_fail(d, DUMP_ERROR_TRUNCATED, "truncated: %llu of %llu bytes are there; "
			    ADVICE_TRUNCATED, (unsigned long long)file_size, (unsigned long long)h->size);
	return DUMP_ERROR_OK;
}

/* ---- chunks ------------------------------------------------------------------------------------- */

static enum dump_error check_chunk(struct dump *d, const struct dump_chunk *c, uint64_t offset)
{
	unsigned long long at = offset;
	uint64_t left = d->header.size - offset;
	bool known = c->kind > DUMP_CHUNK_NONE && c->kind < DUMP_CHUNK_COUNT;
	const char *name = known ? dump_kind_names[c->kind] : "unknown";
	bool run = c->kind == DUMP_CHUNK_STACKS || c->kind == DUMP_CHUNK_STRINGS;

	if (c->size < sizeof *c)
		return dump_fail(d, DUMP_ERROR_DAMAGED, "offset %llu: chunk \"%s\" of %llu bytes is smaller than "
			    "its header; " ADVICE_DAMAGED, at, name, (unsigned long long)c->size);
	if (c->size > left)
		return dump_fail(d, DUMP_ERROR_TRUNCATED, "offset %llu: chunk \"%s\" of %llu bytes reaches beyond "
			    "the end of the dump at %llu; " ADVICE_TRUNCATED, at, name,
			    (unsigned long long)c->size, (unsigned long long)d->header.size);
	if (!known)
		return DUMP_ERROR_OK;
	if (c->item_size < dump_item_sizes[c->kind] || c->item_size > ITEM_MAX || c->item_size % sizeof(uint64_t) ||
	    (run && c->item_size != dump_item_sizes[c->kind]))
		return dump_fail(d, DUMP_ERROR_DAMAGED, "offset %llu: chunk \"%s\" has items of %u bytes instead of "
			    "%u; " ADVICE_DAMAGED, at, name, c->item_size, dump_item_sizes[c->kind]);
	if ((uint64_t)c->items * c->item_size > c->size - sizeof *c)
		return dump_fail(d, DUMP_ERROR_DAMAGED, "offset %llu: %u items of %u bytes do not fit into chunk "
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
			return dump_fail(d, DUMP_ERROR_DAMAGED, "offset %llu: chunk \"%s\" holds items %u to %llu, "
				    "item %llu was expected; " ADVICE_DAMAGED,
				    (unsigned long long)(c->offset - sizeof(struct dump_chunk)),
				    dump_kind_names[c->kind], c->first, (unsigned long long)c->first + c->items,
				    (unsigned long long)next);
		next += c->items;
	}
	if (!d->chunk_count || d->chunks[0].kind != DUMP_CHUNK_PROCESS || !d->chunks[0].items)
		return dump_fail(d, DUMP_ERROR_DAMAGED, "no chunk describes the process; " ADVICE_DAMAGED);
	return DUMP_ERROR_OK;
}

enum dump_error dump_read_chunks(struct dump *d)
{
	struct dump_chunk c;
	uint64_t offset = d->header.header_size;
	enum dump_error error;

	d->chunks = calloc(CHUNKS_MAX, sizeof *d->chunks);
	if (!d->chunks)
		return dump_fail(d, DUMP_ERROR_NO_MEMORY, "not enough memory");
	for (uint32_t n = 0; offset < d->header.size; n++, offset += c.size) {
		if (n == CHUNKS_MAX || d->header.size - offset < sizeof c)
			return dump_fail(d, DUMP_ERROR_DAMAGED, "offset %llu: %s; " ADVICE_DAMAGED,
				    (unsigned long long)offset, n == CHUNKS_MAX ?
				    "more chunks than any recorder makes" : "no room for a chunk's header");
		error = dump_read_at(d, &c, sizeof c, offset);
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
