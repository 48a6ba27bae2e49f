/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Items of one size, put down one after the other and read again: a few in memory, more than SPILL_KEPT in a
 * nameless temporary file, so that memory does not grow with their number. Knows nothing of what they are.
 */
#ifndef CONNLEAK_SPILL_H
#define CONNLEAK_SPILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef SPILL_KEPT /* a test may have fewer */
#define SPILL_KEPT 1024u
#endif

struct spill {
	size_t item; /* bytes */
	uint8_t *kept; /* those that are not in the file */
	uint32_t count, written; /* in all; of those in the file */
	int fd; /* -1: none */
};

static inline struct spill spill_of(size_t item)
{
	return (struct spill){.item = item, .fd = -1};
}

/* False without memory (ENOMEM), or where there is no file, or no room in it: errno. */
bool spill_add(struct spill *s, const void *item);
/* `count` of them from `first` on, all of which were added. False: the file cannot be read, errno. */
bool spill_read(const struct spill *s, uint32_t first, uint32_t count, void *to);
void spill_free(struct spill *s);

/* A temporary file without a name, on a disk rather than in memory, where there is a choice
 * (file-hierarchy(7)). -1: errno. */
int spill_file(void);
/* All of it; false: errno. */
bool spill_write(int fd, const void *from, size_t size, uint64_t offset);

#endif
