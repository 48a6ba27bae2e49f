/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded reads of an image. Only for goimage/. */
#ifndef CONNLEAK_GOIMAGE_READ_H
#define CONNLEAK_GOIMAGE_READ_H

#include <string.h>

#include "goimage/image.h"

/* `size` bytes at `at`, all in this segment; else NULL. */
static inline const uint8_t *go_within(const struct go_segment *s, uint64_t at, uint64_t size)
{
	return at >= s->start && at <= s->end && size <= s->end - at ? s->bytes + (at - s->start) : NULL;
}

/* In any segment. */
static inline const uint8_t *go_look(const struct go_image *image, uint64_t at, uint64_t size)
{
	for (uint32_t i = 0; i < image->count; i++)
		if (at >= image->segments[i].start && at < image->segments[i].end)
			return go_within(&image->segments[i], at, size);
	return NULL;
}

static inline uint64_t go_word(const uint8_t *at)
{
	uint64_t value = 0;

	if (at)
		memcpy(&value, at, sizeof value);
	return value;
}

static inline uint32_t go_half(const uint8_t *at)
{
	uint32_t value = 0;

	if (at)
		memcpy(&value, at, sizeof value);
	return value;
}

static inline uint64_t go_word_at(const struct go_image *image, uint64_t at)
{
	return go_word(go_look(image, at, 8));
}

/* Bytes of a stream that may end early; then `ended`. */
struct go_stream {
	const uint8_t *at, *end;
	bool ended;
};

static inline uint32_t go_varint(struct go_stream *s)
{
	uint32_t value = 0;

	for (uint32_t shift = 0; shift < 35; shift += 7) {
		if (s->at >= s->end)
			break;
		value |= (uint32_t)(*s->at & 127) << shift;
		if (!(*s->at++ & 128))
			return value;
	}
	s->ended = true;
	return 0;
}

#endif
