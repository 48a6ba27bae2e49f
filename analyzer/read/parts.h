/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the dump reader share: an open dump and the steps in which it is read. For the
 * files of this room only; everybody else includes reader.h.
 *
 * Nothing in the file is trusted: each size, count and index is checked before it is used, and
 * what is read is bounded so that a crafted file costs no more than a real one. The file is read
 * with pread, not mapped: somebody may truncate it while we read, and a mapping would turn that
 * into SIGBUS.
 */
#ifndef CONNLEAK_DUMP_PARTS_H
#define CONNLEAK_DUMP_PARTS_H

#include <sys/types.h>

#include "base/spill.h"
#include "read/reader.h"

#define ITEM_MAX 8192u /* bytes of an item; a newer recorder may have longer ones */

struct chunk {
	uint32_t kind, items, first, item_size;
	uint64_t offset; /* of the first item */
};

struct pool {
	uint8_t *items;
	uint32_t count;
	uint32_t room;
	uint8_t *torn;   /* by index, or NULL */
	uint32_t *slots; /* the same */
};

struct copied_from { /* what follows an item in a copy */
	uint32_t slot;
	uint8_t torn;
};

struct order_key {
	uint64_t id;
	uint32_t slot;
};

#ifndef ORDER_RUN /* a test may have a smaller one */
#define ORDER_RUN 65536u /* keys that are sorted at once: 1 MiB */
#endif

struct order { /* of a pool that stays in the file */
	bool shuffled; /* its ids do not ascend */
	bool keep;     /* its keys are being kept */
	uint64_t last;
	struct order_key *keys; /* sorted, when there is no file; else NULL */
	uint32_t count;
	int fd; /* of runs of ORDER_RUN keys, the last one shorter; -1 none */
	uint32_t spilled; /* keys in it */
};

static inline int order_compare(const struct order_key *a, const struct order_key *b)
{
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return a->slot < b->slot ? -1 : a->slot > b->slot;
}

struct dump {
	char *path;
	int fd;
	dev_t device;
	ino_t inode;
	bool walks; /* what there is one of for each connection stays in the file */
	bool copies; /* or rather in copies, since the dump may change: of items, each with a struct copied_from */
	struct spill copied[DUMP_CHUNK_COUNT];
	struct order orders[DUMP_CHUNK_COUNT];
	struct dump_header header;
	struct dump_process process; /* as it was behind the pools */
	uint32_t end_before;         /* its end, as it was before them */
	struct chunk *chunks; /* of known kinds, by kind, then first */
	uint32_t chunk_count, unknown;
	struct pool pools[DUMP_CHUNK_COUNT];
	uint64_t unborn;
	uint32_t retries;
	char *why;
};

extern const uint16_t dump_item_sizes[DUMP_CHUNK_COUNT];
extern const char *const dump_kind_names[DUMP_CHUNK_COUNT];

#define ADVICE_DAMAGED "the file was changed or damaged after it was recorded; record again"
#define ADVICE_TRUNCATED "the file was cut short, perhaps while it was copied; copy it again"

/* Puts "path: what", one line whatever the path contains, into d->why, and returns `error`. */
enum dump_error dump_fail(struct dump *d, enum dump_error error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* `size` bytes at `offset`; a file that ends before them is truncated. */
enum dump_error dump_read_at(struct dump *d, void *to, size_t size, uint64_t offset);

/* A copy cannot be read: errno says why. */
enum dump_error dump_copy_unreadable(struct dump *d);

/* ---- the steps, in order (file.c, pools.c) ------------------------------------------------------- */

enum dump_error dump_open_file(struct dump *d, uint64_t *size);
/* By its name: a thousand dumps are not to take a thousand descriptors. Another file of that name is none
 * of ours. d->fd is to be closed in any case, unless it is -1. */
bool dump_open_again(struct dump *d);
enum dump_error dump_read_header(struct dump *d, uint64_t file_size);
enum dump_error dump_read_chunks(struct dump *d);
enum dump_error dump_read_process(struct dump *d);
enum dump_error dump_read_pools(struct dump *d);

/* Of an item in a copy: in multiples of what it is aligned to. */
static inline size_t dump_copied_size(uint32_t kind)
{
	return dump_item_sizes[kind] + sizeof(struct copied_from);
}

/* ---- slots that may be written to (pools.c) ------------------------------------------------------- */

/* How many parts of an item of this kind have a sequence number. */
unsigned dump_parts(uint32_t kind);

enum dump_slot { DUMP_SLOT_USED, DUMP_SLOT_FREE, DUMP_SLOT_UNREADABLE };

/* Makes of an item that was read into `then`, and after that into `now` (NULL: such items have no parts),
 * one that holds still, and says what is left torn in it. `offset` is its own. */
enum dump_slot dump_settle(struct dump *d, const struct chunk *c, uint8_t *then, const uint8_t *now,
			   uint64_t offset, uint8_t *torn);

/* ---- in which order they are walked (order.c) ----------------------------------------------------- */

enum dump_error dump_order_add(struct dump *d, struct order *o, uint64_t id, uint32_t slot);
enum dump_error dump_order_end(struct dump *d, struct order *o);
void dump_order_free(struct order *o);

#endif
