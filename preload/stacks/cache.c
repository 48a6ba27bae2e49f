/* SPDX-License-Identifier: Apache-2.0 */
#include "stacks/cache.h"

#include <stdbool.h>
#include <stddef.h>

#include "core/compiler.h"

#define SETS_BITS 6
#define SETS (1u << SETS_BITS)
#define WAYS 4u
#define WORDS 56u              /* places in one stack */
#define SCAN_MAX (16u << 10)   /* words of stack in which they are looked for */

/* Written by who makes `seq` odd; a reader who sees it odd, or changed, knows nothing. */
struct known {
	uint32_t seq;
	uint32_t id;
	const uintptr_t *frame;
	uint32_t forgets; /* how many times all were forgotten before */
	uint16_t count;   /* of places; 0: it was there once; NEVER: it cannot be kept */
	uint16_t reach;   /* words above the frame: the last place */
};
#define NEVER (WORDS + 1)

struct places {
	uint16_t at[WORDS]; /* words above the frame */
	uintptr_t word[WORDS] __attribute__((aligned(16)));
};

/* Apart, so that those which are not meant are passed over in two cache lines. */
static struct set {
	struct known known[WAYS];
	uint32_t last; /* which one it was: a loop comes again, and of the others much may be alike */
	struct places places[WAYS];
} sets[SETS] __attribute__((aligned(64)));
static uint32_t forgets;

static struct set *set_of(const uintptr_t *frame)
{
	return &sets[((uintptr_t)frame >> 4) * 0x9e3779b97f4a7c15ull >> (64 - SETS_BITS)];
}

#define GET(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define SET(x, value) __atomic_store_n(&(x), value, __ATOMIC_RELAXED)

/* ---- finding ------------------------------------------------------------------------------------ */

/* Eight at a time, with what fill_up() put there, and two in a register: most are asked to the last place,
 * and a branch for each is half of what it costs. Whether the words were being written meanwhile `seq` tells.
 * The stack is read as it is, also where a sanitizer has put its red zones. */
#define AT_ONCE 8
#define AS_IS __attribute__((no_sanitize("address", "thread")))
typedef uint64_t two __attribute__((vector_size(16)));

INLINE two changed(const uint16_t *at, const uintptr_t *word, const uintptr_t *frame)
{
	two now = {frame[GET(at[0])], frame[GET(at[1])]}, then;

	__builtin_memcpy(&then, __builtin_assume_aligned(word, sizeof then), sizeof then);
	return now ^ then;
}

INLINE bool as_it_was(const struct places *known, const uintptr_t *frame, uint32_t count)
{
	for (uint32_t i = 0; i < count; i += AT_ONCE) {
		const uint16_t *at = known->at + i;
		const uintptr_t *word = known->word + i;
		two all = changed(at, word, frame) | changed(at + 2, word + 2, frame) |
			  changed(at + 4, word + 4, frame) | changed(at + 6, word + 6, frame);

		if (all[0] | all[1])
			return false;
	}
	return true;
}

INLINE uint32_t find_at(const struct set *set, uint32_t way, const uintptr_t *frame, const uintptr_t *top)
{
	const struct known *k = &set->known[way];
	uint32_t seq, count, id;

	IN_ONE_REGISTER(k);
	seq = __atomic_load_n(&k->seq, __ATOMIC_ACQUIRE);
	count = GET(k->count);
	id = GET(k->id);
	if (GET(k->frame) != frame || count - 1 >= NEVER - 1 || (seq & 1) || GET(k->forgets) != GET(forgets) ||
	    GET(k->reach) >= top - frame || !as_it_was(&set->places[way], frame, count))
		return 0;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return GET(k->seq) == seq ? id : 0;
}

AS_IS static __attribute__((noinline)) uint32_t find_elsewhere(struct set *set, uint32_t last,
							       const uintptr_t *frame, const uintptr_t *top)
{
	for (uint32_t i = 1; i < WAYS; i++) {
		uint32_t way = (last + i) % WAYS, id = find_at(set, way, frame, top);

		if (!id)
			continue;
		SET(set->last, way);
		return id;
	}
	return 0;
}

AS_IS uint32_t stack_cache_find(const uintptr_t *frame, const uintptr_t *top)
{
	struct set *set = set_of(frame);
	uint32_t last = GET(set->last), id = find_at(set, last, frame, top);

	return likely(id) ? id : find_elsewhere(set, last, frame, top);
}

/* ---- learning ------------------------------------------------------------------------------------- */

/* What is looked for: return addresses, and which of them were found. */
struct wanted {
	void *const *addresses;
	int count;
	uintptr_t low, high;
	uint64_t found[2];
};

/* From the caller's own return address on: those before it belong to calls that have returned. */
static bool want(struct wanted *w, uintptr_t first, void *const *addresses, int count)
{
	while (count && (uintptr_t)*addresses != first) {
		addresses++;
		count--;
	}
	*w = (struct wanted){addresses, count, UINTPTR_MAX, 0, {0, 0}};
	for (int i = 0; i < count; i++) {
		uintptr_t a = (uintptr_t)addresses[i];

		w->low = a < w->low ? a : w->low;
		w->high = a > w->high ? a : w->high;
	}
	return count > 0 && count <= 128;
}

static bool is_wanted(struct wanted *w, uintptr_t word)
{
	bool is = false;

	if (word - w->low > w->high - w->low)
		return false;
	for (int i = 0; i < w->count; i++)
		if ((uintptr_t)w->addresses[i] == word) {
			w->found[i / 64] |= 1ull << i % 64;
			is = true;
		}
	return is;
}

static bool all_found(const struct wanted *w)
{
	for (int i = 0; i < w->count; i++)
		if (!(w->found[i / 64] >> i % 64 & 1))
			return false;
	return true;
}

/* The outermost frame may lie anywhere below `top`, so a stack too deep to be looked through is not
 * kept: a place that looks like that frame's might not be it. */
AS_IS static uint32_t look_for(struct places *to, struct wanted *w, const uintptr_t *frame,
			       const uintptr_t *top)
{
	uint32_t n = 0;

	if (top <= frame || top - frame > SCAN_MAX)
		return NEVER;
	for (const uintptr_t *p = frame + 1; p < top; p++) {
		if (!is_wanted(w, *p))
			continue;
		if (n == WORDS)
			return NEVER;
		SET(to->at[n], (uint16_t)(p - frame));
		SET(to->word[n], *p);
		n++;
	}
	return all_found(w) ? n : NEVER;
}

/* The stack is the one that we know, and yet a word has changed: what was no place is dropped. */
AS_IS static uint32_t weed(struct places *in, uint32_t count, struct wanted *w, const uintptr_t *frame,
		     const uintptr_t *top)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (frame + in->at[i] >= top || frame[in->at[i]] != in->word[i] || !is_wanted(w, in->word[i]))
			continue;
		SET(in->at[n], in->at[i]);
		SET(in->word[n], in->word[i]);
		n++;
	}
	return all_found(w) ? n : NEVER;
}

/* The last place again, up to a multiple of eight. */
static uint32_t fill_up(struct places *in, uint32_t count)
{
	if (count == NEVER)
		return NEVER;
	for (uint32_t i = count; count && i % AT_ONCE; i++) {
		SET(in->at[i], in->at[count - 1]);
		SET(in->word[i], in->word[count - 1]);
	}
	return count;
}
_Static_assert(WORDS % AT_ONCE == 0, "as_it_was() takes so many");

static bool hold(struct known *k, uint32_t *seq)
{
	*seq = GET(k->seq);
	return !(*seq & 1) && __atomic_compare_exchange_n(&k->seq, seq, *seq + 1, false, __ATOMIC_ACQ_REL,
							  __ATOMIC_RELAXED);
}

void stack_cache_put(const uintptr_t *frame, const uintptr_t *top, void *const *addresses, int count,
		     uint32_t id)
{
	struct set *set = set_of(frame);
	struct known *k = &set->known[id % WAYS];
	struct places *places = &set->places[id % WAYS];
	struct wanted wanted;
	uint32_t seq;

	if (!hold(k, &seq))
		return;
	if (k->frame != frame || k->id != id || k->forgets != GET(forgets)) {
		SET(k->frame, frame);
		SET(k->id, id);
		SET(k->forgets, GET(forgets));
		SET(k->count, 0);
	} else if (k->count != NEVER) {
		bool can = want(&wanted, frame[1], addresses, count);

		uint32_t count = !can      ? NEVER :
				 k->count ? weed(places, k->count, &wanted, frame, top) :
					    look_for(places, &wanted, frame, top);

		SET(k->count, (uint16_t)fill_up(places, count));
		SET(k->reach, k->count && k->count != NEVER ? places->at[k->count - 1] : 0);
	}
	__atomic_store_n(&k->seq, seq + 2, __ATOMIC_RELEASE);
}

void stack_cache_forget(void)
{
	__atomic_fetch_add(&forgets, 1, __ATOMIC_RELEASE);
}
