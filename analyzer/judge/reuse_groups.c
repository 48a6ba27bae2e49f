/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/reuse_groups.h"

#include <stdlib.h>
#include <string.h>

#include "connleak/exchange.h"
#include "judge/place.h"

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

/* Where it was opened, if it can be said at all that nothing uses it again. Where no framing was followed
 * (TLS that we cannot see into, an unknown protocol) that takes that nobody watches it; what an upgrade led
 * to may be at work without a word. */
static uint32_t place_of(const struct model *m, const struct model_conn *c)
{
	const struct dump_conn *f = c->facts;
	bool watched = f->watch || c->waited_for != MODEL_WAITED_NOT;
	bool told = c->framed ? !exchange_listens(f) :
				!watched && !(f->in.inexact | f->out.inexact) && !(f->flags & DUMP_STDIO) &&
				!(exchange_flags(f) & (DUMP_FRAME_LOST | DUMP_FRAME_SWITCHED));

	return told && c->stack != MODEL_NONE ? m->stacks[c->stack].place : PLACE_UNKNOWN;
}

static struct group_key group_key_of(const struct model *m, const struct model_conn *c, enum of of)
{
	uint32_t place = place_of(m, c);

	if (of == OF_OPENER && place != PLACE_UNKNOWN)
		place = m->stacks[c->stack].opener;
	return (struct group_key){.peer = key_of(c->facts), .place = place, .of = of};
}

bool groups_has_one(const struct model *m, const struct model_conn *c, enum of of)
{
	return group_key_of(m, c, of).place != PLACE_UNKNOWN;
}

struct peer *groups_peer(const struct groups *all, const struct dump_conn *c)
{
	struct peer_key key = key_of(c);
	struct peer *p;

	HASH_FIND(hh, all->peers, &key, sizeof key, p);
	return p;
}

struct peer *groups_add_peer(struct groups *all, const struct dump_conn *c)
{
	struct peer *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	p->key = key_of(c);
	HASH_ADD(hh, all->peers, key, sizeof p->key, p);
	return p;
}

struct group *groups_find(const struct groups *all, const struct model *m, const struct model_conn *c,
			  enum of of)
{
	struct group_key key = group_key_of(m, c, of);
	struct group *g = NULL;

	if (key.place != PLACE_UNKNOWN)
		HASH_FIND(hh, all->groups, &key, sizeof key, g);
	return g;
}

struct group *groups_add(struct groups *all, const struct model *m, const struct model_conn *c, enum of of)
{
	struct group *g = calloc(1, sizeof *g);

	if (!g)
		return NULL;
	g->key = group_key_of(m, c, of);
	g->number = HASH_COUNT(all->groups);
	g->idle_since = g->idle_in_row = UINT64_MAX;
	HASH_ADD(hh, all->groups, key, sizeof g->key, g);
	return g;
}

struct opener *groups_opener(const struct groups *all, const struct group *g, const struct model_conn *c)
{
	struct opener_key key = {g->number, c->facts->opened_by};
	struct opener *o;

	HASH_FIND(hh, all->openers, &key, sizeof key, o);
	return o;
}

struct opener *groups_add_opener(struct groups *all, const struct group *g, const struct model_conn *c)
{
	struct opener *o = calloc(1, sizeof *o);

	if (!o)
		return NULL;
	o->key = (struct opener_key){g->number, c->facts->opened_by};
	HASH_ADD(hh, all->openers, key, sizeof o->key, o);
	return o;
}

#define FREE_ALL(type, head)                                                                      \
	do {                                                                                      \
		struct type *it = (head), *next;                                                  \
												  \
		if (it)                                                                           \
			HASH_CLEAR(hh, head);                                                     \
		for (; it; it = next) {                                                           \
			next = it->hh.next;                                                       \
			free(it);                                                                 \
		}                                                                                 \
	} while (0)

void groups_free(struct groups *all)
{
	FREE_ALL(peer, all->peers);
	FREE_ALL(group, all->groups);
	FREE_ALL(opener, all->openers);
}
