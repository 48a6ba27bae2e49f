/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked first: is it leaking, where, how fast, and how long until the program has no descriptors left. */
#include <inttypes.h>

#include "base/printable.h"
#include "judge/pace.h"
#include "say/pieces.h"
#include "say/text.h"

static uint64_t places_of(const struct findings *all)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < all->count; i++)
		n += all->list[i].counts.of[VERDICT_LEAKED] > 0;
	return n;
}

static const struct finding *worst_of(const struct findings *all)
{
	const struct finding *worst = &all->list[0];

	for (uint32_t i = 1; i < all->count; i++)
		if (all->list[i].counts.of[VERDICT_LEAKED] > worst->counts.of[VERDICT_LEAKED])
			worst = &all->list[i];
	return worst;
}

/* Not every socket became a connection. */
static bool all_connected(const struct model *m, const char *const *skip)
{
	for (uint32_t i = 0; i < m->conn_count; i++)
		if (m->conns[i].verdict == VERDICT_LEAKED && !skip[i] && !(m->conns[i].facts->flags & DUMP_CONNECTED))
			return false;
	return true;
}

/* "LEAKING: 12 connections at 3 places, 10 of them at fetch.py:12 in fetch_profile" */
static void put_where_it_leaks(const struct report *r, const struct model *m, const struct findings *all,
			       const char *const *skip)
{
	const struct finding *worst = worst_of(all);
	uint64_t places = places_of(all);
	struct prose p;

	if (!prose_begin(&p))
		return;
	fprintf(p.text, "%sLEAKING%s: ", colour(r, RED), colour(r, PLAIN));
	put_number(p.text, all->leaked);
	fprintf(p.text, " %s%s", all_connected(m, skip) ? "connection" : "socket", plural(all->leaked));
	if (places > 1) {
		fputs(" at ", p.text);
		put_number(p.text, places);
		fputs(" places, ", p.text);
		put_number(p.text, worst->counts.of[VERDICT_LEAKED]);
		fputs(" of them", p.text);
	}
	fputs(" at ", p.text);
	if (worst->site)
		phrase_spot(p.text, m, r->symbols, worst->stack);
	else
		fputs("an unknown place", p.text);
	prose_end(&p, r->to, r->width, 2, 4);
}

static void put_how_fast(const struct report *r, const struct model *m, const struct pace *pace)
{
	struct prose p;

	if (!pace->known || !prose_begin(&p))
		return;
	phrase_pace(p.text, m, pace);
	prose_end(&p, r->to, r->width, 2, 4);
}

/* Of what was not observed nothing is said here. */
static void put_no_leak(const struct report *r, const struct model *m)
{
	const struct model_summary *s = &m->summary;

	if (!s->sockets || s->counts.of[VERDICT_LEAKED])
		return;
	fprintf(r->to, "  %sno leak%s%s\n", colour(r, m->warning_count ? PLAIN : GREEN),
		m->warning_count ? " was seen, but not all was (below)" : "", colour(r, PLAIN));
}

void put_answers(const struct report *r, const struct model *m, const struct findings *all, const char *const *skip)
{
	struct pace pace;

	if (!all->leaked) {
		put_no_leak(r, m);
		return;
	}
	pace = pace_of(m, skip);
	put_where_it_leaks(r, m, all, skip);
	put_how_fast(r, m, &pace);
}
