/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/series.h"

#include <string.h>

#define CELLS DUMP_SERIES_CELLS
#define DOUBLED_MAX (63 - DUMP_SERIES_SHIFT - 7) /* beyond it the whole of a ring is longer than any clock */
#define GREW_MIN 3    /* sockets: fewer are no tendency */
#define BUCKETS_MIN 8 /* since the first was opened: a shorter time says nothing */

/* ---- does it grow? ------------------------------------------------------------------------------------- */

struct quarter {
	uint64_t least, most, sum, count;
};

static struct quarter quarter_of(const uint64_t *open, uint32_t from, uint32_t to)
{
	struct quarter q = {.least = UINT64_MAX, .count = to - from};

	for (uint32_t i = from; i < to; i++) {
		q.least = open[i] < q.least ? open[i] : q.least;
		q.most = open[i] > q.most ? open[i] : q.most;
		q.sum += open[i];
	}
	return q;
}

/* Is the least of one above the mean of the other? In whole numbers: rounding lifts none above itself. */
static bool above(const struct quarter *it, const struct quarter *other)
{
	return it->least * other->count > other->sum;
}

/* From the first on, in quarters: it grows where even the least of the last two quarters is above the mean of
 * the quarter before. What goes up and down around a level is neither, however high its last wave. */
enum growth series_growth(const uint64_t *open, uint32_t count)
{
	uint32_t first = 0, n;
	struct quarter q[4];

	while (first < count && !open[first])
		first++;
	n = count - first;
	if (n < BUCKETS_MIN)
		return GROWTH_UNKNOWN;
	for (uint32_t i = 0; i < 4; i++)
		q[i] = quarter_of(open, first + n * i / 4, first + n * (i + 1) / 4);
	if (above(&q[3], &q[2]) && above(&q[2], &q[1]) && open[count - 1] >= q[0].most + GREW_MIN)
		return GROWTH_ON;
	return (q[2].most > q[3].most ? q[2].most : q[3].most) <= (q[0].most > q[1].most ? q[0].most : q[1].most) &&
	       open[count - 1] ? GROWTH_PLATEAU : GROWTH_UNKNOWN;
}

/* ---- out of the rings ---------------------------------------------------------------------------------- */

/* Long enough that the end of the process is in the last bucket at most. */
static bool begin(const struct model *m, struct series *to, uint32_t *doubled)
{
	const struct dump_process *p = dump_process(m->dump);
	uint64_t end = m->process.ended_mono > p->series_from ? m->process.ended_mono - p->series_from : 0;

	if (!p->series_from)
		return false;
	for (*doubled = p->series_doubled < DOUBLED_MAX ? p->series_doubled : DOUBLED_MAX;
	     *doubled < DOUBLED_MAX && end >> (DUMP_SERIES_SHIFT + *doubled) >= CELLS;)
		++*doubled;
	end >>= DUMP_SERIES_SHIFT + *doubled;
	memset(to, 0, sizeof *to);
	to->bucket_ns = 1ull << (DUMP_SERIES_SHIFT + *doubled);
	to->count = end < CELLS ? (uint32_t)end + 1 : CELLS;
	return true;
}

/* Adds what one ring tells. Each cell is true for the time that its own tag gives it. */
static void series_add(struct series *to, const struct dump_series *s, uint32_t doubled, uint64_t open_now)
{
	uint64_t most[CELLS] = {0};
	int32_t last = -1;

	for (uint32_t i = 0; i < CELLS; i++) {
		uint32_t tag = s->cells[i] >> DUMP_SERIES_BITS, n = s->cells[i] & ((1u << DUMP_SERIES_BITS) - 1), at;

		if (!tag || tag - 1 > doubled)
			continue;
		at = doubled - (tag - 1) < 8 ? i >> (doubled - (tag - 1)) : 0;
		most[at] = n > most[at] ? n : most[at];
		last = (int32_t)at > last ? (int32_t)at : last;
	}
	for (uint32_t i = 0; i < to->count; i++)
		to->open[i] += (int32_t)i <= last ? most[i] : open_now <= UINT32_MAX ? open_now : UINT32_MAX;
}

/* Up to where it ended: what an interpreter closes in its finalization says nothing of a tendency. */
static enum growth growth_of(const struct model *m, const struct series *s)
{
	uint64_t from = dump_process(m->dump)->series_from, ending = m->process.ending_mono, last;

	if (ending <= from)
		return series_growth(s->open, s->count);
	last = (ending - from) / s->bucket_ns;
	return series_growth(s->open, last < s->count ? (uint32_t)last + 1 : s->count);
}

bool series_of_all(const struct model *m, struct series *to)
{
	const struct dump_series *s;
	uint32_t count, doubled;

	if (!m->dump || !begin(m, to, &doubled)) /* a process may have none */
		return false;
	s = dump_series(m->dump, &count);
	for (uint32_t i = 0; i < count; i++) {
		if (s[i].stack != DUMP_SERIES_ALL)
			continue;
		series_add(to, &s[i], doubled, dump_process(m->dump)->open_now);
		to->growth = growth_of(m, to);
		return true;
	}
	return false;
}

bool series_of_place(const struct model *m, uint32_t place, struct series *to)
{
	const struct dump_series *s;
	uint32_t count, doubled;
	bool any = false;

	if (!m->dump || !begin(m, to, &doubled))
		return false;
	s = dump_series(m->dump, &count);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t stack = s[i].stack == DUMP_SERIES_ALL ? MODEL_NONE : model_stack_by_id(m, s[i].stack);

		if (stack == MODEL_NONE || m->stacks[stack].place != place)
			continue;
		series_add(to, &s[i], doubled, m->stacks[stack].facts->open_now);
		any = true;
	}
	to->growth = any ? growth_of(m, to) : GROWTH_UNKNOWN;
	return any;
}
