/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/findings.h"

#include <stdlib.h>

#include "judge/suppress.h"
#include "judge/tally.h"
#include "model/each.h"

static bool telling(const struct counts *c)
{
	return c->of[VERDICT_LEAKED] || c->of[VERDICT_DRAINED];
}

static int findings_worst_first(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	int order = tally_order(&x->counts, &y->counts);

	return order ? order : x->stack < y->stack ? -1 : x->stack > y->stack;
}

/* One for each place, and the last one for sockets without. */
static bool findings_count_all(const struct model *m, const char *const *suppressed,
			       const struct suppressed *walked, struct finding *by_site)
{
	char why[DUMP_WHY_MAX];
	struct each e;

	for (uint32_t i = 0; i < m->call_site_count; i++)
		by_site[i] = (struct finding){.site = &m->call_sites[i], .counts = COUNTS_NONE};
	by_site[m->call_site_count] = (struct finding){.counts = COUNTS_NONE};
	each_begin(&e, m);
	for (const struct model_conn *c; (c = each_next(&e));) {
		uint32_t site = c->site == MODEL_NONE ? m->call_site_count : c->site;

		if (walked ? suppressed_by(walked, c) != NULL : suppressed && suppressed[c->index])
			by_site[site].suppressed++;
		else
			tally_add(&by_site[site].counts, c);
	}
	return each_end(&e, why);
}

bool findings_of(const struct model *m, const char *const *suppressed, struct findings *to)
{
	return findings_walk(m, suppressed, NULL, to);
}

bool findings_walk(const struct model *m, const char *const *suppressed, const struct suppressed *walked,
		   struct findings *to)
{
	*to = (struct findings){.list = calloc(m->call_site_count + 1ul, sizeof *to->list)};
	if (!to->list)
		return false;
	if (!findings_count_all(m, suppressed, walked, to->list)) {
		findings_free(to);
		return false;
	}
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
	qsort(to->list, to->count, sizeof *to->list, findings_worst_first);
	return true;
}

void findings_free(struct findings *f)
{
	free(f->list);
	f->list = NULL;
}
