/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a head says goes by its bytes alone: the same as http1_lines.c would say of them again. What it does
 * to this connection (which request it is, whether its kind is known in time) is done anew each time.
 *
 * The reader takes no lock: it compares between two looks at the number, and believes what it read when that
 * has not changed. So each word is loaded and stored on its own, in order.
 */
#include "core/framing/http1_known.h"

#include "core/framing/http1_parts.h"

#define LOAD(place) __atomic_load_n(&(place), __ATOMIC_ACQUIRE)
#define STORE(place, value) __atomic_store_n(&(place), (value), __ATOMIC_RELEASE)

/* known_head.says */
#define SAYS_FLAGS 0xffffu
#define SAYS_REQUEST (1u << 16)
#define SAYS_HEAD (1u << 17)     /* the request's method */
#define SAYS_LOOKED (1u << 18)   /* for a Host; it is where: */
#define SAYS_HOST (1u << 19)
#define SAYS_COUNTS (1u << 20)   /* a response that is final: it says something, whatever its flags are */
#define HOST_AT(says) ((says) >> 32 & 0xffff)
#define HOST_SIZE(says) ((says) >> 48)

/* Learning costs as much as a tenth of a head: where each is another one, it is hardly tried. */
#define PATIENCE 8u
#define SELDOM 64u

static uint64_t word(const uint8_t *at)
{
	uint64_t value;

	__builtin_memcpy(&value, at, sizeof value);
	return value;
}

/* Its place goes by what a request asks for, and by how much came with it. */
static inline struct known_head *place_of(const struct feed *feed)
{
	struct known_head *heads = feed->framing->heads;
	uint64_t key;

	if (!heads || feed->left < KNOWN_MIN)
		return NULL;
	key = (word(feed->at + 4) ^ word(feed->at + 12) << 1) + feed->left;
	return &heads[key * 0x9e3779b97f4a7c15u >> 58];
}
_Static_assert(KNOWN_HEADS == 1u << (64 - 58), "the upper bits of the key");

static bool same(const struct known_head *k, const uint8_t *at, uint32_t size)
{
	uint32_t count = size / 8, i = 0;

	for (; i + 4 <= count; i += 4, at += 32)
		if ((LOAD(k->words[i]) ^ word(at)) | (LOAD(k->words[i + 1]) ^ word(at + 8)) |
		    (LOAD(k->words[i + 2]) ^ word(at + 16)) | (LOAD(k->words[i + 3]) ^ word(at + 24)))
			return false;
	for (; i < count; i++, at += 8)
		if (LOAD(k->words[i]) != word(at))
			return false;
	return LOAD(k->last) == word(at + size % 8 - 8);
}

/* As request_line() and status_line() do it. False: the framing is lost. */
static bool begun(struct feed *feed, uint64_t says, uint64_t length)
{
	struct dump_frame *f = feed->frame;
	uint16_t flags = says & SAYS_FLAGS;

	if (feed->requests) {
		frame_flags(f, 0, 0xffff);
		feed_asks(feed);
		if (!request_begun(feed, says & SAYS_HEAD ? DUMP_REQUEST_HEAD : DUMP_REQUEST_PLAIN)) {
			feed_lost(feed);
			return false;
		}
	}
	__atomic_store_n(&f->flags, flags, __ATOMIC_RELEASE);
	head_begin(f, HEAD);
	f->remaining = length;
	if (!feed->requests)
		frame_count(&f->begun);
	return true;
}

/* Takes the whole head if the one that is kept is byte for byte the same. LOST: so the framing is now. */
enum known { KNOWN_NOT, KNOWN_TAKEN, KNOWN_LOST };

static inline enum known take(struct feed *feed, struct known_head *k)
{
	uint32_t seq = LOAD(k->seq), size = LOAD(k->size);
	uint64_t says = LOAD(k->says), length = LOAD(k->length);
	const uint8_t *at = feed->at;
	bool asked = feed->requests && feed->framing->host;

	if (seq & 1 || !size || size > sizeof k->words || size > feed->left ||
	    !(says & SAYS_REQUEST) != !feed->requests || (asked && !(says & SAYS_LOOKED)) || !same(k, at, size) ||
	    __atomic_load_n(&k->seq, __ATOMIC_RELAXED) != seq)
		return KNOWN_NOT;
	if (__atomic_load_n(&k->misses, __ATOMIC_RELAXED))
		__atomic_store_n(&k->misses, 0, __ATOMIC_RELAXED);
	if (!begun(feed, says, length))
		return KNOWN_LOST;
	feed_take(feed, size);
	if (asked && says & SAYS_HOST)
		feed->framing->host(feed->framing, (const char *)at + HOST_AT(says), HOST_SIZE(says), FRAMING_WHOLE);
	return KNOWN_TAKEN;
}

/* What it said; 0: it does more than the next one like it may take over. */
static uint64_t said(const struct feed *feed, const uint8_t *start)
{
	unsigned class = feed->frame->flags & HEAD_CLASS;
	uint64_t says = feed->frame->flags | (feed->framing->host ? SAYS_LOOKED : 0);

	if (!feed->requests)
		return class == HEAD_INTERIM || class == HEAD_SWITCHING ? 0 : says | SAYS_COUNTS;
	if (feed->hosts > 1 || __builtin_memcmp(start, "CONNECT ", 8) == 0)
		return 0;
	if (feed->hosts)
		says |= SAYS_HOST | (uint64_t)(feed->host - start) << 32 | (uint64_t)feed->host_size << 48;
	return says | SAYS_REQUEST | (__builtin_memcmp(start, "HEAD ", 5) == 0 ? SAYS_HEAD : 0);
}

static void write_down(struct known_head *k, const uint8_t *at, uint32_t size, uint64_t says, uint64_t length)
{
	STORE(k->size, size);
	STORE(k->length, length);
	STORE(k->says, says);
	STORE(k->last, word(at + size - 8));
	for (uint32_t i = 0; i < size / 8; i++)
		STORE(k->words[i], word(at + 8 * (size_t)i));
}

/* Keeps the head that was just taken from `start` on, whole: the frame is as the empty line left it. */
static void learn(const struct feed *feed, struct known_head *k, const uint8_t *start)
{
	uint32_t misses = __atomic_load_n(&k->misses, __ATOMIC_RELAXED), size = (uint32_t)(feed->at - start);
	uint32_t seq = __atomic_load_n(&k->seq, __ATOMIC_RELAXED);
	uint64_t says;

	__atomic_store_n(&k->misses, misses + 1, __ATOMIC_RELAXED);
	if ((misses >= PATIENCE && misses % SELDOM) || feed->at - start > (ptrdiff_t)sizeof k->words ||
	    !(says = said(feed, start)) || seq & 1 ||
	    !__atomic_compare_exchange_n(&k->seq, &seq, seq + 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return;
	write_down(k, start, size, says, feed->frame->remaining);
	STORE(k->seq, seq + 2);
}

static __attribute__((noinline)) bool parsed(struct feed *feed, struct known_head *k, bool *over)
{
	const uint8_t *start = feed->at;

	if (!lines_begin(feed, over))
		return false;
	if (*over)
		learn(feed, k, start);
	return true;
}

bool known_begin(struct feed *feed, bool *over)
{
	struct known_head *k = place_of(feed);
	enum known known;

	if (!k)
		return lines_begin(feed, over);
	known = take(feed, k);
	if (__builtin_expect(known == KNOWN_NOT, 0))
		return parsed(feed, k, over);
	*over = known == KNOWN_TAKEN;
	return true;
}
