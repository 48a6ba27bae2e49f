/* SPDX-License-Identifier: Apache-2.0 */
#include "core/follow.h"

#include "core/names.h"
#include "core/partial.h"
#include "core/slot.h"
#include "core/streams.h"

struct dump_streams *follow_streams(struct framing *f)
{
	struct followed *it = (struct followed *)f;

	return streams_made(it->recorder, it->conn);
}

/* Seldom: a connection's first request, in pieces. */
static __attribute__((noinline)) uint32_t in_pieces(struct followed *it, const char *bytes, size_t size,
						    enum framing_part part)
{
	uint64_t id = it->conn->id;

	partial_add(it->recorder, id, bytes, size, part & FRAMING_FIRST);
	return part & FRAMING_LAST ? partial_end(it->recorder, id) : 0;
}

void follow_host(struct framing *f, const char *bytes, size_t size, enum framing_part part)
{
	struct followed *it = (struct followed *)f;
	uint32_t name = 0;

	if (follow_has_host(it->conn))
		return;
	if (part != FRAMING_WHOLE)
		name = in_pieces(it, bytes, size, part);
	else if (size)
		name = names_intern(it->recorder, bytes, size);
	if (name)
		__atomic_store_n(&it->conn->host, name, __ATOMIC_RELAXED);
}
