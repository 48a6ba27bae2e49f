/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the live view shows: rows of text about the model of now, marked where they differ from the model of
 * the last look, and where each leads to. Knows no terminal.
 */
#ifndef CONNLEAK_LIVE_H
#define CONNLEAK_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/model.h"
#include "name/symbol.h"
#include "say/view.h"

/* The first three are lists of all; of the others one is shown, by its id (of a place: a stack's). */
enum live_kind {
	LIVE_PLACES, LIVE_CONNECTIONS, LIVE_THREADS,
	LIVE_PLACE, LIVE_CONNECTION, LIVE_THREAD,
	LIVE_NOWHERE
};

struct live_spot {
	enum live_kind kind;
	uint64_t id;
};

enum live_mark { LIVE_SAME, LIVE_CHANGED, LIVE_NEW };
enum live_tone { LIVE_PLAIN, LIVE_LEAKED, LIVE_DRAINED, LIVE_QUIET };

#define LIVE_KEYS 8

struct live_row {
	char *text; /* one line, harmless for a terminal */
	enum live_mark mark;
	enum live_tone tone;
	struct live_spot to;     /* where Enter leads */
	double keys[LIVE_KEYS]; /* by column of a list: what it is sorted by */
};

#define LIVE_DEEP 16

struct live {
	const struct view *view; /* what of it is wanted */
	const struct model *now, *before; /* `before` is NULL at the first look */
	struct symbols *symbols;
	struct live_spot path[LIVE_DEEP]; /* how one came here; the last is shown */
	struct live_spot under[LIVE_DEEP]; /* the cursor's row in each, found again after each look */
	unsigned depth;
	int column;  /* of a list that is sorted: by which; -1: worst first, as the report has it */
	bool upward;
	char *title, *head;
	struct live_row *rows;
	uint32_t count, cursor, top;
};

/* At the list of places, with nothing to show yet. */
void live_begin(struct live *l, const struct view *view);
void live_end(struct live *l);

/* Makes the rows anew, of two models; the cursor stays at its row. False without memory: no rows. */
bool live_look(struct live *l, const struct model *now, const struct model *before, struct symbols *symbols);

/* What a key does; each makes the rows anew where another thing is shown then. */
void live_move(struct live *l, int64_t rows);
void live_enter(struct live *l);
bool live_back(struct live *l); /* false: there is nothing behind this */
void live_list(struct live *l, enum live_kind list);
void live_sort(struct live *l);    /* by the next column, after the last one by none */
void live_reverse(struct live *l);

/* Sees to it that the cursor is among the `lines` rows from `top` on. */
void live_scroll(struct live *l, uint32_t lines);

#endif
