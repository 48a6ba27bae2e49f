/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole lines of a head: nearly all there are. What is not usual, http1_head.c takes byte by byte;
 * both must say the same, which tests/fuzz checks.
 */
#include "http1.h"

/* Four bytes at once, in either case where `text` has a letter: of what is in our texts only
 * letters have bit 6, and bit 5 is their case. */
static bool four_alike(const uint8_t *bytes, const char *text)
{
	uint32_t b, t;

	__builtin_memcpy(&b, bytes, sizeof b);
	__builtin_memcpy(&t, text, sizeof t);
	return (b | (t & 0x40404040) >> 1) == t;
}

static bool alike(const uint8_t *bytes, size_t size, const struct http1_name *name)
{
	if (size != name->size || size < 4) /* shorter ones are unusual */
		return false;
	for (size_t i = 0; i + 4 <= size; i += 4)
		if (!four_alike(bytes + i, name->text + i))
			return false;
	return four_alike(bytes + size - 4, name->text + size - 4);
}

static unsigned field_by_name(const uint8_t *name, size_t size)
{
	static const uint8_t by_size[18] = {
		[4] = HOST, [7] = UPGRADE, [10] = CONNECTION, [14] = CONTENT_LENGTH, [17] = TRANSFER_ENCODING};
	unsigned field = size < sizeof by_size ? by_size[size] : NO_FIELD;

	return field && alike(name, size, &http1_fields[field]) ? field : NO_FIELD;
}

static bool usual_length(struct dump_frame *f, const uint8_t *at, size_t size)
{
	uint64_t number = 0;

	if (!size || size > 18 || (f->flags & DUMP_FRAME_LENGTH))
		return false;
	for (size_t i = 0; i < size; i++) {
		if (at[i] < '0' || at[i] > '9')
			return false;
		number = number * 10 + (uint64_t)(at[i] - '0');
	}
	f->remaining = number;
	frame_flag(f, DUMP_FRAME_LENGTH);
	return true;
}

static bool usual_word(struct dump_frame *f, unsigned field, const uint8_t *at, size_t size)
{
	for (unsigned word = 0; word < WORDS; word++)
		if (alike(at, size, &http1_words[word])) {
			head_word(f, field, word);
			return true;
		}
	return false;
}

static void tell_host(struct feed *feed, const uint8_t *at, const uint8_t *end)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	if (feed->framing->host && feed->requests)
		feed->framing->host(feed->framing, (const char *)at, (size_t)(end - at));
}

static bool usual_field(struct feed *feed, unsigned field, const uint8_t *at, const uint8_t *end)
{
	if (feed->frame->state == TRAILER)
		return false;
	if (field == HOST) {
		tell_host(feed, at, end);
		return true;
	}
	while (at < end && *at == ' ')
		at++;
	if (field == CONTENT_LENGTH)
		return usual_length(feed->frame, at, (size_t)(end - at));
	return usual_word(feed->frame, field, at, (size_t)(end - at));
}

void lines_take(struct feed *feed)
{
	const uint8_t *at = feed->at, *end = at + feed->left;

	while (at < end) {
		const uint8_t *colon = at + span_token(at, (size_t)(end - at)), *cr;
		unsigned field;

		if (colon == at || colon == end || *colon != ':')
			break;
		cr = colon + 1 + span_text(colon + 1, (size_t)(end - colon - 1));
		if (end - cr < 2 || cr[0] != '\r' || cr[1] != '\n')
			break;
		field = field_by_name(at, (size_t)(colon - at));
		if (field != NO_FIELD && !usual_field(feed, field, colon + 1, cr))
			break;
		feed->frame->sub = (uint8_t)(field == HOST ? NO_FIELD : field);
		at = cr + 2;
	}
	feed_take(feed, (uint64_t)(at - feed->at));
}
