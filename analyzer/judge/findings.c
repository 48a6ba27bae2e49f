/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/findings.h"

#include <stdlib.h>

#include "judge/verdict.h"

static int badness(const struct model_conn *c)
{
	return c->verdict == VERDICT_LEAKED ? 2 : c->verdict == VERDICT_DRAINED;
}

static void count(const struct model *m, struct finding *f, uint32_t index)
{
	const struct model_conn *c = &m->conns[index];
	bool first = f->example == MODEL_NONE;

	if (c->verdict == VERDICT_LEAKED) {
		f->one_reason = !f->leaked++ || (f->one_reason && m->conns[f->example].reason == c->reason);
	} else {
		f->drained++;
	}
	if (first || badness(c) > badness(&m->conns[f->example])) {
		f->example = index;
		f->stack = c->stack;
	}
}

static int worst_first(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	if (x->leaked != y->leaked)
		return x->leaked > y->leaked ? -1 : 1;
	if (x->drained != y->drained)
		return x->drained > y->drained ? -1 : 1;
	return x->stack < y->stack ? -1 : x->stack > y->stack;
}

/* One for each place, and the last one for sockets without. */
static void count_all(const struct model *m, const char *const *suppressed, struct finding *by_site)
{
	for (uint32_t i = 0; i < m->call_site_count; i++)
		by_site[i] = (struct finding){.site = &m->call_sites[i], .stack = m->call_sites[i].stack,
					      .example = MODEL_NONE};
	by_site[m->call_site_count] = (struct finding){.stack = MODEL_NONE, .example = MODEL_NONE};
	for (uint32_t i = 0; i < m->conn_count; i++) {
		uint32_t site = m->conns[i].site == MODEL_NONE ? m->call_site_count : m->conns[i].site;

		if (suppressed && suppressed[i])
			by_site[site].suppressed++;
		else if (badness(&m->conns[i]))
			count(m, &by_site[site], i);
	}
}

bool findings_of(const struct model *m, const char *const *suppressed, struct findings *to)
{
	*to = (struct findings){.list = calloc(m->call_site_count + 1ul, sizeof *to->list)};
	if (!to->list)
		return false;
	count_all(m, suppressed, to->list);
	for (uint32_t i = 0; i <= m->call_site_count; i++) {
		const struct finding f = to->list[i];

		to->leaked += f.leaked;
		to->drained += f.drained;
		to->suppressed += f.suppressed;
		if (f.leaked || f.drained)
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
