/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/reuse.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "connleak/exchange.h"
#include "judge/place.h"
#include "model/verdicts.h"

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

/* The number of the next socket at that time; the recorder keeps the low half. Never is when it was opened. */
static uint64_t next_at(const struct dump_conn *c, const struct dump_half *h)
{
	uint64_t opened = c->id + 1, at = opened + (uint64_t)(int64_t)(int32_t)(h->last_next_id - (uint32_t)opened);

	return h->last_mono && (int64_t)(at - opened) > 0 ? at : opened;
}

/* When its last request began. */
static uint64_t last_asked(const struct dump_conn *c)
{
	return next_at(c, &c->out);
}

/* Since when it sits idle: the answer to its last request was there. */
static uint64_t last_used(const struct dump_conn *c)
{
	uint64_t in = next_at(c, &c->in), out = last_asked(c);

	return in > out ? in : out;
}

static bool was_asked(const struct dump_conn *c)
{
	return c->has & DUMP_HAS_ASKED;
}

/* The numbers of its requests; without framing they are counted in the frame all the same. */
static uint32_t requests(const struct model_conn *c)
{
	return c->facts->protocol == DUMP_PROTOCOL_NONE || c->facts->protocol == DUMP_PROTOCOL_TLS ?
		       c->facts->out.frame.begun : c->requests;
}

/* ---- abandoned ---------------------------------------------------------------------------------------- */

struct idler {
	struct model_conn *conn;
	uint32_t place;
	uint32_t chain; /* the longest row of connections, this one last, each opened while those before sat idle */
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

static int by_place_peer_use_and_age(const void *a, const void *b)
{
	const struct idler *x = a, *y = b;
	int order = place_and_peer(x, y);

	if (!order)
		order = was_asked(y->conn->facts) - was_asked(x->conn->facts);
	return order ? order : x->conn->facts->id < y->conn->facts->id ? -1 : 1;
}

static bool alive(const struct model *m, uint32_t thread)
{
	const struct model_thread *t = model_thread_by_id(m, thread);

	return t && t->alive;
}

/* Is it the only one that its thread, which lives, has of these, and uses itself? */
static bool kept_by_its_thread(const struct model *m, const struct idler *group, size_t n, size_t at)
{
	const struct dump_conn *f = group[at].conn->facts;

	if (!f->opened_by || f->out.thread != f->opened_by || !alive(m, f->opened_by))
		return false;
	for (size_t i = 0; i < n; i++)
		if (i != at && group[i].conn->facts->opened_by == f->opened_by)
			return false;
	return true;
}

static void abandon(struct model_conn *c)
{
	c->verdict = VERDICT_LEAKED;
	c->reason = REASON_ABANDONED;
	c->evidence = EVIDENCE_REUSE;
}

/* Was any of these, ascending by age, asked again after a newer one was opened? One that was asked but once, and
 * late, shows only that several were at work at a time. */
static bool any_reused(const struct idler *group, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++)
		if (requests(group[i].conn) > 1 && last_asked(group[i].conn->facts) > group[i + 1].conn->facts->id)
			return true;
	return false;
}

/* The longest row in which each was opened while those before it sat idle. Of those that were at work at a time
 * no two are in it: what a pool makes for a burst of requests is no row. */
static uint32_t longest_row(struct idler *group, size_t n)
{
	uint32_t longest = 0;

	for (size_t i = 0; i < n; i++) {
		group[i].chain = 1;
		for (size_t k = i; k-- > 0 && group[i].chain < ABANDONED_MIN;)
			if (last_used(group[k].conn->facts) <= group[i].conn->facts->id &&
			    group[k].chain >= group[i].chain)
				group[i].chain = group[k].chain + 1;
		longest = group[i].chain > longest ? group[i].chain : longest;
	}
	return longest;
}

/* The handles that threads keep are put to the end. */
static size_t without_handles(const struct model *m, struct idler *group, size_t n)
{
	size_t left = 0;
	bool *kept = calloc(n, sizeof *kept);

	for (size_t i = 0; kept && i < n; i++)
		kept[i] = kept_by_its_thread(m, group, n, i);
	for (size_t i = 0; kept && i < n; i++)
		if (!kept[i]) {
			struct idler it = group[i];

			group[i] = group[left];
			group[left++] = it;
		}
	free(kept);
	return left;
}

static void decide_asked(const struct model *m, struct idler *group, size_t n)
{
	uint32_t row;

	if (n < 2 || any_reused(group, n))
		return;
	n = without_handles(m, group, n);
	row = n > 1 ? longest_row(group, n) : 0;
	if (n == 2 && row == 2)
		group[0].conn->bypassed_by = group[1].conn->facts->id;
	if (row < ABANDONED_MIN)
		return;
	for (size_t i = 0; i < n; i++)
		abandon(group[i].conn);
}

/* ---- never asked for anything --------------------------------------------------------------------------- */

/* So long after all there was had gone by, the next one is opened at another time. */
#define ANOTHER_TIME 30000000u

static uint64_t last_moved(const struct dump_conn *c)
{
	uint64_t last = c->connected_mono > c->opened_mono ? c->connected_mono : c->opened_mono;

	last = c->in.last_mono > last ? c->in.last_mono : last;
	return c->out.last_mono > last ? c->out.last_mono : last;
}

/* At how many times were these opened, ascending by age? */
static unsigned times(const struct idler *group, size_t n)
{
	uint64_t last = last_moved(group->conn->facts);
	unsigned count = 1;

	for (size_t i = 1; i < n; i++) {
		count += group[i].conn->facts->opened_mono > last + ANOTHER_TIME;
		if (last_moved(group[i].conn->facts) > last)
			last = last_moved(group[i].conn->facts);
	}
	return count;
}

/* Was any other of this place, open or closed, ever asked for anything? */
static bool place_asks(const struct model *m, const struct idler *group)
{
	for (uint32_t i = 0; i < m->conn_count; i++) {
		const struct model_conn *c = &m->conns[i];

		if (c->stack != MODEL_NONE && m->stacks[c->stack].place == group->place && was_asked(c->facts))
			return true;
	}
	return false;
}

/* A pool that was filled in advance was so at one time; a health check that forgets to close goes on. */
static void decide_unasked(const struct model *m, struct idler *group, size_t n)
{
	bool exhausted = dump_process(m->dump)->exhausted;

	n = without_handles(m, group, n);
	if (n < ABANDONED_MIN || place_asks(m, group) || (times(group, n) < ABANDONED_MIN && !exhausted))
		return;
	for (size_t i = 0; i < n; i++)
		abandon(group[i].conn);
}

/* Of one place and peer, ascending by age: first those that were asked. */
static void decide_group(const struct model *m, struct idler *group, size_t n)
{
	size_t asked = 0;

	if (group->place == PLACE_UNKNOWN)
		return;
	while (asked < n && was_asked(group[asked].conn->facts))
		asked++;
	decide_asked(m, group, asked);
	if (n > asked)
		decide_unasked(m, group + asked, n - asked);
}

static void each_place(const struct model *m, struct idler *all, size_t n)
{
	qsort(all, n, sizeof *all, by_place_peer_use_and_age);
	for (size_t from = 0, to; from < n; from = to) {
		for (to = from + 1; to < n && place_and_peer(&all[from], &all[to]) == 0; to++)
			;
		decide_group(m, all + from, to - from);
	}
}

/* A library that abandons what it opens does so for each line that asks it to. One that hands out a handle is asked
 * once by each line: so a line counts where it has asked again. `all` is by place, peer, use and age. */
static size_t by_opener(const struct model *m, struct idler *all, size_t n)
{
	size_t left = 0;

	for (size_t from = 0, to; from < n; from = to) {
		size_t asked = 0;

		for (to = from; to < n && place_and_peer(&all[from], &all[to]) == 0; to++)
			asked += was_asked(all[to].conn->facts) && idle(all[to].conn);
		for (size_t i = from; i < to && asked > 1 && all[from].place != PLACE_UNKNOWN; i++)
			if (was_asked(all[i].conn->facts) && idle(all[i].conn)) {
				all[left] = all[i];
				all[left++].place = m->stacks[all[i].conn->stack].opener;
			}
	}
	return left;
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

		if (idle(c) && c->reason != REASON_STALE && !exchange_listens(c->facts) &&
		    find(peers, c->facts)->newest >= last_used(c->facts))
			c->reason = REASON_BYPASSED;
	}
}

/* Where it was opened, if it can be said at all that nothing uses it again. Where no framing was followed (TLS
 * that we cannot see into, an unknown protocol) that takes that nobody watches it; what an upgrade led to may
 * be at work without a word. */
static uint32_t place_of(const struct model *m, const struct model_conn *c)
{
	const struct dump_conn *f = c->facts;
	bool watched = f->watch || c->waited_for != MODEL_WAITED_NOT;
	bool told = c->framed ? !exchange_listens(f) :
				!watched && !(f->in.inexact | f->out.inexact) && !(f->flags & DUMP_STDIO) &&
				!(exchange_flags(f) & (DUMP_FRAME_LOST | DUMP_FRAME_SWITCHED));

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
			all[n] = (struct idler){c, place_of(m, c), 0};
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
		each_place(m, all, n);
		each_place(m, all, by_opener(m, all, n));
		note_newest(m, &peers, room);
		decide_bypassed(m, peers);
		HASH_CLEAR(hh, peers);
	}
	free(all);
	free(room);
	return enough;
}
