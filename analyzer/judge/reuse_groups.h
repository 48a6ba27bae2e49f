/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Idle connections gathered: by peer, by where they were opened and peer, by the thread that opened them.
 * Keeps no connection; what is counted in a group, and what follows from it, is reuse.c's. For reuse.c only.
 */
#ifndef CONNLEAK_REUSE_GROUPS_H
#define CONNLEAK_REUSE_GROUPS_H

#include <stdbool.h>
#include <stdint.h>

#include <uthash.h>

#include "model/model.h"

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

enum of { OF_UNASKED, OF_ASKED, OF_OPENER }; /* a place's, never asked or asked; an opener's, asked */

struct group_key {
	struct peer_key peer;
	uint32_t place; /* or opener */
	uint32_t of;
};

struct group { /* idle connections of one place, or opener, to one peer, as they are met: ascending by age */
	struct group_key key;
	uint32_t number;
	uint64_t count;
	uint64_t asked_at; /* when the last one that was met was asked, if more than once; else 0 */
	bool reused;       /* one of them was asked again after a newer one was opened */
	/* met again, without the handles that threads keep */
	uint64_t left, first, second; /* how many, and the ids of the two oldest */
	bool again; /* the second of these was asked more than once */
	uint32_t row; /* the longest row in which each was opened while those before it sat idle, up to three */
	uint64_t idle_since, idle_in_row; /* the least last_used() of them, and of those that continue a row */
	uint32_t times; /* at how many they were opened */
	uint64_t moved; /* when the last of them did */
	bool abandoned;
	UT_hash_handle hh;
};

struct opener_key {
	uint32_t group, thread;
};

struct opener { /* a thread that lives, and opened some of a group */
	struct opener_key key;
	uint64_t count;
	UT_hash_handle hh;
};

struct groups { /* begins zeroed */
	struct peer *peers;
	struct group *groups;
	struct opener *openers;
};

/* Those that are there; NULL: none. */
struct peer *groups_peer(const struct groups *all, const struct dump_conn *c);
struct group *groups_find(const struct groups *all, const struct model *m, const struct model_conn *c,
			  enum of of);
struct opener *groups_opener(const struct groups *all, const struct group *g, const struct model_conn *c);

/* One more, which was not there. NULL: no memory. */
struct peer *groups_add_peer(struct groups *all, const struct dump_conn *c);
struct group *groups_add(struct groups *all, const struct model *m, const struct model_conn *c, enum of of);
struct opener *groups_add_opener(struct groups *all, const struct group *g, const struct model_conn *c);

/* Has it a group at all: can it be said where it was opened, and that nothing uses it again? */
bool groups_has_one(const struct model *m, const struct model_conn *c, enum of of);

void groups_free(struct groups *all);

#endif
