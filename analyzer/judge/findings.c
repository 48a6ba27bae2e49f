/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/findings.h"

#include <stdlib.h>

#include "judge/tally.h"

static bool telling(const struct counts *c)
{
	return c->of[VERDICT_LEAKED] || c->of[VERDICT_DRAINED];
}

static int worst_first(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	int order = tally_order(&x->counts, &y->counts);

	return order ? order : x->stack < y->stack ? -1 : x->stack > y->stack;
}

/* One for each place, and the last one for sockets without. */
static void count_all(const struct model *m, const char *const *suppressed, struct finding *by_site)
{
	for (uint32_t i = 0; i < m->call_site_count; i++)
		by_site[i] = (struct finding){.site = &m->call_sites[i], .counts = COUNTS_NONE};
	by_site[m->call_site_count] = (struct finding){.counts = COUNTS_NONE};
	for (uint32_t i = 0; i < m->conn_count; i++) {
		uint32_t site = m->conns[i].site == MODEL_NONE ? m->call_site_count : m->conns[i].site;

		if (suppressed && suppressed[i])
			by_site[site].suppressed++;
		else
			tally_add(&by_site[site].counts, &m->conns[i]);
	}
}

bool findings_of(const struct model *m, const char *const *suppressed, struct findings *to)
{
	*to = (struct findings){.list = calloc(m->call_site_count + 1ul, sizeof *to->list)};
	if (!to->list)
		return false;
	count_all(m, suppressed, to->list);
	for (uint32_t i = 0; i <= m->call_site_count; i++) {
		struct finding f = to->list[i];

		to->leaked += f.counts.of[VERDICT_LEAKED];
		to->drained += f.counts.of[VERDICT_DRAINED];
		to->suppressed += f.suppressed;
		if (!telling(&f.counts))
			continue;
		f.stack = f.counts.stack;
		to->list[to->count++] = f;
	}
	qsort(to->list, to->count, sizeof *to->list, worst_first);
	return true;
}

void findings_free(struct findings *f)
{
	free(f->list);
	f->list = NULL;
}
