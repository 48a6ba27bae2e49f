/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Redis: RESP2 and RESP3. A command is an array of bulk strings (or an inline line), an answer is
 * one value, however deep: what is nested is counted in `scratch` as values still to come, so that
 * no stack is needed. What the words in them say is redis_words.c's.
 */
#include <string.h>

#include "core/framing/redis_parts.h"

/* Values that one connection may have outstanding; more is no protocol but garbage. */
#define VALUES_MAX (1u << 24)

static enum sniffed sniff_command(const uint8_t *bytes, size_t size)
{
	size_t i = 1;

	if (bytes[0] != '*')
		return SNIFF_NO;
	while (i < size && bytes[i] >= '0' && bytes[i] <= '9')
		i++;
	if (i >= 8)
		return SNIFF_NO;
	if (i == size)
		return SNIFF_MORE;
	if (i == 1 || bytes[i] != '\r' || (i + 1 < size && bytes[i + 1] != '\n') ||
	    (i + 2 < size && bytes[i + 2] != '$'))
		return SNIFF_NO;
	return i + 2 < size ? SNIFF_YES : SNIFF_MORE;
}

/* ---- values ------------------------------------------------------------------------------------------ */

/* One value less; with the last one the message is complete. */
static void value_done(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	f->state = TYPE;
	f->sub = 0;
	if (--f->scratch)
		return;
	if (f->flags & (PUSH | CONFIRMS))
		redis_event_over(feed);
	else
		frame_count_own(&f->done);
}

static void add_values(struct feed *feed, uint64_t count)
{
	struct dump_frame *f = feed->frame;

	if (count > VALUES_MAX || f->scratch + count > VALUES_MAX) {
		feed_lost(feed);
		return;
	}
	f->scratch += (uint32_t)count;
	value_done(feed);
}

static void number_known(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	bool nothing = f->flags & NEGATIVE; /* a null of RESP2 */

	frame_flags(f, 0, NEGATIVE);
	if (feed->requests && f->scratch == 1 && f->sub == '*' && (nothing || !f->remaining)) {
		feed_lost(feed); /* a command without a name has no answer */
		return;
	}
	switch (f->sub) {
	case '*': case '>':
		if (f->flags & NAME && !feed->requests)
			redis_event_of(feed, nothing ? 0 : f->remaining);
		__attribute__((fallthrough));
	case '~': add_values(feed, nothing ? 0 : f->remaining); break;
	case ':': /* of a confirmation */
		redis_subscriptions(f, nothing ? 0 : f->remaining);
		value_done(feed);
		break;
	case '%': add_values(feed, f->remaining * 2); break;
	case '|': /* attributes come before the value that they belong to */
		f->scratch++;
		add_values(feed, f->remaining * 2);
		break;
	default: /* $ = ! */
		if (nothing) {
			frame_flags(f, 0, feed->requests ? 0 : NAME);
			f->remaining = 0;
			value_done(feed);
			break;
		}
		f->remaining += 2;
		f->state = redis_after_size(feed);
		f->sub = 0;
	}
}

static void begin(struct feed *feed, uint8_t type)
{
	struct dump_frame *f = feed->frame;

	f->scratch = 1;
	f->body = 0;
	if (type != '>' || feed->requests)
		frame_count_own(&f->begun);
	if (feed->requests)
		frame_flags(f, NAME, CLIENT | DUMP_FRAME_CLOSE);
	else if (type == '>')
		frame_flags(f, PUSH | NAME | RESP3, 0);
	else if (type == '*')
		frame_flags(f, NAME, 0); /* until it is known how many values it has */
}

/* What comes after the type. */
static const uint8_t after_type[256] = {
	['*'] = NUMBER, ['~'] = NUMBER, ['>'] = NUMBER, ['%'] = NUMBER, ['|'] = NUMBER, ['$'] = NUMBER,
	['='] = NUMBER, ['!'] = NUMBER, ['+'] = LINE, ['-'] = LINE, [':'] = LINE, ['_'] = LINE, [','] = LINE,
	['#'] = LINE, ['('] = LINE};

/* The number that begins at `from`, and the end of its line, when all of it is there, as nearly all
 * are. NULL: it is to be taken byte by byte. */
static inline const uint8_t *whole_number(const uint8_t *from, const uint8_t *end, uint64_t *number)
{
	const uint8_t *at = from;

	*number = 0;
	for (; at < end && (unsigned)(*at - '0') <= 9; at++)
		*number = *number * 10 + (unsigned)(*at - '0');
	return at > from && at - from <= 10 && end - at >= 2 && at[0] == '\r' && at[1] == '\n' ? at + 2 : NULL;
}

static void take_number(struct feed *feed)
{
	uint64_t number;
	const uint8_t *at = whole_number(feed->at, feed->at + feed->left, &number);

	if (!at)
		return;
	feed->frame->remaining = number;
	feed_take(feed, (uint64_t)(at - feed->at));
	number_known(feed);
}

/* The bulk strings that are all there, within a value: the same as one by one, at once. */
static void take_bulks(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	const uint8_t *at = feed->at, *end = at + feed->left, *next;
	uint32_t values = f->scratch;
	uint64_t size;

	while (values && at < end && *at == '$' && (next = whole_number(at + 1, end, &size)) &&
	       (uint64_t)(end - next) >= size + 2) {
		at = next + size + 2;
		f->body += size + 2;
		values--;
	}
	if (values == f->scratch)
		return;
	feed_take(feed, (uint64_t)(at - feed->at));
	f->scratch = values + 1;
	f->remaining = 0;
	value_done(feed);
}

static void feed_type(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	uint8_t type;

	if (f->scratch && !(f->flags & (NAME | CLIENT))) {
		take_bulks(feed);
		if (!feed->left)
			return;
	}
	type = feed_byte(feed);
	if (!f->scratch) {
		if (feed->requests && type != '*') { /* inline commands: by hand, and their names vary */
			feed_lost(feed);
			return;
		}
		begin(feed, type);
	}
	f->sub = type;
	f->remaining = 0;
	f->state = after_type[type];
	if (!feed->requests && f->flags & (NAME | CONFIRMS | RESP3 | LISTENS))
		redis_event_goes_on(feed, type);
	if (f->state == NUMBER)
		take_number(feed);
	else if (f->state != LINE && f->state != STATUS)
		feed_lost(feed);
}

/* scratch counts values, so the digits have no counter: the value itself bounds them. */
static void feed_number(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	while (feed->left) {
		uint8_t c = feed_byte(feed);

		if (c == '\r') {
			f->state = NUMBER_END;
			return;
		}
		if (c == '-' && !f->remaining) {
			frame_flags(f, NEGATIVE, 0);
		} else if (c >= '0' && c <= '9' && f->remaining < (1ull << 50)) {
			f->remaining = f->remaining * 10 + (uint64_t)(c - '0');
		} else {
			feed_lost(feed); /* also RESP3's streamed strings: "$?" */
			return;
		}
	}
}

static void feed_line(struct feed *feed)
{
	const uint8_t *end = memchr(feed->at, '\n', feed->left);

	feed_take(feed, end ? (uint64_t)(end - feed->at) + 1 : feed->left);
	if (end)
		value_done(feed);
}

static void feed_bulk(struct feed *feed)
{
	feed->frame->body += feed_remaining(feed);
	if (!feed->frame->remaining)
		value_done(feed);
}

static void feed_seen(struct feed *feed)
{
	switch (feed->frame->state) {
	case TYPE: feed_type(feed); break;
	case NUMBER: feed_number(feed); break;
	case NUMBER_END:
		if (feed_byte(feed) == '\n')
			number_known(feed);
		else
			feed_lost(feed);
		break;
	case LINE: feed_line(feed); break;
	case STATUS:
		if (redis_status(feed))
			value_done(feed);
		break;
	case COMMAND: redis_command(feed); break;
	case OPTION: redis_option(feed); break;
	case EVENT: redis_event(feed); break;
	default: feed_lost(feed);
	}
}

static void feed_redis(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	if (f->state == STATE_SNIFFING)
		f->state = TYPE;
	do {
		if (f->state == BULK)
			feed_bulk(feed);
		else if (feed->at)
			feed_seen(feed);
		else
			feed_lost(feed);
	} while (feed->left && f->state < STATE_SWITCHED);
}

static enum sniffed sniff_answer(const uint8_t *bytes, size_t size)
{
	(void)size; /* a server that answers before its request was recorded */
	return memchr("+-:$*%>", bytes[0], 7) ? SNIFF_MORE : SNIFF_NO;
}

const struct protocol protocol_redis = {
	.request = sniff_command, .response = sniff_answer, .feed = feed_redis};
