/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PostgreSQL, protocol 3.0 (its manual, chapter "Frontend/Backend Protocol"): messages of a type
 * byte and a length. What answers a Query, a Sync or a FunctionCall to its end is ReadyForQuery.
 * The first ReadyForQuery ends the start-up, which is no request.
 */
#include <string.h>

#include "core/framing/protocol.h"

enum state {
	STARTUP = STATE_FIRST, /* length and code, without a type byte; `sub` counts bytes */
	TYPE,
	LENGTH,
	CONTENT,
	SSL_ANSWER, /* one byte: S, G or N */
};

#define MAJOR 3u
#define SSL_REQUEST 80877103u
#define GSS_REQUEST 80877104u
#define CANCEL_REQUEST 80877102u

enum {
	STARTED = DUMP_PG_STARTED,   /* the start-up is over: ReadyForQuery answers requests now */
	SYNCED = 1 << 9,    /* the last request was a Sync */
	SYNC_AGAIN = 1 << 10, /* it was ignored: the next one stands for it */
	SETTING = 1 << 11,    /* of the client: what was parsed since the last Sync only sets the session up */
};

/* What each side sends; the rest is no PostgreSQL. */
enum { FRONTEND = 1, BACKEND = 2, BOTH = 3 };
static const uint8_t types[256] = {
	['1'] = BACKEND, ['2'] = BACKEND, ['3'] = BACKEND, ['A'] = BACKEND, ['B'] = FRONTEND, ['C'] = BOTH,
	['D'] = BOTH, ['E'] = BOTH, ['F'] = FRONTEND, ['G'] = BACKEND, ['H'] = BOTH, ['I'] = BACKEND,
	['K'] = BACKEND, ['N'] = BACKEND, ['P'] = FRONTEND, ['Q'] = FRONTEND, ['R'] = BACKEND, ['S'] = BOTH,
	['T'] = BACKEND, ['V'] = BACKEND, ['W'] = BACKEND, ['X'] = FRONTEND, ['Z'] = BACKEND, ['c'] = BOTH,
	['d'] = BOTH, ['f'] = FRONTEND, ['n'] = BACKEND, ['p'] = FRONTEND, ['s'] = BACKEND, ['t'] = BACKEND,
	['v'] = BACKEND};

static enum sniffed sniff_startup(const uint8_t *bytes, size_t size)
{
	uint32_t code;

	if (bytes[0] != 0 || (size > 1 && bytes[1] != 0))
		return SNIFF_NO;
	if (size < 8)
		return SNIFF_MORE;
	code = feed_word(bytes + 4);
	return code == SSL_REQUEST || code == GSS_REQUEST || code >> 16 == MAJOR ? SNIFF_YES : SNIFF_NO;
}

/* `scratch` collects the length, `remaining` the code: eight bytes that may come one by one. */
static void feed_startup(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	while (feed->left && f->sub < 8) {
		uint8_t c = feed_byte(feed);

		if (f->sub < 4)
			f->scratch = f->scratch << 8 | c;
		else
			f->remaining = f->remaining << 8 | c;
		f->sub++;
	}
	if (f->sub < 8)
		return;
	if (f->remaining == SSL_REQUEST || f->remaining == GSS_REQUEST) {
		f->sub = 0;
		f->scratch = 0;
		f->remaining = 0;
		return; /* what comes next depends on the answer: TLS, or a start-up again */
	}
	if (f->remaining >> 16 != MAJOR || f->scratch < 8 || f->scratch > 65536) {
		feed_lost(feed);
		return;
	}
	f->remaining = f->scratch - 8;
	f->scratch = 0;
	f->state = f->remaining ? CONTENT : TYPE;
	f->sub = 0;
}

/* A Sync that arrives while COPY takes data is ignored ("COPY Operations"): a client that asked by
 * the extended protocol sends another one after CopyDone or CopyFail. */
static bool is_request(struct dump_frame *f, uint8_t type)
{
	if ((type == 'c' || type == 'f') && (f->flags & SYNCED))
		frame_flags(f, SYNC_AGAIN, SYNCED);
	if (type != 'Q' && type != 'S' && type != 'F')
		return false;
	if (type == 'S' && (f->flags & SYNC_AGAIN)) {
		frame_flags(f, 0, SYNC_AGAIN);
		return false;
	}
	frame_flags(f, type == 'S' ? SYNCED : 0, SYNCED | SYNC_AGAIN);
	return true;
}

static void message_begins(struct feed *feed, uint8_t type)
{
	struct dump_frame *f = feed->frame;

	if (!(types[type] & (feed->requests ? FRONTEND : BACKEND))) {
		feed_lost(feed);
		return;
	}
	f->sub = type;
	f->scratch = 0;
	f->remaining = 4; /* bytes of the length still to come */
	f->state = LENGTH;
	if (feed->requests && is_request(f, type))
		frame_count_own(&f->begun);
	if (!feed->requests && (f->flags & STARTED) && type != 'N' && type != 'S' && type != 'A' &&
	    f->begun == f->done) {
		frame_count_own(&f->begun); /* the first message of an answer; notices come unasked */
		f->body = 0;
	}
}

/* A statement, in whatever case; one cut short is taken for another. `word`: small letters and a blank. */
static bool says(const uint8_t *at, size_t size, const char *word)
{
	size_t i = 0;

	while (i < size && word[i] && (at[i] | 0x20) == (uint8_t)word[i])
		i++;
	return !word[i];
}

/* Who listens is told without asking again. */
static void listens(struct dump_frame *f, const uint8_t *at, size_t size)
{
	if (says(at, size, "listen "))
		frame_flag(f, DUMP_PG_LISTENS);
	else if (says(at, size, "unlisten "))
		frame_flags(f, 0, DUMP_PG_LISTENS);
}

/* The content of a client's message begins: a statement, behind a name where it is parsed first. */
static void asks(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	const uint8_t *name = f->sub == 'P' && feed->at ? memchr(feed->at, 0, feed->left) : NULL;
	const uint8_t *text = f->sub == 'Q' ? feed->at : name ? name + 1 : NULL;
	size_t size = text ? (size_t)(feed->at + feed->left - text) : 0;

	if (text)
		listens(f, text, size);
	if (f->sub == 'P')
		frame_flags(f, says(text, size, "set ") ? SETTING : 0, SETTING);
	else if (f->sub == 'F' || (f->sub == 'Q' && !says(text, size, "set ")))
		feed_asks(feed);
	else if (f->sub == 'S' && f->flags & SETTING)
		frame_flags(f, 0, SETTING);
	else if (f->sub == 'S')
		feed_asks(feed);
}

/* An error before the start-up is over ends the session, whatever it says. */
static void error_begins(struct feed *feed)
{
	feed->frame->scratch = 0; /* bytes of a severity that were met, and which one's in the second byte */
	if (!(feed->frame->flags & STARTED))
		frame_flag(feed->frame, DUMP_PG_FATAL | DUMP_FRAME_CLOSE);
}

/* ErrorResponse: fields of a type and a text, each ended by NUL; V is the severity that is not translated.
 * Byte by byte, for it may come in pieces; no V is in the words themselves. */
static void look_for_severity(struct feed *feed)
{
	static const char words[2][6] = {"FATAL", "PANIC"};
	struct dump_frame *f = feed->frame;
	uint64_t size = feed->at ? (f->remaining < feed->left ? f->remaining : feed->left) : 0;
	unsigned met = feed->at ? f->scratch & 0xff : 0, which = f->scratch >> 8;

	for (uint64_t i = 0; i < size; i++) {
		uint8_t c = feed->at[i];

		if (!met || c == 'V')
			met = c == 'V';
		else if (which = met == 1 ? c == words[1][0] : which, c == (uint8_t)words[which][met - 1])
			met++;
		else
			met = 0;
		if (met == 1 + sizeof words[0]) {
			frame_flag(f, DUMP_PG_FATAL | DUMP_FRAME_CLOSE);
			met = 0;
		}
	}
	f->scratch = met | which << 8;
}

static void message_over(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	f->state = TYPE;
	if (feed->requests) {
		__atomic_store_n(&f->done, f->begun, __ATOMIC_RELEASE);
		if (f->sub == 'X')
			frame_flag(f, DUMP_FRAME_CLOSE);
	} else if (f->sub == 'W') {
		feed_switched(feed); /* CopyBoth: replication */
	} else if (f->sub == 'Z') {
		if (f->flags & STARTED)
			frame_count_own(&f->done);
		frame_flag(f, STARTED);
	}
}

static void feed_length(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	if (f->remaining == 4 && feed->left >= 4) { /* as nearly always */
		f->scratch = feed_word(feed->at);
		f->remaining = 0;
		feed_take(feed, 4);
	}
	while (feed->left && f->remaining) {
		f->scratch = f->scratch << 8 | feed_byte(feed);
		f->remaining--;
	}
	if (f->remaining)
		return;
	if (f->scratch < 4 || f->scratch > 0x7fffffff) {
		feed_lost(feed);
		return;
	}
	f->remaining = f->scratch - 4;
	f->state = CONTENT;
	if (feed->requests)
		asks(feed);
	else if (f->sub == 'E')
		error_begins(feed);
	if (!f->remaining)
		message_over(feed);
}

static void feed_content(struct feed *feed)
{
	if (feed->frame->sub == 'E' && !feed->requests)
		look_for_severity(feed);
	feed->frame->body += feed_remaining(feed);
	if (!feed->frame->remaining)
		message_over(feed);
}

/* The rows of a result and the data of a COPY, as many as are all there: the same as one by one, at
 * once, for nothing but their size matters. Not when one begins an answer. */
static void take_data(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	const uint8_t *at = feed->at, *end = at + feed->left;

	if (!feed->requests && (f->flags & STARTED) && f->begun == f->done)
		return;
	while (end - at >= 5 && (*at == 'D' || *at == 'd')) {
		uint32_t size = feed_word(at + 1);

		if (size < 4 || size > 0x7fffffff || end - at - 1 < (ptrdiff_t)size)
			break;
		f->sub = *at;
		f->scratch = size;
		f->body += size - 4;
		at += 1 + size;
	}
	feed_take(feed, (uint64_t)(at - feed->at));
}

/* Until the start-up begins: an answer to SSLRequest or GSSENCRequest is a byte without a length.
 * Start-up itself is answered by R, E or v, never by one of these. */
static void feed_first_answer(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	switch (*feed->at) {
	case 'S': case 'G':
		feed_take(feed, 1);
		feed_tunnel(feed); /* encrypted from here on */
		break;
	case 'N': /* the client goes on without, or asks for the other one: no part of the answer to its start-up */
		feed_take(feed, 1);
		f->state = feed->left ? SSL_ANSWER : STATE_SNIFFING;
		break;
	default:
		f->state = TYPE;
	}
}

static void feed_seen(struct feed *feed)
{
	switch (feed->frame->state) {
	case STARTUP: feed_startup(feed); break;
	case SSL_ANSWER: feed_first_answer(feed); break;
	case TYPE:
		take_data(feed);
		if (feed->left)
			message_begins(feed, feed_byte(feed));
		if (!feed->left)
			break;
		__attribute__((fallthrough));
	case LENGTH: feed_length(feed); break;
	default: feed_lost(feed);
	}
}

static void feed_postgresql(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	if (f->state == STATE_SNIFFING)
		f->state = feed->requests ? STARTUP : SSL_ANSWER;
	do {
		if (f->state == CONTENT)
			feed_content(feed);
		else if (feed->at)
			feed_seen(feed);
		else
			feed_lost(feed);
	} while (feed->left && f->state && f->state < STATE_SWITCHED);
}

const struct protocol protocol_postgresql = {.request = sniff_startup, .feed = feed_postgresql};
