/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/reuse.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "judge/place.h"
#include "judge/verdict.h"

/* How many make an orphaned pool: two may be chance. */
#define ABANDONED_MIN 3

struct peer_key {
	uint8_t address[16];
	uint16_t port;
	uint8_t family, type;
};

struct peer { /* one to which idle connections go */
	struct peer_key key;
	uint64_t newest; /* id of the newest connection to it, whatever its verdict */
	UT_hash_handle hh;
};

static struct peer_key key_of(const struct dump_conn *c)
{
	struct peer_key k;

	memset(&k, 0, sizeof k);
	memcpy(k.address, c->peer, sizeof k.address);
	k.port = c->peer_port;
	k.family = c->family;
	k.type = c->type;
	return k;
}

/* An accepted connection's peer port is its own; only a client comes back to the same peer. */
static bool to_a_peer(const struct model_conn *c)
{
	return c->facts->role == DUMP_ROLE_CLIENT && (c->facts->has & DUMP_HAS_PEER);
}

static bool idle(const struct model_conn *c)
{
	return c->verdict == VERDICT_DRAINED && to_a_peer(c);
}

/* Which socket would have been the next one when this was last used; the recorder keeps the low
 * half. Never used counts as used when it was opened. */
static uint64_t last_used(const struct dump_conn *c)
{
	uint64_t last = c->id + 1;
	const struct dump_half *halves[] = {&c->in, &c->out};

	for (int i = 0; i < 2; i++) {
		uint64_t at = last + (int32_t)(halves[i]->last_next_id - (uint32_t)last);

		if (halves[i]->last_mono && (int64_t)(at - last) > 0)
			last = at;
	}
	return last;
}

/* ---- abandoned ---------------------------------------------------------------------------------------- */

struct idler {
	struct model_conn *conn;
	uint32_t place;
};

static int place_and_peer(const struct idler *x, const struct idler *y)
{
	struct peer_key p, q;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	p = key_of(x->conn->facts);
	q = key_of(y->conn->facts);
	return memcmp(&p, &q, sizeof p);
}

static int by_place_peer_and_age(const void *a, const void *b)
{
	const struct idler *x = a, *y = b;
	int order = place_and_peer(x, y);

	return order ? order : x->conn->facts->id < y->conn->facts->id ? -1 : 1;
}

/* Was none of these, ascending by age, used again after the next newer one was opened? */
static bool nothing_reuses(const struct idler *group, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++)
		if (last_used(group[i].conn->facts) > group[i + 1].conn->facts->id)
			return false;
	return n >= ABANDONED_MIN && group->place != PLACE_UNKNOWN;
}

static void decide_abandoned(const struct idler *group, size_t n)
{
	if (!nothing_reuses(group, n))
		return;
	for (size_t i = 0; i < n; i++) {
		group[i].conn->verdict = VERDICT_LEAKED;
		group[i].conn->reason = REASON_ABANDONED;
		group[i].conn->evidence = EVIDENCE_REUSE;
	}
}

static void each_place(struct idler *all, size_t n)
{
	qsort(all, n, sizeof *all, by_place_peer_and_age);
	for (size_t from = 0, to; from < n; from = to) {
		for (to = from + 1; to < n && place_and_peer(&all[from], &all[to]) == 0; to++)
			;
		decide_abandoned(all + from, to - from);
	}
}

/* ---- bypassed ------------------------------------------------------------------------------------------- */

static struct peer *find(struct peer *peers, const struct dump_conn *c)
{
	struct peer_key key = key_of(c);
	struct peer *p;

	HASH_FIND(hh, peers, &key, sizeof key, p);
	return p;
}

static void note_newest(struct model *m, struct peer **peers, struct peer *room)
{
	for (uint32_t i = 0; i < m->conn_count; i++)
		if (idle(&m->conns[i]) && !find(*peers, m->conns[i].facts)) {
			struct peer *p = room++;

			p->key = key_of(m->conns[i].facts);
			HASH_ADD(hh, *peers, key, sizeof p->key, p);
		}
	for (uint32_t i = 0; i < m->conn_count; i++) {
		struct peer *p = to_a_peer(&m->conns[i]) ? find(*peers, m->conns[i].facts) : NULL;

		if (p && m->conns[i].facts->id > p->newest)
			p->newest = m->conns[i].facts->id;
	}
}

static void decide_bypassed(struct model *m, struct peer *peers)
{
	for (uint32_t i = 0; i < m->conn_count; i++) {
		struct model_conn *c = &m->conns[i];

		if (idle(c) && c->reason != REASON_STALE &&
		    find(peers, c->facts)->newest >= last_used(c->facts))
			c->reason = REASON_BYPASSED;
	}
}

/* Where it was opened, if it can be said at all that nothing uses it again: where no framing was
 * followed (TLS that we cannot see into, an unknown protocol, a WebSocket), several may be at work. */
static uint32_t place_of(const struct model *m, const struct model_conn *c)
{
	bool told = c->framed || !(c->facts->in.bytes || c->facts->out.bytes);

	return told && c->stack != MODEL_NONE ? m->stacks[c->stack].place : PLACE_UNKNOWN;
}

static size_t find_idlers(const struct model *m, struct idler *all)
{
	size_t n = 0;

	for (uint32_t i = 0; i < m->conn_count; i++) {
		struct model_conn *c = &m->conns[i];

		if (!idle(c))
			continue;
		if (all)
			all[n] = (struct idler){c, place_of(m, c)};
		n++;
	}
	return n;
}

bool reuse_decide(struct model *m)
{
	size_t n = find_idlers(m, NULL);
	struct idler *all = calloc(n + 1, sizeof *all);
	struct peer *peers = NULL, *room = calloc(n + 1, sizeof *room);
	bool enough = all && room;

	if (enough) {
		find_idlers(m, all);
		each_place(all, n);
		note_newest(m, &peers, room);
		decide_bypassed(m, peers);
		HASH_CLEAR(hh, peers);
	}
	free(all);
	free(room);
	return enough;
}
