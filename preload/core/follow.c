/* SPDX-License-Identifier: Apache-2.0 */
#include "core/follow.h"

#include "core/slot.h"
#include "core/names.h"

struct dump_streams *follow_streams(struct framing *f)
{
	return slot_streams(((struct followed *)f)->conn);
}

void follow_host(struct framing *f, const char *name, size_t size)
{
	struct dump_conn *c = ((struct followed *)f)->conn;

	if (size && !follow_has_host(c))
		__atomic_store_n(&c->host, names_intern(name, size), __ATOMIC_RELAXED);
}
