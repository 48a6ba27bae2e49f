/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole lines of a head: nearly all there are. What is not usual, or not all there, http1_start.c
 * and http1_head.c take byte by byte; both must say the same, which
 * tests/unit/test_framing_pieces.c and tests/fuzz check.
 */
#include "core/framing/http1_parts.h"
#include "core/framing/http1_text.h"

static uint64_t eight(const void *bytes)
{
	uint64_t value;

	__builtin_memcpy(&value, bytes, sizeof value);
	return value;
}

static uint32_t four(const void *bytes)
{
	uint32_t value;

	__builtin_memcpy(&value, bytes, sizeof value);
	return value;
}

/* ---- the first line --------------------------------------------------------------------------------- */

/* "HTTP/1.1", or "HTTP/1.0", which is one bit less. */
static bool is_version(const uint8_t *at)
{
	return (eight(at) | eight("\0\0\0\0\0\0\0\1")) == eight("HTTP/1.1");
}

/* The line that ends at `end` was taken; `flags` are all that is known of the message. */
static void fields_next(struct feed *feed, const uint8_t *end, const uint8_t *version, unsigned flags)
{
	flags |= version[7] == '0' ? DUMP_FRAME_OLD : 0;
	__atomic_store_n(&feed->frame->flags, (uint16_t)flags, __ATOMIC_RELEASE);
	head_begin(feed->frame, HEAD);
	feed->left -= (uint64_t)(end + 2 - feed->at);
	feed->at = end + 2;
}

static unsigned kind_of(const uint8_t *method, size_t size)
{
	if (size == 4 && four(method) == four("HEAD"))
		return DUMP_REQUEST_HEAD;
	if (size == 7 && eight(method) == eight("CONNECT "))
		return DUMP_REQUEST_CONNECT;
	return DUMP_REQUEST_PLAIN;
}

static bool request_line(struct feed *feed)
{
	const uint8_t *at = feed->at, *end = at + feed->left, *blank, *target, *version;
	unsigned kind;

	blank = http1_has(at, end, 4) && four(at) == four("GET ") ? at + 3 : token_up_to(at, end, ' ');
	if (!blank || blank == at || blank - at > METHOD_MAX)
		return false;
	target = blank + 1;
	version = target_up_to(target, end, ' ');
	if (!version || version++ == target || !http1_has(version, end, 10) || !is_version(version) ||
	    !http1_line_ends(version + 8, end))
		return false;
	frame_flags(feed->frame, 0, 0xffff);
	kind = kind_of(at, (size_t)(blank - at));
	if (kind != DUMP_REQUEST_CONNECT)
		feed_asks(feed);
	if (request_begun(feed, kind))
		fields_next(feed, version + 8, version, 0);
	else
		feed_lost(feed);
	return true;
}

/* The number at `at`, 0 when there is none. */
static unsigned status_at(const uint8_t *at)
{
	unsigned a = at[0] - (unsigned)'0', b = at[1] - (unsigned)'0', c = at[2] - (unsigned)'0';

	return a <= 9 && b <= 9 && c <= 9 ? a * 100 + b * 10 + c : 0;
}

static bool status_line(struct feed *feed)
{
	const uint8_t *at = feed->at, *end = at + feed->left, *cr;
	unsigned status;

	if (!http1_has(at, end, 14) || !is_version(at) || at[8] != ' ' || (at[12] != ' ' && at[12] != '\r'))
		return false;
	cr = text_up_to(at + 12, end, '\r');
	status = status_at(at + 9);
	if (!cr || !http1_line_ends(cr, end) || status < 100)
		return false;
	fields_next(feed, cr, at, start_class(status));
	if (status >= 200)
		frame_count(&feed->frame->begun);
	return true;
}

/* ---- what fields say --------------------------------------------------------------------------------- */

/* In either case where `text` has a letter: of what is in our texts only letters have bit 6, and
 * bit 5 is their case. Always inline: the size is known. */
static inline __attribute__((always_inline)) bool alike(const uint8_t *bytes, const char *text, size_t size)
{
#define ALIKE(width, at, each) \
	((width(bytes + (at)) | (width(text + (at)) & (each) * 0x40) >> 1) == width(text + (at)))
#define FOUR_ALIKE(at) ALIKE(four, at, 0x01010101u)
#define EIGHT_ALIKE(at) ALIKE(eight, at, 0x0101010101010101u)
	if (size < 4) /* none that is usual */
		return false;
	if (size < 8)
		return FOUR_ALIKE(0) && FOUR_ALIKE(size - 4);
	return EIGHT_ALIKE(0) && EIGHT_ALIKE(size - 8) && (size <= 16 || EIGHT_ALIKE(8));
}

#define CASE_ALIKE(name, text)                                \
	case sizeof text - 1:                                 \
		if (alike(at, text, sizeof text - 1))         \
			return name;                          \
		break;

static inline unsigned field_named(const uint8_t *at, size_t size)
{
	switch (size) {
		HTTP1_FIELDS(CASE_ALIKE)
	}
	return NO_FIELD;
}

static inline unsigned word_named(const uint8_t *at, size_t size)
{
	switch (size) {
		HTTP1_WORDS(CASE_ALIKE)
	}
	return WORDS;
}

static bool usual_length(struct dump_frame *f, const uint8_t *at, const uint8_t *end)
{
	uint64_t number = 0;

	if (at == end || end - at > 18 || (f->flags & DUMP_FRAME_LENGTH))
		return false;
	for (; at < end; at++) {
		unsigned digit = *at - (unsigned)'0';

		if (digit > 9)
			return false;
		number = number * 10 + digit;
	}
	f->remaining = number;
	frame_flag(f, DUMP_FRAME_LENGTH);
	return true;
}

static bool usual_word(struct dump_frame *f, unsigned field, const uint8_t *at, const uint8_t *end)
{
	unsigned word = word_named(at, (size_t)(end - at));

	if (word == WORDS)
		return false;
	head_word(f, field, word);
	return true;
}

void tell_host(struct feed *feed, const uint8_t *at, const uint8_t *end)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	feed->host = at;
	feed->host_size = (size_t)(end - at);
	feed->hosts++;
	feed->framing->host(feed->framing, (const char *)at, (size_t)(end - at), FRAMING_WHOLE);
}

/* False: only byte by byte can be said what the field says. */
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
	return field == CONTENT_LENGTH ? usual_length(feed->frame, at, end)
				       : usual_word(feed->frame, field, at, end);
}

/* ---- fields ------------------------------------------------------------------------------------------- */

struct line {
	const uint8_t *at, *colon, *cr;
};

/* Where the line at `at` has its colon and its CR; where they are not NULL, LF is still to be seen. */
struct ends {
	const uint8_t *colon, *cr;
};

static __attribute__((noinline)) struct ends ends_of(const uint8_t *at, const uint8_t *end)
{
	const uint8_t *colon = token_up_to(at, end, ':');

	return (struct ends){colon, colon ? text_up_to(colon + 1, end, '\r') : NULL};
}

static __attribute__((noinline)) const uint8_t *long_line_end(const uint8_t *at, const uint8_t *end)
{
	return text_up_to(at, end, '\r');
}

/* A field whose line is all there. What can be read begins at `start`. */
static inline bool find_field(struct line *l, const uint8_t *start, const uint8_t *end)
{
	struct ends ends;

	if (l->at < end && *l->at == '\r')
		return false;
	if (HTTP1_WINDOW && http1_has(start, end, HTTP1_WINDOW)) {
		http1_window(l->at, end, &l->colon, &l->cr);
		if (l->colon < end && *l->colon == ':') {
			if (http1_line_ends(l->cr, end))
				return true;
			l->cr = long_line_end(l->cr, end);
			return l->cr && http1_line_ends(l->cr, end);
		}
		if (l->colon == l->at)
			return false;
	}
	ends = ends_of(l->at, end);
	l->colon = ends.colon;
	l->cr = ends.cr;
	return l->cr && http1_line_ends(l->cr, end);
}

/* The first letter of those of our names that have this size; none may have no name. */
#define SIZES 18
#define FIRST(name, text) [sizeof text - 1] = text[0],
static const uint8_t framing_fields[SIZES] = {[0] = ':', HTTP1_FRAMING_FIELDS(FIRST)},
		     framing_fields_and_host[SIZES] = {[0] = ':', HTTP1_FIELDS(FIRST)};

/* Nearly all are none of ours by that. */
static inline bool may_be_ours(const struct line *l, const uint8_t first[SIZES])
{
	size_t size = (size_t)(l->colon - l->at);

	return size < SIZES && first[size] == (*l->at | 0x20);
}

static inline bool find_ours(struct line *l, const uint8_t *start, const uint8_t *end,
			     const uint8_t first[SIZES])
{
	while (find_field(l, start, end)) {
		if (may_be_ours(l, first))
			return true;
		l->at = l->cr + 2;
	}
	return false;
}

static bool take_fields(struct feed *feed, const uint8_t *start)
{
	const uint8_t *from = feed->at, *const end = from + feed->left;
	struct line l = {.at = from};
	const uint8_t *first = feed->framing->host && feed->requests ? framing_fields_and_host : framing_fields;
	unsigned last = feed->frame->sub;
	bool over;

	while (find_ours(&l, start, end, first)) {
		unsigned field = field_named(l.at, (size_t)(l.colon - l.at));

		if (l.colon == l.at || (field != NO_FIELD && !usual_field(feed, field, l.colon + 1, l.cr)))
			break;
		last = field;
		from = l.at = l.cr + 2;
	}
	feed->frame->sub = (uint8_t)(l.at > from || last == HOST ? NO_FIELD : last);
	over = http1_line_ends(l.at, end);
	l.at += over ? 2 : 0;
	feed->left -= (uint64_t)(l.at - feed->at);
	feed->at = l.at;
	return over;
}

bool lines_take(struct feed *feed)
{
	return take_fields(feed, feed->at);
}

bool lines_begin(struct feed *feed, bool *over)
{
	const uint8_t *start = feed->at;

	feed->hosts = 0;
	if (!(feed->requests ? request_line(feed) : status_line(feed)))
		return false;
	*over = take_fields(feed, start);
	return true;
}
