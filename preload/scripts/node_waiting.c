/* SPDX-License-Identifier: Apache-2.0 */
#include "scripts/node_waiting.h"

#include <string.h>

#include "core/names.h"

#define WAYS 8u
#define GET(field) __atomic_load_n(&(field), __ATOMIC_RELAXED)
#define SET(field, value) __atomic_store_n(&(field), (value), __ATOMIC_RELAXED)

/* What was used last, of both tables. */
static uint32_t ages;

static uint32_t next_age(void)
{
	return __atomic_add_fetch(&ages, 1, __ATOMIC_RELAXED);
}

/* ---- traces ----------------------------------------------------------------------------------------- */

#define TRACES 256u /* a power of two */
#define WRITTEN UINT32_MAX

static struct shared {
	uint64_t use;    /* by how many it is handed out, or WRITTEN: somebody writes it; above it its age */
	uint32_t number; /* its index, and TRACES for each time that it was written. 0: never */
	uint64_t hash;
	struct v8_trace trace;
} shared[TRACES];

static uint32_t pins(uint64_t use)
{
	return (uint32_t)use;
}

static uint64_t used(uint32_t age, uint32_t by)
{
	return (uint64_t)age << 32 | by;
}

static bool pin(struct shared *s)
{
	uint64_t use = GET(s->use);

	while (pins(use) != WRITTEN)
		if (__atomic_compare_exchange_n(&s->use, &use, used(next_age(), pins(use) + 1), true, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return true;
	return false;
}

static void unpin(struct shared *s)
{
	__atomic_sub_fetch(&s->use, 1, __ATOMIC_RELEASE);
}

static struct shared *shared_of(const struct v8_trace *trace)
{
	return (struct shared *)((uintptr_t)trace - offsetof(struct shared, trace));
}

static bool same(const struct v8_trace *a, const struct v8_trace *b)
{
	return a->count == b->count && a->used == b->used && memcmp(a->text, b->text, a->used) == 0;
}

/* Pinned; NULL: it is not there. */
static struct shared *find_trace(const struct v8_trace *trace, uint64_t hash, uint32_t first)
{
	for (struct shared *s = shared + first; s < shared + first + WAYS; s++) {
		if (GET(s->hash) != hash || !pin(s))
			continue;
		if (same(&s->trace, trace))
			return s;
		unpin(s);
	}
	return NULL;
}

/* Of those that are not handed out, the one that was used longest ago; NULL: all are. */
static struct shared *oldest(uint32_t first, uint64_t *use)
{
	struct shared *best = NULL;

	*use = UINT64_MAX;
	for (struct shared *s = shared + first; s < shared + first + WAYS; s++) {
		uint64_t its = GET(s->use);

		if (!pins(its) && its < *use) {
			best = s;
			*use = its;
		}
	}
	return best;
}

/* To be written, by nobody else. Another thread may be quicker, and what it used is the oldest no more. */
static struct shared *take_oldest(uint32_t first)
{
	struct shared *s;
	uint64_t use;

	while ((s = oldest(first, &use)))
		if (__atomic_compare_exchange_n(&s->use, &use, use | WRITTEN, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			break;
	return s;
}

/* Pinned; NULL: all that could make room are handed out. */
static struct shared *write_trace(const struct v8_trace *trace, uint64_t hash, uint32_t first)
{
	struct shared *s = take_oldest(first);

	if (!s)
		return NULL;
	SET(s->number, (GET(s->number) / TRACES + 1) * TRACES + (uint32_t)(s - shared));
	SET(s->hash, hash);
	s->trace.count = trace->count;
	s->trace.used = trace->used;
	memcpy(s->trace.text, trace->text, trace->used);
	__atomic_store_n(&s->use, used(next_age(), 1), __ATOMIC_RELEASE);
	return s;
}

static struct shared *share(const struct v8_trace *trace)
{
	uint64_t hash = names_hash(trace->text, trace->used);
	uint32_t first = (uint32_t)(hash >> 40) & (TRACES - WAYS);
	struct shared *s = find_trace(trace, hash, first);

	return s ? s : write_trace(trace, hash, first);
}

/* ---- handles ---------------------------------------------------------------------------------------- */

#define HANDLES 32768u /* a power of two */
#define BUSY 1u        /* no handle lies there */
static struct {
	uintptr_t handle; /* 0 free */
	uint32_t number;  /* of its trace */
	uint32_t age;
} waiting[HANDLES];

static uint32_t first_way(uintptr_t handle)
{
	return (uint32_t)((handle >> 4) * 0x9e3779b97f4a7c15ull >> 40) & (HANDLES - WAYS);
}

static bool hold(uint32_t i, uintptr_t is)
{
	return is != BUSY &&
	       __atomic_compare_exchange_n(&waiting[i].handle, &is, BUSY, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static void let_go(uint32_t i, uintptr_t handle)
{
	__atomic_store_n(&waiting[i].handle, handle, __ATOMIC_RELEASE);
}

/* Held; HANDLES: it is not there. */
static uint32_t find(uintptr_t handle)
{
	for (uint32_t i = first_way(handle), end = i + WAYS; i < end; i++)
		if (GET(waiting[i].handle) == handle && hold(i, handle))
			return i;
	return HANDLES;
}

/* A free one or the oldest, and what lay there when it was found to be. */
static uint32_t replaceable(uint32_t first, uintptr_t *was)
{
	uint32_t best = first;

	for (uint32_t i = first; i < first + WAYS; i++) {
		if (!(*was = GET(waiting[i].handle)))
			return i;
		if (GET(waiting[i].age) < GET(waiting[best].age))
			best = i;
	}
	*was = GET(waiting[best].handle);
	return best;
}

/* Held: its own, or one to be replaced. Another thread that was quicker has taken one of several. */
static uint32_t make_room(uintptr_t handle)
{
	uint32_t i = find(handle);
	uintptr_t was;

	for (unsigned tries = 0; i == HANDLES && tries < WAYS; tries++) {
		uint32_t best = replaceable(first_way(handle), &was);

		if (hold(best, was))
			i = best;
	}
	return i;
}

static void enter(uintptr_t handle, uint32_t number)
{
	uint32_t i = make_room(handle);

	if (i == HANDLES)
		return;
	SET(waiting[i].age, next_age());
	SET(waiting[i].number, number);
	let_go(i, handle);
}

void waiting_add(uintptr_t handle, const struct v8_trace *trace)
{
	struct shared *s = trace ? share(trace) : NULL;
	uint32_t i;

	if (s) {
		enter(handle, GET(s->number));
		unpin(s);
	} else if ((i = find(handle)) < HANDLES) {
		let_go(i, 0);
	}
}

void waiting_add_same(uintptr_t handle, const struct v8_trace *trace)
{
	enter(handle, GET(shared_of(trace)->number));
}

const struct v8_trace *waiting_trace(uintptr_t handle, bool over)
{
	uint32_t i = find(handle), number;
	struct shared *s;

	if (i == HANDLES)
		return NULL;
	number = GET(waiting[i].number);
	let_go(i, over ? 0 : handle);
	s = shared + number % TRACES;
	if (!pin(s))
		return NULL;
	if (GET(s->number) == number) /* since then another may have been written there */
		return &s->trace;
	unpin(s);
	return NULL;
}

void waiting_release(const struct v8_trace *trace)
{
	if (trace)
		unpin(shared_of(trace));
}
