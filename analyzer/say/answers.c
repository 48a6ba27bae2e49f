/* SPDX-License-Identifier: Apache-2.0 */
#include "say/answers.h"

#include "base/printable.h"
#include "say/phrases.h"

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
		if (m->conns[i].verdict == VERDICT_LEAKED && !(skip && skip[i]) &&
		    !(m->conns[i].facts->flags & DUMP_CONNECTED))
			return false;
	return true;
}

void phrase_leaking(FILE *to, const struct model *m, struct symbols *symbols, const struct findings *all,
		    const char *const *skip)
{
	const struct finding *worst = worst_of(all);
	uint64_t places = places_of(all);

	put_number(to, all->leaked);
	fprintf(to, " %s%s", all_connected(m, skip) ? "connection" : "socket", plural(all->leaked));
	if (places > 1) {
		fputs(" at ", to);
		put_number(to, places);
		fputs(" places, ", to);
		put_number(to, worst->counts.of[VERDICT_LEAKED]);
		fputs(" of them", to);
	}
	fputs(" at ", to);
	if (worst->site)
		phrase_spot(to, m, symbols, worst->stack);
	else
		fputs("an unknown place", to);
}
