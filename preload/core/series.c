/* SPDX-License-Identifier: Apache-2.0 */
#include "core/series.h"

#include "core/stacks.h"

#define CELLS DUMP_SERIES_CELLS
#define NO_RING UINT32_MAX
#define TAG(cell) ((cell) >> DUMP_SERIES_BITS)
#define CELL(tag, count) ((uint32_t)(tag) << DUMP_SERIES_BITS | (uint32_t)(count))
#define MOST ((1u << DUMP_SERIES_BITS) - 1)

void series_begin(struct recorder *r)
{
	uint32_t at = arena_take(r, ARENA_SERIES, 1);

	((struct dump_series *)arena_item(r, ARENA_SERIES, at))->stack = DUMP_SERIES_ALL;
}

/* ---- a ring ------------------------------------------------------------------------------------------ */

static uint32_t cell_of(const struct dump_series *s, uint32_t i)
{
	return __atomic_load_n(&s->cells[i], __ATOMIC_RELAXED);
}

/* Merges neighbours until buckets are as long as the tag says. From the front: each cell is written after
 * those that it stands for were read, and what is not merged yet stays as it was, with its older tag. */
static void merge(struct dump_series *s, uint32_t tag)
{
	uint32_t old = TAG(cell_of(s, 0)), step;

	if (!old || old >= tag)
		return;
	step = tag - old < 8 ? 1u << (tag - old) : CELLS;
	for (uint32_t to = 0; to * step < CELLS && TAG(cell_of(s, to * step)) == old; to++) {
		uint32_t most = 0;

		for (uint32_t i = to * step; i < (to + 1) * step && TAG(cell_of(s, i)) == old; i++)
			most = (cell_of(s, i) & MOST) > most ? cell_of(s, i) & MOST : most;
		__atomic_store_n(&s->cells[to], CELL(tag, most), __ATOMIC_RELEASE);
	}
}

/* Until this event there were `before`, since the last bucket that was begun. */
static void fill(struct dump_series *s, uint32_t tag, uint32_t bucket, uint32_t before)
{
	uint32_t from = bucket + 1;

	while (from > 0 && TAG(cell_of(s, from - 1)) != tag)
		from--;
	for (; from <= bucket; from++)
		__atomic_store_n(&s->cells[from], CELL(tag, before), __ATOMIC_RELEASE);
}

/* False when another is beginning a bucket: a thread, or what a signal handler has interrupted. */
static bool raise_to(struct dump_series *s, uint32_t tag, uint32_t bucket, uint32_t most, uint32_t before)
{
	uint32_t want = CELL(tag, most), is = cell_of(s, bucket);

	while (is < want) {
		if (TAG(is) == tag) {
			if (__atomic_compare_exchange_n(&s->cells[bucket], &is, want, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
				return true;
			continue;
		}
		if (__atomic_exchange_n(&s->busy, 1, __ATOMIC_ACQUIRE))
			return false;
		merge(s, tag);
		fill(s, tag, bucket, before);
		__atomic_store_n(&s->busy, 0, __ATOMIC_RELEASE);
		is = cell_of(s, bucket);
	}
	return true;
}

/* NULL when there is no room for one more, which is counted. */
static struct dump_series *ring_of(struct recorder *r, struct dump_stack *s, uint32_t stack)
{
	uint32_t ring = __atomic_load_n(&s->series, __ATOMIC_ACQUIRE), at;
	struct dump_series *one;

	if (!ring) {
		at = arena_used(r, ARENA_SERIES) < ARENA_SERIES_MAX ? arena_take(r, ARENA_SERIES, 1) : ARENA_NONE;
		if (at == ARENA_NONE)
			__atomic_fetch_add(&r->arena.process->series_lost, 1, __ATOMIC_RELAXED);
		/* Of two threads one wins; the other's stays empty. */
		if (__atomic_compare_exchange_n(&s->series, &ring, at == ARENA_NONE ? NO_RING : at + 1, false,
						__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			ring = at == ARENA_NONE ? NO_RING : at + 1;
	}
	if (ring == NO_RING)
		return NULL;
	one = arena_item(r, ARENA_SERIES, ring - 1);
	__atomic_store_n(&one->stack, stack, __ATOMIC_RELAXED);
	return one;
}

/* ---- all of them --------------------------------------------------------------------------------------- */

/* When the first bucket of all rings begins. */
static uint64_t beginning(struct dump_process *p, uint64_t now)
{
	uint64_t from = __atomic_load_n(&p->series_from, __ATOMIC_ACQUIRE);
	uint64_t first = p->started_mono ? p->started_mono : now + !now;

	if (!from && __atomic_compare_exchange_n(&p->series_from, &from, first, false,
						 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return first;
	return from;
}

/* How often buckets were doubled, so that the last one ends after `now`. */
static uint32_t doubled(struct dump_process *p, uint64_t passed)
{
	uint32_t times = __atomic_load_n(&p->series_doubled, __ATOMIC_ACQUIRE);

	while (passed >> (DUMP_SERIES_SHIFT + times) >= CELLS)
		if (__atomic_compare_exchange_n(&p->series_doubled, &times, times + 1, false,
						__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			times++;
	return times;
}

static uint32_t at_most(uint64_t count)
{
	return count < MOST ? (uint32_t)count : MOST;
}

void series_write(struct recorder *r, uint32_t stack, uint64_t now, uint64_t here, uint64_t all, bool opened)
{
	struct dump_stack *s = stack_of(r, stack);
	struct dump_process *p = r->arena.process;
	struct dump_series *whole = arena_item(r, ARENA_SERIES, 0), *one = ring_of(r, s, stack);
	uint64_t from = beginning(p, now), passed = now > from ? now - from : 0, mark;
	uint32_t times, bucket;
	bool told;

	do { /* another thread may have doubled meanwhile: then our older tag says nothing */
		times = doubled(p, passed);
		bucket = (uint32_t)(passed >> (DUMP_SERIES_SHIFT + times));
		told = raise_to(whole, times + 1, bucket, at_most(all), at_most(all - opened));
		if (one && !raise_to(one, times + 1, bucket, at_most(here), at_most(here - opened)))
			told = false;
	} while (times != __atomic_load_n(&p->series_doubled, __ATOMIC_ACQUIRE));
	if (!told)
		return; /* the next event comes here, too */
	mark = ((uint64_t)(times + 1) << 8 | bucket) << 32;
	__atomic_store_n(&s->series_mark, mark | at_most(here), __ATOMIC_RELAXED);
	__atomic_store_n(&p->series_mark, mark | at_most(all), __ATOMIC_RELAXED);
	__atomic_store_n(&p->series_until, from + ((uint64_t)(bucket + 1) << (DUMP_SERIES_SHIFT + times)),
			 __ATOMIC_RELAXED);
}
