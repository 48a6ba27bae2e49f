/* SPDX-License-Identifier: Apache-2.0 */
#include "say/view.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

const char VIEW_HIDDEN[] = "";

/* "[::1]:80" is like "[::1]", "::1" and "[::1]:80". */
static bool like_address(const char *pattern, char *address)
{
	char *colon = strrchr(address, ':'), *bracket;

	if (fnmatch(pattern, address, FNM_NOESCAPE) == 0)
		return true;
	if (!colon || strspn(colon + 1, "0123456789") != strlen(colon + 1))
		return false;
	*colon = 0;
	if (fnmatch(pattern, address, FNM_NOESCAPE) == 0)
		return true;
	bracket = strrchr(address, ']');
	if (*address != '[' || !bracket)
		return false;
	*bracket = 0;
	return fnmatch(pattern, address + 1, FNM_NOESCAPE) == 0;
}

static bool like_peer(const char *pattern, const struct model *m, const struct model_conn *c)
{
	char text[MODEL_ADDRESS_MAX];
	struct dump_text host = model_host(m, c);

	if (model_peer(m, c, text, sizeof text) && like_address(pattern, text))
		return true;
	if (!host.bytes || host.size >= sizeof text)
		return false;
	memcpy(text, host.bytes, host.size);
	text[host.size] = 0;
	return like_address(pattern, text);
}

bool view_shows(const struct view *v, const struct model *m, const struct model_conn *c)
{
	if (v->chosen && !(v->reasons[c->verdict] >> c->reason & 1))
		return false;
	return !v->peer || like_peer(v->peer, m, c);
}

const char **view_skip(const struct view *v, const struct model *m, const char *const *suppressed)
{
	const char **skip = calloc(m->conn_count + 1ul, sizeof *skip);

	for (uint32_t i = 0; skip && i < m->conn_count; i++)
		if (suppressed && suppressed[i])
			skip[i] = suppressed[i];
		else if (!view_shows(v, m, &m->conns[i]))
			skip[i] = VIEW_HIDDEN;
	return skip;
}

/* ---- order ------------------------------------------------------------------------------------------------ */

static uint64_t key(enum view_sort sort, const struct finding *f)
{
	switch (sort) {
	case VIEW_SORT_DRAINED: return f->counts.of[VERDICT_DRAINED];
	case VIEW_SORT_OPENED: return f->site ? f->site->opened : 0;
	case VIEW_SORT_OPEN: return f->site ? f->site->open_now : 0;
	case VIEW_SORT_MOST: return f->site ? f->site->open_max : 0;
	default: return f->counts.of[VERDICT_LEAKED];
	}
}

/* Insertion keeps the order of equals; most are in order. */
void view_sort(const struct view *v, struct findings *all)
{
	for (uint32_t i = 1; v->sort != VIEW_SORT_LEAKED && i < all->count; i++) {
		struct finding f = all->list[i];
		uint32_t at = i;

		for (; at && key(v->sort, &all->list[at - 1]) < key(v->sort, &f); at--)
			all->list[at] = all->list[at - 1];
		all->list[at] = f;
	}
}

static const char *const sorts[] = {
#define X(name, text, help) text,
	VIEW_SORTS(X)
#undef X
};

const char *view_sort_names(void)
{
#define X(name, text, help) text ", "
	static char names[] = VIEW_SORTS(X);
#undef X
	names[sizeof names - 3] = 0; /* the last comma */
	return names;
}

int view_sort_by_name(const char *name)
{
	for (int i = 0; i < VIEW_SORT_COUNT; i++)
		if (strcmp(sorts[i], name) == 0)
			return i;
	return -1;
}
