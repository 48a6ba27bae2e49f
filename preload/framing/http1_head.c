/* SPDX-License-Identifier: Apache-2.0 */
#include "http1_head.h"

#include <string.h>

/* Where in a field line we are: the low byte of scratch. The next two are a position in a word
 * and which words it may still be; `sub` is the field whose value this is. */
enum place { LINE, NAME, VALUE, SKIP, ENDING };

enum field { NO_FIELD, CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION, UPGRADE, HOST, FIELDS };
static const char *const fields[FIELDS] = {"", "content-length", "transfer-encoding", "connection",
					   "upgrade", "host"};

enum word { CHUNKED, CLOSE, KEEP_ALIVE, H2C, WORDS };
static const char *const words[WORDS] = {"chunked", "close", "keep-alive", "h2c"};

#define PLACE(f) ((f)->scratch & 0xff)
#define POSITION(f) ((f)->scratch >> 8 & 0xff)
#define MAYBE(f) ((f)->scratch >> 16 & 0xff)

static void set(struct dump_frame *f, unsigned place, unsigned position, unsigned maybe)
{
	f->scratch = place | position << 8 | maybe << 16;
}

void head_begin(struct dump_frame *f, uint8_t state)
{
	f->state = state;
	f->sub = NO_FIELD;
	f->body = f->remaining = 0;
	set(f, LINE, 0, 0);
}

static void unflag(struct dump_frame *f, unsigned flags)
{
	__atomic_store_n(&f->flags, (uint16_t)(f->flags & ~flags), __ATOMIC_RELEASE);
}

void head_forget_length(struct dump_frame *f)
{
	f->remaining = 0;
	unflag(f, DUMP_FRAME_LENGTH);
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* Which of the words still fit when `c` comes next. */
static unsigned narrow(const char *const *list, unsigned count, unsigned maybe, unsigned position,
		       uint8_t c)
{
	for (unsigned i = 0; i < count; i++)
		if ((maybe >> i & 1) && (position >= strlen(list[i]) || list[i][position] != (char)lower(c)))
			maybe &= ~(1u << i);
	return maybe;
}

static int whole(const char *const *list, unsigned count, unsigned maybe, unsigned position)
{
	for (unsigned i = 0; i < count; i++)
		if ((maybe >> i & 1) && strlen(list[i]) == position)
			return (int)i;
	return -1;
}

/* ---- values --------------------------------------------------------------------------------------- */

/* A number of a Content-Length is over: `body` holds it, POSITION its digits. All numbers have to
 * be the same (RFC 9112 section 6.3, rule 5). */
static bool length_over(struct dump_frame *f)
{
	if (!POSITION(f) || ((f->flags & DUMP_FRAME_LENGTH) && f->remaining != f->body))
		return false;
	f->remaining = f->body;
	f->body = 0;
	frame_flag(f, DUMP_FRAME_LENGTH);
	set(f, VALUE, 0, 0);
	return true;
}

/* MAYBE is 1 when blanks followed digits: only a comma or the end may come. */
static bool length_byte(struct dump_frame *f, uint8_t c)
{
	if (c == ' ' || c == '\t' || c == '\r') {
		if (POSITION(f))
			set(f, VALUE, POSITION(f), 1);
		return true;
	}
	if (c == ',')
		return length_over(f);
	if (c < '0' || c > '9' || MAYBE(f) || POSITION(f) >= 18)
		return false;
	f->body = f->body * 10 + (uint64_t)(c - '0');
	set(f, VALUE, POSITION(f) + 1, 0);
	return true;
}

static void word_over(struct dump_frame *f)
{
	int word = whole(words, WORDS, MAYBE(f), POSITION(f));

	if (!POSITION(f))
		return;
	if (f->sub == TRANSFER_ENCODING) { /* the last coding decides */
		unflag(f, DUMP_FRAME_CHUNKED);
		frame_flag(f, HEAD_CODED | (word == CHUNKED ? DUMP_FRAME_CHUNKED : 0));
	} else if (f->sub == UPGRADE) {
		frame_flag(f, word == H2C ? HEAD_H2C : 0);
	} else if (word == CLOSE) {
		frame_flag(f, DUMP_FRAME_CLOSE);
	} else if (word == KEEP_ALIVE) {
		frame_flag(f, HEAD_KEEP);
	}
	set(f, VALUE, 0, (1u << WORDS) - 1);
}

static void word_byte(struct dump_frame *f, uint8_t c)
{
	if (c == ',' || c == ' ' || c == '\t' || c == '\r') {
		word_over(f);
		return;
	}
	set(f, VALUE, POSITION(f) < 255 ? POSITION(f) + 1 : 255,
	    narrow(words, WORDS, MAYBE(f), POSITION(f), c));
}

static bool value_over(struct dump_frame *f)
{
	bool good = true;

	if (f->sub == CONTENT_LENGTH)
		good = length_over(f);
	else
		word_over(f);
	set(f, LINE, 0, 0);
	return good;
}

static void feed_value(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	while (feed->left) {
		uint8_t c = feed_byte(feed);
		bool good = true;

		if (c == '\n') {
			if (!value_over(f))
				feed_lost(feed);
			return;
		}
		if (f->sub == CONTENT_LENGTH)
			good = length_byte(f, c);
		else
			word_byte(f, c);
		if (!good) {
			feed_lost(feed);
			return;
		}
	}
}

/* Only where the whole value is at hand: a host that came in pieces stays unknown. */
static void tell_host(struct feed *feed)
{
	const uint8_t *at = feed->at, *end = memchr(at, '\n', feed->left);

	if (!end || !feed->framing->host || !feed->requests)
		return;
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	while (end > at && (end[-1] == '\r' || end[-1] == ' ' || end[-1] == '\t'))
		end--;
	feed->framing->host(feed->framing, (const char *)at, (size_t)(end - at));
}

/* ---- lines ----------------------------------------------------------------------------------------- */

static void skip_line(struct feed *feed)
{
	const uint8_t *end = memchr(feed->at, '\n', feed->left);

	feed_take(feed, end ? (uint64_t)(end - feed->at) + 1 : feed->left);
	set(feed->frame, end ? LINE : SKIP, 0, 0);
}

static void name_over(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	int field = whole(fields, FIELDS, MAYBE(f), POSITION(f));

	f->sub = (uint8_t)(field < 0 ? NO_FIELD : field);
	if (f->sub == NO_FIELD || f->sub == HOST) {
		if (f->sub == HOST && feed->left)
			tell_host(feed);
		set(f, SKIP, 0, 0);
		return;
	}
	f->body = 0;
	set(f, VALUE, 0, f->sub == CONTENT_LENGTH ? 0 : (1u << WORDS) - 1);
}

static void feed_name(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	while (feed->left) {
		uint8_t c = feed_byte(feed);
		unsigned maybe;

		if (c == ':') {
			name_over(feed);
			return;
		}
		if (c == '\n' || c == ' ' || c == '\t') { /* no name, or a blank before the colon */
			feed_lost(feed);
			return;
		}
		maybe = narrow(fields, FIELDS, MAYBE(f), POSITION(f), c);
		if (!maybe) {
			f->sub = NO_FIELD;
			set(f, SKIP, 0, 0);
			return;
		}
		set(f, NAME, POSITION(f) + 1, maybe);
	}
}

/* True at the end of the head. */
static bool feed_line(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	uint8_t c = *feed->at;

	if (c == '\n' || c == '\r') {
		feed_take(feed, 1);
		set(f, ENDING, 0, 0);
		return c == '\n';
	}
	if (c == ' ' || c == '\t') { /* a folded line (section 5.2) goes on with the last value */
		if (f->sub == NO_FIELD || f->sub == HOST)
			skip_line(feed);
		else
			feed_lost(feed);
		return false;
	}
	set(f, NAME, 0, ((1u << FIELDS) - 1) & ~1u);
	return false;
}

bool head_feed(struct feed *feed)
{
	while (feed->left && feed->frame->state < STATE_SWITCHED)
		switch (PLACE(feed->frame)) {
		case LINE:
			if (feed_line(feed))
				return true;
			break;
		case NAME: feed_name(feed); break;
		case VALUE: feed_value(feed); break;
		case SKIP: skip_line(feed); break;
		default:
			if (feed_byte(feed) == '\n')
				return true;
			feed_lost(feed);
		}
	return false;
}
