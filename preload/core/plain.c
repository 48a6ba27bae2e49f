/* SPDX-License-Identifier: Apache-2.0 */
/* The plain text inside TLS: what goes by on a session, once its connection is known. */
#include <string.h>

#include "core/plain.h"
#include "core/follow.h"
#include "core/half.h"
#include "core/slot.h"

bool conn_plain_begin(struct dump_conn *c, uint64_t id)
{
	struct followed f = follow(c);
	uint32_t in = half_lock(&c->in, c, id), out = in ? half_lock(&c->out, c, id) : 0;

	if (out) {
		framing_restart(&f.framing);
		slot_flag(c, DUMP_TLS | DUMP_TLS_INSIDE);
		half_unlock(&c->out, out);
	}
	if (in)
		half_unlock(&c->in, in);
	return out;
}

void conn_plain_host(struct dump_conn *c, uint64_t id, const char *name)
{
	struct followed f = follow(c);

	if (conn_id(c) == id)
		follow_host(&f.framing, name, strlen(name));
}

void conn_plain_alpn(struct dump_conn *c, uint64_t id, const void *name, size_t size)
{
	bool h2 = size == 2 && memcmp(name, "h2", size) == 0;

	if (conn_id(c) == id && (h2 || (size == 8 && memcmp(name, "http/1.1", size) == 0)))
		__atomic_fetch_or(&c->has, h2 ? DUMP_HAS_ALPN_H2 : DUMP_HAS_ALPN_HTTP1, __ATOMIC_ACQ_REL);
}

static void plain(struct dump_conn *c, uint64_t id, enum framing_direction direction,
		  const void *bytes, size_t n)
{
	struct dump_half *h = direction == FRAMING_IN ? &c->in : &c->out;
	struct followed f = follow(c);
	uint32_t seq;

	if (conn_id(c) != id || framing_deaf(&f.framing, direction) || !(seq = half_lock(h, c, id)))
		return;
	if (bytes)
		framing_feed(&f.framing, direction, bytes, n);
	else
		framing_skip(&f.framing, direction, n);
	half_unlock(h, seq);
}

void conn_plain_in(struct dump_conn *c, uint64_t id, const void *bytes, size_t n)
{
	plain(c, id, FRAMING_IN, bytes, n);
}

void conn_plain_out(struct dump_conn *c, uint64_t id, const void *bytes, size_t n)
{
	plain(c, id, FRAMING_OUT, bytes, n);
}

void conn_plain_eof(struct dump_conn *c, uint64_t id, bool clean)
{
	struct followed f = follow(c);
	uint32_t seq;

	if (conn_id(c) != id || c->in.eof || !(seq = half_lock(&c->in, c, id)))
		return;
	if (clean)
		framing_eof(&f.framing, FRAMING_IN);
	c->in.eof = 1;
	half_unlock(&c->in, seq);
}

/* What was written ends, or cannot be followed any more. */
static void out_ends(struct dump_conn *c, uint64_t id, void (*how)(struct framing *, enum framing_direction))
{
	struct followed f = follow(c);
	uint32_t seq = half_lock(&c->out, c, id);

	if (!seq)
		return;
	how(&f.framing, FRAMING_OUT);
	half_unlock(&c->out, seq);
}

void conn_plain_shut(struct dump_conn *c, uint64_t id)
{
	out_ends(c, id, framing_eof);
}

void conn_plain_void(struct dump_conn *c, uint64_t id)
{
	out_ends(c, id, framing_void);
}
