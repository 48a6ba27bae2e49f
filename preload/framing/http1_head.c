/* SPDX-License-Identifier: Apache-2.0 */
#include "http1_head.h"

#include <string.h>

/* Where in a field line we are: the low byte of scratch. The next two are a position in a word
 * and which words it may still be; `sub` is the field whose value this is. */
enum place { LINE, NAME, VALUE, SKIP, ENDING };

struct text {
	char text[20]; /* lower case */
	unsigned size;
};
#define TEXT(text) {text, sizeof text - 1}

enum field { NO_FIELD, CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION, UPGRADE, HOST, FIELDS };
static const struct text fields[FIELDS] = {TEXT(""), TEXT("content-length"), TEXT("transfer-encoding"),
					   TEXT("connection"), TEXT("upgrade"), TEXT("host")};

enum word { CHUNKED, CLOSE, KEEP_ALIVE, H2C, WORDS };
static const struct text words[WORDS] = {TEXT("chunked"), TEXT("close"), TEXT("keep-alive"), TEXT("h2c")};

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
static unsigned narrow(const struct text *list, unsigned count, unsigned maybe, unsigned position,
		       uint8_t c)
{
	for (unsigned i = 0; i < count; i++)
		if ((maybe >> i & 1) && (position >= list[i].size || list[i].text[position] != (char)lower(c)))
			maybe &= ~(1u << i);
	return maybe;
}

static int whole(const struct text *list, unsigned count, unsigned maybe, unsigned position)
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

/* The blanks around a value are none of it (RFC 9112 section 5). */
static void trim(const uint8_t **at, const uint8_t **end)
{
	while (*at < *end && (**at == ' ' || **at == '\t'))
		++*at;
	while (*end > *at && ((*end)[-1] == '\r' || (*end)[-1] == ' ' || (*end)[-1] == '\t'))
		--*end;
}

static void tell_host(struct feed *feed, const uint8_t *at, const uint8_t *end)
{
	if (!feed->framing->host || !feed->requests)
		return;
	trim(&at, &end);
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
	const uint8_t *end;

	f->sub = (uint8_t)(field < 0 ? NO_FIELD : field);
	if (f->sub == NO_FIELD || f->sub == HOST) {
		/* Only where the whole value is at hand: a host that came in pieces stays unknown. */
		end = f->sub == HOST ? memchr(feed->at, '\n', feed->left) : NULL;
		if (end)
			tell_host(feed, feed->at, end);
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

/* ---- whole lines ------------------------------------------------------------------------------------ */

/* Four bytes at once, in either case where `text` has a letter: of what is in our texts only
 * letters have bit 6, and bit 5 is their case. */
static bool four_alike(const uint8_t *bytes, const char *text)
{
	uint32_t b, t;

	__builtin_memcpy(&b, bytes, sizeof b);
	__builtin_memcpy(&t, text, sizeof t);
	return (b | (t & 0x40404040) >> 1) == t;
}

static bool alike(const uint8_t *bytes, size_t size, const struct text *text)
{
	unsigned last = text->size - 4;

	if (size != text->size || size < 4) /* shorter ones are for the byte-wise way */
		return false;
	for (unsigned i = 0; i < last; i += 4)
		if (!four_alike(bytes + i, text->text + i))
			return false;
	return four_alike(bytes + last, text->text + last);
}

/* Four bytes, each above ' '. */
static bool four_solid(const uint8_t *bytes)
{
	uint32_t b;

	__builtin_memcpy(&b, bytes, sizeof b);
	return ((((b & 0x7f7f7f7f) + 0x5f5f5f5f) | b) & 0x80808080) == 0x80808080;
}

/* The field whose line this is, and where its value begins. -1: this line is for feed_name(). */
static int field_of(const uint8_t *line, const uint8_t *end, const uint8_t **value)
{
	bool near = end - line < 4 || !four_solid(line);

	for (int i = near ? FIELDS : CONTENT_LENGTH; i < FIELDS; i++) {
		unsigned size = fields[i].size;

		if (!four_alike(line, fields[i].text))
			continue;
		if (end - line > size && line[size] == ':' && alike(line, size, &fields[i])) {
			*value = line + size + 1;
			return i;
		}
		near = true;
	}
	if (!near)
		return NO_FIELD;
	while (*line > ' ' && *line != ':')
		line++;
	return *line == ':' ? NO_FIELD : -1;
}

/* The values that nearly all messages have: one word that we know, or digits. False: it is another. */
static bool usual_value(struct dump_frame *f, const uint8_t *at, const uint8_t *end)
{
	trim(&at, &end);
	if (f->sub == CONTENT_LENGTH) {
		uint64_t number = 0;
		unsigned digits = (unsigned)(end - at);

		if (!digits || end - at > 18)
			return false;
		for (; at < end; at++) {
			if (*at < '0' || *at > '9')
				return false;
			number = number * 10 + (uint64_t)(*at - '0');
		}
		f->body = number;
		set(f, VALUE, digits, 0);
		if (!length_over(f))
			return false;
		set(f, LINE, 0, 0);
		return true;
	}
	for (unsigned i = 0; i < WORDS; i++)
		if (alike(at, (size_t)(end - at), &words[i])) {
			set(f, VALUE, words[i].size, 1u << i);
			word_over(f);
			set(f, LINE, 0, 0);
			return true;
		}
	return false;
}

/* What the first byte of a line says: by it most lines are left without another look. */
enum first { DULL, MATTERS, NO_NAME /* the head's end, or a folded line */ };
#define LETTER(lower) [lower] = MATTERS, [lower - 'a' + 'A'] = MATTERS
static const uint8_t firsts[256] = {[0 ... ' '] = NO_NAME, LETTER('c'), LETTER('h'), LETTER('t'), LETTER('u')};

/* The line of a field that may matter, up to its '\n' at `end`. False: it is for the byte-wise way. */
static bool usual_field(struct feed *feed, const uint8_t *line, const uint8_t *end)
{
	struct dump_frame *f = feed->frame;
	const uint8_t *value = NULL;
	int field = field_of(line, end, &value);

	if (field < 0)
		return false;
	f->sub = (uint8_t)field;
	if (field == HOST)
		tell_host(feed, value, end);
	else if (field != NO_FIELD)
		return usual_value(f, value, end);
	return true;
}

/* Takes lines that are there from their first byte to their last, without a look at each byte.
 * Stops before one that is not all there or not as usual. What this says of a line, the byte-wise
 * way says too (tests/unit/test_framing_http1.c). True: the head's end was taken, too. */
static bool usual_lines(struct feed *feed)
{
	const uint8_t *line = feed->at, *stop = line + feed->left, *end;
	bool over = false;

	for (; line < stop; line = end + 1) {
		enum first first = firsts[*line];

		over = stop - line > 1 && line[0] == '\r' && line[1] == '\n';
		end = first != NO_NAME ? memchr(line, '\n', (size_t)(stop - line)) : NULL;
		if (!end || (first == MATTERS && !usual_field(feed, line, end)))
			break;
		if (first == DULL)
			feed->frame->sub = NO_FIELD;
	}
	feed_take(feed, (uint64_t)(line - feed->at) + (over ? 2 : 0));
	return over;
}

bool head_feed(struct feed *feed)
{
	while (feed->left && feed->frame->state < STATE_SWITCHED)
		switch (PLACE(feed->frame)) {
		case LINE:
			if (usual_lines(feed) || (feed->left && feed_line(feed)))
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
