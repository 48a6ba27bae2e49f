/* SPDX-License-Identifier: Apache-2.0 */
/* Where one is in the live view, and how one gets elsewhere. */
#include "command/live.h"

#include <stdlib.h>
#include <string.h>

#include "command/live_rows.h"

static struct live_spot *here(struct live *l)
{
	return &l->path[l->depth - 1];
}

static bool same(struct live_spot a, struct live_spot b)
{
	return a.kind == b.kind && a.id == b.id;
}

static void forget_rows(struct live *l)
{
	for (uint32_t i = 0; i < l->count; i++)
		free(l->rows[i].text);
	free(l->rows);
	free(l->title);
	free(l->head);
	l->rows = NULL;
	l->title = l->head = NULL;
	l->count = 0;
}

void live_begin(struct live *l, const struct view *view)
{
	*l = (struct live){.view = view, .depth = 1, .column = -1,
			   .path = {{LIVE_PLACES, 0}}, .under = {{LIVE_NOWHERE, 0}}};
}

void live_end(struct live *l)
{
	forget_rows(l);
}

/* ---- in which order ------------------------------------------------------------------------------------ */

struct order {
	double key;
	uint32_t at;
};

static int by_key(const void *a, const void *b)
{
	const struct order *x = a, *y = b;

	if (x->key != y->key)
		return x->key > y->key ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static void sort(struct live *l)
{
	struct live_row *rows = calloc(l->count + 1ul, sizeof *rows);
	struct order *order = calloc(l->count + 1ul, sizeof *order);

	for (uint32_t i = 0; rows && order && i < l->count; i++) {
		double key = l->column < 0 ? -(double)i : l->rows[i].keys[l->column];

		order[i] = (struct order){l->upward ? -key : key, i};
	}
	if (rows && order) {
		qsort(order, l->count, sizeof *order, by_key);
		for (uint32_t i = 0; i < l->count; i++)
			rows[i] = l->rows[order[i].at];
		memcpy(l->rows, rows, l->count * sizeof *rows);
	}
	free(rows);
	free(order);
}

/* ---- looking ------------------------------------------------------------------------------------------- */

static void find_cursor(struct live *l)
{
	struct live_spot under = l->under[l->depth - 1];

	for (uint32_t i = 0; under.kind != LIVE_NOWHERE && i < l->count; i++)
		if (same(l->rows[i].to, under)) {
			l->cursor = i;
			return;
		}
	if (l->cursor >= l->count)
		l->cursor = l->count ? l->count - 1 : 0;
}

static bool show(struct live *l)
{
	bool enough;

	forget_rows(l);
	enough = here(l)->kind <= LIVE_THREADS ? live_all(l, here(l)->kind) : live_one(l, *here(l));
	if (enough && here(l)->kind <= LIVE_THREADS && (l->column >= 0 || l->upward))
		sort(l);
	find_cursor(l);
	return enough;
}

bool live_look(struct live *l, const struct model *now, const struct model *before, struct symbols *symbols)
{
	l->now = now;
	l->before = before;
	l->symbols = symbols;
	return show(l);
}

/* ---- moving -------------------------------------------------------------------------------------------- */

static void remember(struct live *l)
{
	l->under[l->depth - 1] = l->cursor < l->count ? l->rows[l->cursor].to : (struct live_spot){LIVE_NOWHERE, 0};
}

void live_move(struct live *l, int64_t rows)
{
	int64_t to = (int64_t)l->cursor + rows;

	l->cursor = to < 0 || !l->count ? 0 : to >= l->count ? l->count - 1 : (uint32_t)to;
	remember(l);
}

void live_enter(struct live *l)
{
	struct live_spot to = l->cursor < l->count ? l->rows[l->cursor].to : (struct live_spot){LIVE_NOWHERE, 0};

	if (to.kind == LIVE_NOWHERE)
		return;
	remember(l);
	if (l->depth == LIVE_DEEP) { /* round in a circle: the way back gets shorter */
		memmove(l->path + 1, l->path + 2, (LIVE_DEEP - 2) * sizeof *l->path);
		memmove(l->under + 1, l->under + 2, (LIVE_DEEP - 2) * sizeof *l->under);
		l->depth--;
	}
	l->path[l->depth] = to;
	l->under[l->depth++] = (struct live_spot){LIVE_NOWHERE, 0};
	l->cursor = l->top = 0;
	show(l);
}

bool live_back(struct live *l)
{
	if (l->depth == 1)
		return false;
	l->depth--;
	l->cursor = l->top = 0;
	show(l);
	return true;
}

void live_list(struct live *l, enum live_kind list)
{
	l->depth = 1;
	l->path[0] = (struct live_spot){list, 0};
	l->under[0] = (struct live_spot){LIVE_NOWHERE, 0};
	l->column = -1;
	l->upward = false;
	l->cursor = l->top = 0;
	show(l);
}

void live_sort(struct live *l)
{
	if (++l->column >= (int)live_columns(here(l)->kind))
		l->column = -1;
	show(l);
}

void live_reverse(struct live *l)
{
	l->upward = !l->upward;
	show(l);
}

void live_scroll(struct live *l, uint32_t lines)
{
	if (l->cursor < l->top)
		l->top = l->cursor;
	if (lines && l->cursor >= l->top + lines)
		l->top = l->cursor - lines + 1;
	if (l->top && lines && l->top + lines > l->count)
		l->top = l->count > lines ? l->count - lines : 0;
}
