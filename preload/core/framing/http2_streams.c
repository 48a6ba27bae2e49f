/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a reader recorded may overtake what the writer is about to record: the answer on a stream
 * that is not open yet. It is put down as an EARLY entry; whoever finds both, takes the early one
 * out and carries its news over. Each side first publishes its own fact, then looks for the
 * other's (all of it sequentially consistent), so that at least one of them finds both.
 *
 * The id of a stream is never used again, so an entry that compares equal is the same entry.
 */
#include "core/framing/http2_streams.h"

#define BITS(entry) ((uint32_t)((entry) >> 32))
#define ENTRY(id, bits) ((uint64_t)(bits) << 32 | (id))

static uint64_t *find(struct dump_streams *s, uint32_t id, uint32_t early, uint64_t *value)
{
	for (unsigned i = 0; i < DUMP_STREAMS_MAX; i++) {
		*value = __atomic_load_n(&s->open[i], __ATOMIC_SEQ_CST);
		if ((uint32_t)*value == id && (BITS(*value) & DUMP_STREAM_EARLY) == early)
			return &s->open[i];
	}
	return NULL;
}

static bool replace(uint64_t *entry, uint64_t old, uint64_t new)
{
	return __atomic_compare_exchange_n(entry, &old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static void insert(struct dump_streams *s, uint64_t entry)
{
	for (unsigned i = 0; i < DUMP_STREAMS_MAX; i++)
		if (!__atomic_load_n(&s->open[i], __ATOMIC_RELAXED) && replace(&s->open[i], 0, entry))
			return;
	__atomic_store_n(&s->overflow, 1, __ATOMIC_RELEASE);
}

static bool any_early(const struct dump_streams *s)
{
	return __atomic_load_n(&s->early, __ATOMIC_SEQ_CST);
}

static uint32_t highest(const struct dump_streams *s)
{
	return __atomic_load_n(&s->highest, __ATOMIC_SEQ_CST);
}

/* Carries news over to a stream that is open; what had been known of it. */
static uint32_t tell(struct dump_streams *s, uint32_t id, uint32_t news)
{
	uint64_t value, *entry;

	while ((entry = find(s, id, 0, &value)))
		if (replace(entry, value, news & DUMP_STREAM_ENDED ? 0 : value | ENTRY(0, news)))
			return BITS(value);
	return STREAM_CLOSED;
}

/* Stream `id` is open now: what was put down early comes to it. */
static void settle(struct dump_streams *s, uint32_t id)
{
	uint64_t value, *entry;

	if (!any_early(s))
		return;
	while ((entry = find(s, id, DUMP_STREAM_EARLY, &value)))
		if (replace(entry, value, 0)) {
			__atomic_fetch_sub(&s->early, 1, __ATOMIC_SEQ_CST);
			tell(s, id, BITS(value) & ~DUMP_STREAM_EARLY);
		}
}

bool streams_open(struct dump_streams *s, uint32_t id)
{
	uint32_t goaway;

	if (id <= highest(s))
		return false;
	insert(s, ENTRY(id, 0));
	__atomic_store_n(&s->highest, id, __ATOMIC_SEQ_CST);
	settle(s, id);
	goaway = __atomic_load_n(&s->goaway, __ATOMIC_SEQ_CST);
	if (goaway && id >= goaway)
		streams_reset(s, id);
	return true;
}

/* Adds to what was put down early, unless the other side has just taken it. */
static bool tell_early(struct dump_streams *s, uint32_t id, uint32_t news, uint32_t *had)
{
	uint64_t value, *entry;

	if (!any_early(s))
		return false;
	entry = find(s, id, DUMP_STREAM_EARLY, &value);
	if (!entry || !replace(entry, value, value | ENTRY(0, news)))
		return false;
	*had = BITS(value) & DUMP_STREAM_ENDED ? STREAM_CLOSED : BITS(value) & DUMP_STREAM_ANSWERED;
	return true;
}

uint32_t streams_answer(struct dump_streams *s, uint32_t id, uint32_t news)
{
	bool opened = id <= highest(s);
	uint32_t had;

	if (tell_early(s, id, news, &had))
		return had;
	had = tell(s, id, news);
	if (had != STREAM_CLOSED || opened)
		return had;
	__atomic_fetch_add(&s->early, 1, __ATOMIC_SEQ_CST);
	insert(s, ENTRY(id, news | DUMP_STREAM_EARLY));
	if (id <= highest(s))
		settle(s, id);
	return 0;
}

uint32_t streams_bits(const struct dump_streams *s, uint32_t id)
{
	struct dump_streams *all = (struct dump_streams *)s; /* find() only reads */
	uint64_t value;

	if (find(all, id, 0, &value) || (any_early(s) && find(all, id, DUMP_STREAM_EARLY, &value)))
		return BITS(value) & DUMP_STREAM_ANSWERED;
	return id <= highest(s) ? STREAM_CLOSED : 0;
}

void streams_reset(struct dump_streams *s, uint32_t id)
{
	uint32_t had = streams_answer(s, id, DUMP_STREAM_ENDED);

	if (!(had & DUMP_STREAM_ANSWERED))
		__atomic_fetch_add(&s->reset, 1, __ATOMIC_RELAXED);
}

void streams_goaway(struct dump_streams *s, uint32_t last)
{
	uint32_t old = __atomic_load_n(&s->goaway, __ATOMIC_SEQ_CST);

	if (!old || last + 1 < old)
		__atomic_store_n(&s->goaway, last + 1, __ATOMIC_SEQ_CST);
	for (unsigned i = 0; i < DUMP_STREAMS_MAX; i++) {
		uint64_t value = __atomic_load_n(&s->open[i], __ATOMIC_SEQ_CST);

		if ((uint32_t)value > last && !(BITS(value) & DUMP_STREAM_EARLY))
			streams_reset(s, (uint32_t)value);
	}
}
