/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Redis: RESP2 and RESP3. A command is an array of bulk strings (or an inline line), an answer is
 * one value, however deep: what is nested is counted in `scratch` as values still to come, so that
 * no stack is needed.
 */
#include <string.h>

#include "core/framing/protocol.h"

enum state {
	TYPE = STATE_FIRST, /* the byte that says what comes */
	NUMBER,             /* the line after a type that has a number; `remaining` holds it */
	NUMBER_END,
	LINE,    /* a line without a number */
	BULK,    /* `remaining` bytes, the line end included */
	COMMAND, /* the name of the command; nothing is kept of it but whether it changes the mode */
	OPTION,  /* the word after CLIENT */
};

/* Values that one connection may have outstanding; more is no protocol but garbage. */
#define VALUES_MAX (1u << 24)

/* dump_frame.flags of ours: */
enum {
	PUSH = 1 << 8,     /* the value is a push (RESP3): nobody asked for it */
	NEGATIVE = 1 << 9, /* the number has a minus */
	NAME = 1 << 10,    /* the next bulk string is the name of a command */
	CLIENT = 1 << 11,  /* the next bulk string says what CLIENT is to do */
};

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

static void flag(struct dump_frame *f, unsigned on, unsigned off)
{
	__atomic_store_n(&f->flags, (uint16_t)((f->flags & ~off) | on), __ATOMIC_RELEASE);
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
	if (f->flags & PUSH)
		flag(f, 0, PUSH);
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

	flag(f, 0, NEGATIVE);
	if (feed->requests && f->scratch == 1 && f->sub == '*' && (nothing || !f->remaining)) {
		feed_lost(feed); /* a command without a name has no answer */
		return;
	}
	switch (f->sub) {
	case '*': case '~': case '>': add_values(feed, nothing ? 0 : f->remaining); break;
	case '%': add_values(feed, f->remaining * 2); break;
	case '|': /* attributes come before the value that they belong to */
		f->scratch++;
		add_values(feed, f->remaining * 2);
		break;
	default: /* $ = ! */
		if (nothing) {
			f->remaining = 0;
			value_done(feed);
			break;
		}
		f->remaining += 2;
		f->state = f->flags & NAME ? COMMAND : f->flags & CLIENT ? OPTION : BULK;
		f->sub = 0;
	}
}

static void begin(struct feed *feed, uint8_t type)
{
	struct dump_frame *f = feed->frame;

	f->scratch = 1;
	f->body = 0;
	if (type == '>' && !feed->requests)
		flag(f, PUSH, 0);
	else
		frame_count_own(&f->begun);
	if (feed->requests)
		flag(f, NAME, CLIENT | DUMP_FRAME_CLOSE);
}

/* What comes after the type. */
static const uint8_t after_type[256] = {
	['*'] = NUMBER, ['~'] = NUMBER, ['>'] = NUMBER, ['%'] = NUMBER, ['|'] = NUMBER, ['$'] = NUMBER, ['='] = NUMBER,
	['!'] = NUMBER, ['+'] = LINE, ['-'] = LINE, [':'] = LINE, ['_'] = LINE, [','] = LINE, ['#'] = LINE, ['('] = LINE};

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
	if (f->state == NUMBER)
		take_number(feed);
	else if (f->state != LINE)
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
			flag(f, NEGATIVE, 0);
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

/* ---- commands that end the game of question and answer ---------------------------------------------------- */

struct word {
	uint8_t size;
	char text[11];
};
/* Answers come unasked from then on, or never. CLIENT only with REPLY; QUIT ends the connection. Those before
 * the modes only set the session up, or ask whether it lives. */
enum { QUITS, CLIENTS, AUTHS, HELLOS, SELECTS, PINGS, MODES, WORDS = MODES + 6 };
static const struct word commands[WORDS] = {
	[QUITS] = {4, "quit"}, [CLIENTS] = {6, "client"}, [AUTHS] = {4, "auth"}, [HELLOS] = {5, "hello"},
	[SELECTS] = {6, "select"}, [PINGS] = {4, "ping"},
	[MODES] = {9, "subscribe"}, {10, "psubscribe"}, {10, "ssubscribe"}, {7, "monitor"}, {5, "psync"}, {4, "sync"}};
static const struct word reply = {5, "reply"};

static bool is_word(const struct word *word, const uint8_t *at, size_t size)
{
	if (word->size != size)
		return false;
	for (size_t i = 0; i < size; i++)
		if (word->text[i] != (char)(at[i] | 0x20))
			return false;
	return true;
}

/* All of it is there: the same as below, at once. */
static bool match_whole(struct feed *feed, const struct word *list, unsigned count)
{
	struct dump_frame *f = feed->frame;
	size_t size = f->remaining - 2;

	if (f->sub || feed->left < size)
		return false;
	f->body = 0;
	for (unsigned i = 0; i < count; i++)
		if (is_word(&list[i], feed->at, size))
			f->body = 1ull << i;
	f->remaining = 2;
	feed_take(feed, size);
	return true;
}

/* `body` holds the candidates while a name goes by, `sub` the position. True at its end, when
 * `body` has the one that it is. */
static bool match(struct feed *feed, const struct word *list, unsigned count)
{
	struct dump_frame *f = feed->frame;

	if (match_whole(feed, list, count))
		return true;
	if (f->sub == 0)
		f->body = (1u << count) - 1;
	while (feed->left && f->remaining > 2) {
		char c = (char)(feed_byte(feed) | 0x20);

		f->remaining--;
		for (unsigned i = 0; i < count; i++)
			if (f->sub >= list[i].size || list[i].text[f->sub] != c)
				f->body &= ~(1ull << i);
		f->sub += f->sub < 255;
	}
	if (f->remaining > 2)
		return false;
	for (unsigned i = 0; i < count; i++)
		if (list[i].size != f->sub)
			f->body &= ~(1ull << i);
	return true;
}

static void feed_command(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	if (!match(feed, commands, WORDS))
		return;
	flag(f, f->body == 1 << CLIENTS ? CLIENT : f->body == 1 << QUITS ? DUMP_FRAME_CLOSE : 0, NAME);
	if (!f->body || f->body >= 1 << MODES)
		feed_asks(feed);
	if (f->body >= 1 << MODES) {
		feed_switched(feed);
		return;
	}
	f->body = 0;
	f->sub = 0;
	f->state = BULK;
}

static void feed_option(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	if (!match(feed, &reply, 1))
		return;
	flag(f, 0, CLIENT);
	if (f->body) {
		feed_switched(feed);
		return;
	}
	f->sub = 0;
	f->state = BULK;
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
	case COMMAND: feed_command(feed); break;
	case OPTION: feed_option(feed); break;
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
