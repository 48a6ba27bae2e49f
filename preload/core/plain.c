/* SPDX-License-Identifier: Apache-2.0 */
#include "core/plain.h"

#include <string.h>

#include "core/follow.h"
#include "core/half.h"
#include "core/lines.h"
#include "core/slot.h"
#include "core/turn.h"

/* Each direction may be another thread's just now, and that one kept from running with it. What happens once
 * in the life of a connection, and voids its framing where it cannot, waits so many times as long. */
#define LONGER 32

static uint32_t lock_patiently(struct recorder *r, struct dump_half *h, const struct dump_conn *c,
			       uint64_t id, bool among)
{
	uint32_t seq = 0;

	for (unsigned i = 1; among && !seq && i < LONGER; i++)
		seq = half_lock_among(h, c, id);
	if (!seq)
		return half_lock(r, h, c, id, among);
	if (conn_id(c) == id)
		return seq;
	half_unlock(h, seq);
	return 0;
}

static bool begin(struct recorder *r, struct dump_conn *c, uint64_t id, bool among, bool again)
{
	struct followed f = follow(r, c);
	uint32_t in = lock_patiently(r, &c->in, c, id, among);
	uint32_t out = in ? lock_patiently(r, &c->out, c, id, among) : 0;

	if (out) {
		if (again || !(slot_flags(c) & DUMP_TLS_INSIDE)) {
			framing_restart(&f.framing);
			slot_flag(c, DUMP_TLS | DUMP_TLS_INSIDE);
		}
		half_unlock(&c->out, out);
	}
	if (in)
		half_unlock(&c->in, in);
	return out;
}

bool plain_begin(struct recorder *r, struct dump_conn *c, uint64_t id, bool among)
{
	return begin(r, c, id, among, true);
}

bool plain_begin_once(struct recorder *r, struct dump_conn *c, uint64_t id, bool among)
{
	return begin(r, c, id, among, false);
}

void plain_failed(struct recorder *r, struct dump_conn *c, uint64_t id, bool among)
{
	struct followed f = follow(r, c);
	uint32_t in = half_lock(r, &c->in, c, id, among), out = in ? half_lock(r, &c->out, c, id, among) : 0;

	if (out) {
		if (c->protocol != DUMP_PROTOCOL_TLS || ((c->in.frame.flags | c->out.frame.flags) & DUMP_FRAME_LOST)) {
			framing_restart(&f.framing);
			__atomic_store_n(&c->protocol, DUMP_PROTOCOL_TLS, __ATOMIC_RELEASE);
			slot_flag(c, DUMP_TLS);
		}
		c->in.frame.flags |= DUMP_TLS_FAILED;
		half_unlock(&c->out, out);
	}
	if (in)
		half_unlock(&c->in, in);
}

void plain_host(struct recorder *r, struct dump_conn *c, uint64_t id, const char *name)
{
	struct followed f = follow(r, c);

	if (conn_id(c) == id)
		follow_host(&f.framing, name, strlen(name), FRAMING_WHOLE);
}

void plain_alpn(struct dump_conn *c, uint64_t id, const void *name, size_t size)
{
	bool h2 = size == 2 && memcmp(name, "h2", size) == 0;

	if (conn_id(c) == id && (h2 || (size == 8 && memcmp(name, "http/1.1", size) == 0)))
		__atomic_fetch_or(&c->has, h2 ? DUMP_HAS_ALPN_H2 : DUMP_HAS_ALPN_HTTP1, __ATOMIC_ACQ_REL);
}

static __attribute__((noinline)) void unframed(struct dump_conn *c, struct dump_half *h, const void *bytes,
					       size_t n, uint32_t openings)
{
	struct iovec it = {(void *)(uintptr_t)bytes, n};

	turn_unframed(c, h, n, openings);
	if (h == &c->in && lines_are_read(h))
		lines_read(h, bytes ? &it : NULL, n);
}

static void plain(struct recorder *r, struct dump_conn *c, uint64_t id, bool among,
		  enum framing_direction direction, const void *bytes, size_t n)
{
	struct dump_half *h = direction == FRAMING_IN ? &c->in : &c->out;
	struct followed f = follow(r, c);
	uint32_t openings = (uint32_t)__atomic_load_n(&r->arena.process->next_id, __ATOMIC_RELAXED), seq;
	struct turn before;

	if (conn_id(c) != id || !(seq = half_lock(r, h, c, id, among)))
		return;
	before = turn_before(h);
	if (bytes)
		framing_feed(&f.framing, direction, bytes, n);
	else
		framing_skip(&f.framing, direction, n);
	turn_framed(c, h, before, f.framing.asked, n, openings);
	if (turn_is_unframed(c, true))
		unframed(c, h, bytes, n, openings);
	half_unlock(h, seq);
}

void plain_in(struct recorder *r, struct dump_conn *c, uint64_t id, bool among, const void *bytes, size_t n)
{
	plain(r, c, id, among, FRAMING_IN, bytes, n);
}

void plain_out(struct recorder *r, struct dump_conn *c, uint64_t id, bool among, const void *bytes, size_t n)
{
	plain(r, c, id, among, FRAMING_OUT, bytes, n);
}

void plain_eof(struct recorder *r, struct dump_conn *c, uint64_t id, bool among, bool clean)
{
	struct followed f = follow(r, c);
	uint32_t seq;

	if (conn_id(c) != id || c->in.eof || !(seq = half_lock(r, &c->in, c, id, among)))
		return;
	if (clean)
		framing_eof(&f.framing, FRAMING_IN);
	c->in.eof = 1;
	half_unlock(&c->in, seq);
}

/* What was written ends, or cannot be followed any more. */
static void out_ends(struct recorder *r, struct dump_conn *c, uint64_t id, bool among,
		     void (*how)(struct framing *, enum framing_direction))
{
	struct followed f = follow(r, c);
	uint32_t seq = half_lock(r, &c->out, c, id, among);

	if (!seq)
		return;
	how(&f.framing, FRAMING_OUT);
	half_unlock(&c->out, seq);
}

void plain_shut(struct recorder *r, struct dump_conn *c, uint64_t id, bool among)
{
	out_ends(r, c, id, among, framing_eof);
}

void plain_void(struct recorder *r, struct dump_conn *c, uint64_t id, bool among)
{
	out_ends(r, c, id, among, framing_void);
}
