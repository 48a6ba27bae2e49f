/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/pace.h"

#include "model/verdicts.h"

/* So many mean intervals without one, and it has stopped; and shorter than this nobody calls a pause. */
#define QUIET_INTERVALS 10
#define PAUSE_S 0.2

static uint64_t sockets_open(const struct model *m)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < m->conn_count; i++)
		n += m->conns[i].facts->state == DUMP_OPEN;
	return n;
}

static void project(const struct model *m, struct pace *p)
{
	uint64_t limit = m->process.nofile, used = sockets_open(m);

	p->to_limit_s = -1;
	if (!p->goes_on || !limit || limit == UINT64_MAX)
		return;
	if (m->process.end == MODEL_END_RUNNING)
		p->to_limit_s = (double)(limit > used ? limit - used : 0) / p->per_s;
	else
		p->to_limit_s = (double)limit / p->per_s;
}

struct pace pace_of(const struct model *m, const char *const *skip)
{
	uint64_t first = UINT64_MAX, last = 0, end = m->process.ended_mono;
	struct pace p = {.to_limit_s = -1};

	for (uint32_t i = 0; i < m->conn_count; i++) {
		uint64_t at = m->conns[i].facts->opened_mono;

		if (m->conns[i].verdict != VERDICT_LEAKED || (skip && skip[i]))
			continue;
		p.leaked++;
		first = at < first ? at : first;
		last = at > last ? at : last;
	}
	if (p.leaked < PACE_MIN || last <= first || end < last)
		return p;
	p.known = true;
	p.span_s = (double)(last - first) / 1e9;
	p.quiet_s = (double)(end - last) / 1e9;
	p.goes_on = p.quiet_s < PAUSE_S || p.quiet_s < QUIET_INTERVALS * p.span_s / (double)(p.leaked - 1);
	p.per_s = (double)(p.leaked - 1) / p.span_s;
	project(m, &p);
	return p;
}
