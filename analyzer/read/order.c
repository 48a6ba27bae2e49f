/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In which order the items of a pool that stays in the file are walked: by id, and slots are handed out
 * again in any order. Most pools are in order as they are. Of another one the keys are sorted, as many at a
 * time as fit into memory that does not grow with the pool; what is sorted goes to a temporary file without
 * a name.
 */
#include "read/parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/spill.h"

static int by_id_and_slot(const void *a, const void *b)
{
	return order_compare(a, b);
}

/* What is in memory becomes a run of the file. */
static bool spill(struct order *o)
{
	if (o->fd < 0)
		o->fd = spill_file();
	qsort(o->keys, o->count, sizeof *o->keys, by_id_and_slot);
	if (o->fd < 0 || !spill_write(o->fd, o->keys, o->count * sizeof *o->keys, o->spilled * sizeof *o->keys))
		return false;
	o->spilled += o->count;
	o->count = 0;
	return true;
}

enum dump_error dump_order_add(struct dump *d, struct order *o, uint64_t id, uint32_t slot)
{
	o->shuffled = o->shuffled || id < o->last;
	o->last = id;
	if (!o->keep)
		return DUMP_ERROR_OK;
	if (!o->keys)
		o->keys = malloc(ORDER_RUN * sizeof *o->keys);
	if (!o->keys)
		return dump_fail(d, DUMP_ERROR_NO_MEMORY, "not enough memory");
	if (o->count == ORDER_RUN && !spill(o))
		return dump_fail(d, DUMP_ERROR_NO_MEMORY, "no temporary file to sort its connections in: %s; set TMPDIR to "
				 "a folder with room", strerror(errno));
	o->keys[o->count++] = (struct order_key){id, slot};
	return DUMP_ERROR_OK;
}

/* The last run goes to the file, too, when there is one. */
enum dump_error dump_order_end(struct dump *d, struct order *o)
{
	if (!o->keys)
		return DUMP_ERROR_OK;
	if (o->fd < 0) {
		qsort(o->keys, o->count, sizeof *o->keys, by_id_and_slot);
		return DUMP_ERROR_OK;
	}
	if (o->count && !spill(o))
		return dump_fail(d, DUMP_ERROR_NO_MEMORY, "no room to sort its connections in: %s; set TMPDIR to a folder "
				 "with room", strerror(errno));
	free(o->keys);
	o->keys = NULL;
	return DUMP_ERROR_OK;
}

void dump_order_free(struct order *o)
{
	free(o->keys);
	o->keys = NULL;
	if (o->fd >= 0)
		close(o->fd);
	o->fd = -1;
}
