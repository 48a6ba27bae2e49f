/* SPDX-License-Identifier: Apache-2.0 */
/* A look at single connections, by their slots, after the dump was read: what has become of them? */
#include "read/parts.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct dump_again {
	struct dump file; /* the dump's, but for its descriptor and its failures */
	char why[DUMP_WHY_MAX]; /* goes nowhere: who cannot look takes it that all has changed */
};

struct dump_again *dump_again_begin(const struct dump *d)
{
	struct dump_again *a = calloc(1, sizeof *a);

	if (!a)
		return NULL;
	a->file = *d;
	a->file.why = a->why;
	if (dump_open_again(&a->file))
		return a;
	dump_again_end(a);
	return NULL;
}

static const struct chunk *chunk_with(const struct dump *d, uint32_t slot)
{
	for (uint32_t i = 0; i < d->chunk_count; i++)
		if (d->chunks[i].kind == DUMP_CHUNK_CONNECTIONS && slot - d->chunks[i].first < d->chunks[i].items)
			return &d->chunks[i];
	return NULL;
}

bool dump_again_open(struct dump_again *a, const struct dump_conn *then, uint32_t slot)
{
	const struct chunk *c = chunk_with(&a->file, slot);
	uint64_t offset = c ? c->offset + (uint64_t)(slot - c->first) * c->item_size : 0;
	struct dump_conn now;

	if (!c || dump_read_at(&a->file, &now, sizeof now, offset) != DUMP_ERROR_OK)
		return false;
	return !(now.seq & 1) && now.id == then->id && now.state == DUMP_OPEN &&
	       memcmp(now.fds, then->fds, sizeof now.fds) == 0;
}

void dump_again_end(struct dump_again *a)
{
	if (a && a->file.fd >= 0)
		close(a->file.fd);
	free(a);
}
