/* SPDX-License-Identifier: Apache-2.0 */
#include "core/follow.h"

#include "core/slot.h"
#include "core/names.h"

struct dump_streams *follow_streams(struct framing *f)
{
	struct followed *it = (struct followed *)f;

	return slot_streams(it->recorder, it->conn);
}

void follow_host(struct framing *f, const char *name, size_t size)
{
	struct followed *it = (struct followed *)f;

	if (size && !follow_has_host(it->conn))
		__atomic_store_n(&it->conn->host, names_intern(it->recorder, name, size), __ATOMIC_RELAXED);
}
