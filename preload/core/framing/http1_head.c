/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of a head or of a trailer section (RFC 9112 section 5): those that say how long the
 * body is and whether the connection goes on. The others have to be fields, and go by. This is
 * the machine that takes one byte after the other; lines that are all there go to http1_lines.c.
 */
#include "core/framing/http1_parts.h"
#include "core/framing/http1_text.h"

/* Where in a field line we are: the low byte of scratch. The next is a position in the word that
 * is matched, the one after it says which words it may still be, and the highest what came after
 * it; `sub` is the field whose value this is. */
enum place {
	LINE,
	NAME,   /* of a field that may be one of ours */
	OTHER,  /* of one that is not */
	VALUE,
	VALUE_CR,
	SKIP,   /* a value that does not matter */
	SKIP_CR,
	TELL,   /* one that is told, piece by piece: POSITION is not 0 once it has begun */
	TELL_CR,
	ENDING,
};

struct name {
	uint8_t size;
	char text[19];
};
#define NAME_OF(name, text) [name] = {sizeof text - 1, text},
static const struct name fields[FIELDS] = {HTTP1_FIELDS(NAME_OF)}, words[WORDS] = {HTTP1_WORDS(NAME_OF)};
#define ALL_FIELDS (((1u << FIELDS) - 1) & ~1u)
#define ALL_WORDS ((1u << WORDS) - 1)
#define COMMA (1u << WORDS) /* beside them: one came before */

_Static_assert(LINE == 0, "where head_begin() begins");
#define PLACE(f) ((f)->scratch & 0xff)
#define POSITION(f) ((f)->scratch >> 8 & 0xff)
#define MAYBE(f) ((f)->scratch >> 16 & 0xff)
#define BLANKS(f) ((f)->scratch >> 24) /* after the word: only a comma or the end may come */

static void set(struct dump_frame *f, unsigned place, unsigned position, unsigned maybe)
{
	f->scratch = place | position << 8 | maybe << 16;
}

static void set_place(struct dump_frame *f, unsigned place)
{
	f->scratch = (f->scratch & ~0xffu) | place;
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* Which of the words still fit when `c` comes next. */
static unsigned narrow(const struct name *list, unsigned count, unsigned maybe, unsigned position, uint8_t c)
{
	for (unsigned i = 0; i < count; i++)
		if (position >= list[i].size || list[i].text[position] != (char)lower(c))
			maybe &= ~(1u << i);
	return maybe;
}

static int whole(const struct name *list, unsigned count, unsigned maybe, unsigned position)
{
	for (unsigned i = 0; i < count; i++)
		if ((maybe >> i & 1) && list[i].size == position)
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

static bool length_byte(struct dump_frame *f, uint8_t c)
{
	if (c == ',')
		return length_over(f);
	if (c < '0' || c > '9' || BLANKS(f) || POSITION(f) >= 18)
		return false;
	f->body = f->body * 10 + (uint64_t)(c - '0');
	set(f, VALUE, POSITION(f) + 1, 0);
	return true;
}

static void word_over(struct dump_frame *f)
{
	if (!POSITION(f))
		return;
	head_word(f, f->sub, (unsigned)whole(words, WORDS, MAYBE(f), POSITION(f)));
	set(f, VALUE, 0, ALL_WORDS | COMMA);
}

/* One word between two commas; two are none that we know. */
static void word_byte(struct dump_frame *f, uint8_t c)
{
	if (c == ',')
		word_over(f);
	else
		set(f, VALUE, POSITION(f) < 255 ? POSITION(f) + 1 : 255,
		    BLANKS(f) ? 0 : narrow(words, WORDS, MAYBE(f), POSITION(f), c));
}

static bool value_byte(struct dump_frame *f, uint8_t c)
{
	/* Blanks may be tabs (RFC 9110 section 5.6.3), but parsers disagree on them: not around a length. */
	if (c == ' ' || (c == '\t' && f->sub != CONTENT_LENGTH)) {
		if (POSITION(f))
			f->scratch |= 1u << 24;
		return true;
	}
	if (c < ' ' || c == 0x7f)
		return false;
	if (f->sub == CONTENT_LENGTH)
		return length_byte(f, c);
	if (f->sub == TRANSFER_ENCODING && !http1_token[c] && (c != ',' || !POSITION(f)))
		return false; /* an element that is empty or no coding (RFC 9110 section 5.6.1): some parsers stop there */
	word_byte(f, c);
	return true;
}

static bool value_over(struct dump_frame *f)
{
	bool good = true;

	if (f->sub == CONTENT_LENGTH)
		good = length_over(f);
	else if (f->sub == TRANSFER_ENCODING && !POSITION(f)) /* an empty end, or field behind "chunked": as above */
		good = !(MAYBE(f) & COMMA) && !(f->flags & DUMP_FRAME_CHUNKED);
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

		if (c == '\r' && PLACE(f) == VALUE) {
			set_place(f, VALUE_CR);
			continue;
		}
		if (c != '\n' && PLACE(f) == VALUE && value_byte(f, c))
			continue;
		if (c != '\n' || !value_over(f))
			feed_lost(feed);
		return;
	}
}

static void skip_value(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	bool cr = PLACE(f) == SKIP_CR;
	enum taken taken = take_text(feed, &cr);

	if (taken == TAKEN_BAD)
		feed_lost(feed);
	else
		set(f, taken != TAKEN_PART ? LINE : cr ? SKIP_CR : SKIP, 0, 0);
}

/* The same, of a Host whose line is not all there. */
static void tell_value(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	const uint8_t *from = feed->at, *end;
	bool cr = PLACE(f) == TELL_CR;
	enum taken taken = take_text(feed, &cr);
	unsigned part = (POSITION(f) ? 0 : FRAMING_FIRST) | (taken == TAKEN_PART ? 0 : FRAMING_LAST);

	if (taken == TAKEN_BAD) {
		feed_lost(feed);
		return;
	}
	for (end = feed->at; end > from && (end[-1] == '\n' || end[-1] == '\r'); end--)
		;
	if (feed->framing->host && part == FRAMING_WHOLE)
		tell_host(feed, from, end);
	else if (feed->framing->host) /* nobody else has told it since */
		feed->framing->host(feed->framing, (const char *)from, (size_t)(end - from), part);
	set(f, taken != TAKEN_PART ? LINE : cr ? TELL_CR : TELL, taken == TAKEN_PART, 0);
}

/* ---- names ------------------------------------------------------------------------------------------- */

/* The colon was taken. */
static void name_over(struct feed *feed, unsigned field)
{
	struct dump_frame *f = feed->frame;
	bool trailer = f->state == TRAILER;

	f->sub = (uint8_t)field;
	if (trailer && (field == CONTENT_LENGTH || field == TRANSFER_ENCODING)) {
		feed_lost(feed); /* RFC 9110 section 6.5.1 */
		return;
	}
	if (field == NO_FIELD || field == HOST || trailer) {
		f->sub = NO_FIELD;
		set(f, field == HOST && !trailer && feed->requests && feed->framing->host ? TELL : SKIP, 0, 0);
		return;
	}
	if (field == TRANSFER_ENCODING)
		frame_flag(f, HEAD_CODED);
	f->body = 0;
	set(f, VALUE, 0, field == CONTENT_LENGTH ? 0 : ALL_WORDS);
}

static void feed_name(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	while (feed->left) {
		uint8_t c = feed_byte(feed);
		unsigned maybe = 0;
		int field;

		if (c == ':') {
			field = PLACE(f) == NAME ? whole(fields, FIELDS, MAYBE(f), POSITION(f)) : NO_FIELD;
			name_over(feed, field < 0 ? NO_FIELD : (unsigned)field);
			return;
		}
		if (!http1_token[c]) { /* also a blank before the colon (section 5.1) */
			feed_lost(feed);
			return;
		}
		if (PLACE(f) == NAME)
			maybe = narrow(fields, FIELDS, MAYBE(f), POSITION(f), c);
		set(f, maybe ? NAME : OTHER, POSITION(f) + 1, maybe);
	}
}

/* ---- lines ----------------------------------------------------------------------------------------- */

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
		if (f->sub == NO_FIELD)
			set(f, SKIP, 0, 0);
		else
			feed_lost(feed);
	} else if (c == ':') {
		feed_lost(feed);
	} else {
		set(f, NAME, 0, ALL_FIELDS);
	}
	return false;
}

static bool feed_bytes(struct feed *feed)
{
	while (feed->left && feed->frame->state < STATE_SWITCHED)
		switch (PLACE(feed->frame)) {
		case LINE:
			if (lines_take(feed) || (feed->left && feed_line(feed)))
				return true;
			break;
		case NAME: case OTHER: feed_name(feed); break;
		case VALUE: case VALUE_CR: feed_value(feed); break;
		case SKIP: case SKIP_CR: skip_value(feed); break;
		case TELL: case TELL_CR: tell_value(feed); break;
		default:
			if (feed_byte(feed) == '\n')
				return true;
			feed_lost(feed);
		}
	return false;
}

bool head_feed(struct feed *feed)
{
	return (PLACE(feed->frame) == LINE && lines_take(feed)) || feed_bytes(feed);
}
