/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which bytes of a head may stand where, and where the first is that may not. Those that nearly all
 * heads are made of are passed 16 at a time, where the processor can; a table decides on the others.
 * Nothing is read beyond the end. Knows no state. For the files of HTTP/1 only.
 */
#ifndef CONNLEAK_HTTP1_TEXT_H
#define CONNLEAK_HTTP1_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

extern const bool http1_token[256];  /* of methods and names (RFC 9110 section 5.6.2) */
extern const bool http1_target[256]; /* no blanks, no control characters */
extern const bool http1_text[256];   /* no control characters but tabs */

/* `size` bytes are there; it is less than any address. The difference is the same in a loop. */
static inline bool http1_has(const uint8_t *at, const uint8_t *end, unsigned size)
{
	return (uintptr_t)at <= (uintptr_t)end - size;
}

/* They are those of a literal: one comparison for 2, 4 or 8. */
#define http1_is(at, text, size) (__builtin_memcmp(at, text, size) == 0)

/* The end of a line is there, whole. */
static inline bool http1_line_ends(const uint8_t *at, const uint8_t *end)
{
	return http1_has(at, end, 2) && http1_is(at, "\r\n", 2);
}

/* ---- what is usual ---------------------------------------------------------------------------------- */

#ifdef __SSE2__
#define EACH(c) _mm_set1_epi8((char)(c))

typedef unsigned http1_usual(__m128i bytes); /* bits of the bytes that are */

static inline __m128i http1_load(const uint8_t *at)
{
	return _mm_loadu_si128((const void *)at);
}

/* Comparisons are signed: above are ASCII's only. The addition makes the least of DEL. */
static inline unsigned http1_above(__m128i bytes, char c)
{
	return (unsigned)_mm_movemask_epi8(_mm_cmpgt_epi8(_mm_add_epi8(bytes, EACH(1)), EACH(c + 1)));
}

static inline unsigned http1_usual_text(__m128i bytes)
{
	return http1_above(bytes, ' ' - 1);
}

static inline unsigned http1_usual_target(__m128i bytes)
{
	return http1_above(bytes, ' ');
}

/* Letters and '-'. */
static inline unsigned http1_usual_token(__m128i bytes)
{
	__m128i high = _mm_add_epi8(_mm_or_si128(bytes, EACH(0x20)), EACH(0x7f - 'z'));
	__m128i letters = _mm_cmpgt_epi8(high, EACH(0x7f - 'z' + 'a' - 1));

	return (unsigned)_mm_movemask_epi8(_mm_or_si128(letters, _mm_cmpeq_epi8(bytes, EACH('-'))));
}


/*
 * Of the next 32 bytes, or of those up to the end, the first that is not usual in a name, and the
 * first that is no usual text: without a branch that depends on the bytes, for nobody foresees it. The
 * 32 bytes before `end` can be read.
 */
#define HTTP1_WINDOW 32
static inline void http1_window(const uint8_t *at, const uint8_t *end, const uint8_t **name,
				const uint8_t **text)
{
	const uint8_t *from = http1_has(at, end, HTTP1_WINDOW) ? at : end - HTTP1_WINDOW;
	__m128i first = http1_load(from), second = http1_load(from + 16);
	uint64_t names = http1_usual_token(first) | http1_usual_token(second) << 16;
	uint64_t texts = http1_usual_text(first) | http1_usual_text(second) << 16;

	*name = at + __builtin_ctzll(~names >> (at - from));
	*text = at + __builtin_ctzll(~texts >> (at - from));
}
#else
#define HTTP1_WINDOW 0 /* there is none */
#define http1_window(at, end, name, text)
typedef void http1_usual;
#define http1_usual_text NULL
#define http1_usual_target NULL
#define http1_usual_token NULL
#endif

/* ---- where it ends ------------------------------------------------------------------------------------ */

/* What is `usual` is of the set, `stop` is not. Always inline: so both are known. */
static inline __attribute__((always_inline)) const uint8_t *
http1_end_of(const uint8_t *at, const uint8_t *end, const bool set[256], http1_usual *usual, uint8_t stop,
	     bool *stops)
{
#ifdef __SSE2__
	while (http1_has(at, end, 16)) {
		unsigned most = usual(http1_load(at));

		if (most == 0xffff) {
			at += 16;
			continue;
		}
		at += __builtin_ctz(~most);
		*stops = *at == stop;
		if (*stops || !set[*at])
			return at;
		at++;
	}
#endif
	while (at < end && set[*at])
		at++;
	*stops = at < end && *at == stop;
	return at;
}

/*
 * NAME_end: from `at` on, the first byte that is none; `end` when all are.
 * NAME_up_to: the same, but NULL when it is not `stop`.
 */
#define HTTP1_END_OF(name)                                                                                   \
	static inline const uint8_t *name##_end(const uint8_t *at, const uint8_t *end)                       \
	{                                                                                                    \
		bool stops;                                                                                  \
                                                                                                             \
		return http1_end_of(at, end, http1_##name, http1_usual_##name, 0, &stops);                   \
	}                                                                                                    \
	static inline const uint8_t *name##_up_to(const uint8_t *at, const uint8_t *end, uint8_t stop)       \
	{                                                                                                    \
		bool stops;                                                                                  \
                                                                                                             \
		at = http1_end_of(at, end, http1_##name, http1_usual_##name, stop, &stops);                  \
		return stops ? at : NULL;                                                                    \
	}
HTTP1_END_OF(token)
HTTP1_END_OF(target)
HTTP1_END_OF(text)

#endif
