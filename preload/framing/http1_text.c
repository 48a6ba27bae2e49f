/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which bytes may stand where. The first that may not is looked for 16 at a time where the
 * processor can; what is left of a piece, and other processors, go by the tables.
 */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "http1.h"

const bool http1_token[256] = {
	['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['!'] = true, ['#' ... '\''] = true,
	['*'] = true, ['+'] = true, ['-'] = true, ['.'] = true, ['^' ... '`'] = true, ['|'] = true, ['~'] = true,
};
static const bool target[256] = {['!' ... '~'] = true, [0x80 ... 0xff] = true};
static const bool text[256] = {['\t'] = true, [' ' ... '~'] = true, [0x80 ... 0xff] = true};

#ifdef __SSE2__
#define EACH(c) _mm_set1_epi8((char)(c))

/* Bits of the bytes that are no text. */
static unsigned controls(__m128i v)
{
	__m128i low = _mm_cmpeq_epi8(_mm_min_epu8(v, EACH(0x1f)), v);

	low = _mm_andnot_si128(_mm_cmpeq_epi8(v, EACH('\t')), low);
	return (unsigned)_mm_movemask_epi8(_mm_or_si128(low, _mm_cmpeq_epi8(v, EACH(0x7f))));
}

/* Bits of the bytes that are no text, or blank. */
static unsigned blanks(__m128i v)
{
	__m128i low = _mm_cmpeq_epi8(_mm_min_epu8(v, EACH(' ')), v);

	return (unsigned)_mm_movemask_epi8(_mm_or_si128(low, _mm_cmpeq_epi8(v, EACH(0x7f))));
}

static __m128i within(__m128i v, char first, char last)
{
	return _mm_and_si128(_mm_cmpgt_epi8(v, EACH(first - 1)), _mm_cmplt_epi8(v, EACH(last + 1)));
}

/* Bits of the bytes that are neither letters nor digits nor '-'. */
static unsigned unusual(__m128i v)
{
	__m128i usual = within(_mm_or_si128(v, EACH(0x20)), 'a', 'z');

	usual = _mm_or_si128(usual, _mm_or_si128(within(v, '0', '9'), _mm_cmpeq_epi8(v, EACH('-'))));
	return 0xffff & ~(unsigned)_mm_movemask_epi8(usual);
}

static size_t span16(const uint8_t *p, size_t size, unsigned (*stops)(__m128i))
{
	size_t i = 0;

	for (; i + 16 <= size; i += 16) {
		unsigned bits = stops(_mm_loadu_si128((const void *)(p + i)));

		if (bits)
			return i + (unsigned)__builtin_ctz(bits);
	}
	return i;
}
#else
#define span16(p, size, stops) 0
#endif

static size_t span_of(const uint8_t *p, size_t size, const bool set[256])
{
	size_t i = 0;

	while (i < size && set[p[i]])
		i++;
	return i;
}

size_t span_token(const uint8_t *p, size_t size)
{
	size_t usual = span16(p, size, unusual);

	return usual + span_of(p + usual, size - usual, http1_token);
}

size_t span_text(const uint8_t *p, size_t size)
{
	size_t most = span16(p, size, controls);

	return most + span_of(p + most, size - most, text);
}

size_t span_target(const uint8_t *p, size_t size)
{
	size_t most = span16(p, size, blanks);

	return most + span_of(p + most, size - most, target);
}

enum taken take_text(struct feed *feed, bool *cr)
{
	if (!*cr)
		feed_take(feed, span_text(feed->at, feed->left));
	if (!*cr && feed->left && *feed->at == '\r') {
		*cr = true;
		feed_take(feed, 1);
	}
	if (!feed->left)
		return TAKEN_PART;
	if (feed_byte(feed) != '\n')
		return TAKEN_BAD;
	return *cr ? TAKEN_LINE : TAKEN_LF_LINE;
}
