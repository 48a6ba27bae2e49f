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

/* ---- order --------------------------------------------------------------------------------------------- */

static uint64_t key_of(enum view_sort sort, const struct counts *counts, const struct model_call_site *site)
{
	switch (sort) {
	case VIEW_SORT_DRAINED: return counts->of[VERDICT_DRAINED];
	case VIEW_SORT_OPENED: return site ? site->opened : 0;
	case VIEW_SORT_OPEN: return site ? site->open_now : 0;
	case VIEW_SORT_MOST: return site ? site->open_max : 0;
	default: return counts->of[VERDICT_LEAKED];
	}
}

static uint64_t key(enum view_sort sort, const struct finding *f)
{
	return key_of(sort, &f->counts, f->site);
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

static bool *sites_shown(const struct view *v, const struct model *m)
{
	bool *shown = calloc(m->call_site_count + 1ul, sizeof *shown);

	for (uint32_t i = 0; shown && i < m->conn_count; i++)
		if (m->conns[i].site != MODEL_NONE && view_shows(v, m, &m->conns[i]))
			shown[m->conns[i].site] = true;
	return shown;
}

uint32_t view_sites(const struct view *v, const struct model *m, uint32_t *to)
{
	bool any = !v->chosen && !v->peer, *shown = any ? NULL : sites_shown(v, m);
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->call_site_count; i++) {
		const struct model_call_site *s = &m->call_sites[i];
		uint32_t at = n;

		if (!any && (!shown || !shown[i]))
			continue;
		for (; v->sort != VIEW_SORT_LEAKED && at; at--) {
			const struct model_call_site *before = &m->call_sites[to[at - 1]];

			if (key_of(v->sort, &before->counts, before) >= key_of(v->sort, &s->counts, s))
				break;
			to[at] = to[at - 1];
		}
		to[at] = i;
		n++;
	}
	free(shown);
	return n;
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
