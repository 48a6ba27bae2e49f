/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PostgreSQL, protocol 3.0 (its manual, chapter "Frontend/Backend Protocol"): messages of a type
 * byte and a length. What answers a Query, a Sync or a FunctionCall to its end is ReadyForQuery.
 * The first ReadyForQuery ends the start-up, which is no request.
 */
#include "protocol.h"

enum state {
	STARTUP = STATE_FIRST, /* length and code, without a type byte; `sub` counts bytes */
	TYPE,
	LENGTH,
	CONTENT,
	SSL_ANSWER, /* one byte: S or N */
};

#define VERSION_3 196608u
#define SSL_REQUEST 80877103u
#define GSS_REQUEST 80877104u
#define CANCEL_REQUEST 80877102u

enum {
	STARTED = 1 << 8, /* the start-up is over: ReadyForQuery answers requests now */
};

static uint32_t word(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static enum sniffed sniff_startup(const uint8_t *bytes, size_t size)
{
	uint32_t code;

	if (bytes[0] != 0 || (size > 1 && bytes[1] != 0))
		return SNIFF_NO;
	if (size < 8)
		return SNIFF_MORE;
	code = word(bytes + 4);
	return code == SSL_REQUEST || code == GSS_REQUEST || code == VERSION_3 ? SNIFF_YES : SNIFF_NO;
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
	if (f->remaining != VERSION_3 || f->scratch < 8 || f->scratch > 65536) {
		feed_lost(feed);
		return;
	}
	f->remaining = f->scratch - 8;
	f->scratch = 0;
	f->state = f->remaining ? CONTENT : TYPE;
	f->sub = 0;
}

static void message_begins(struct feed *feed, uint8_t type)
{
	struct dump_frame *f = feed->frame;

	f->sub = type;
	f->scratch = 0;
	f->remaining = 4; /* bytes of the length still to come */
	f->state = LENGTH;
	if (feed->requests && (type == 'Q' || type == 'S' || type == 'F'))
		frame_count(&f->begun);
	if (!feed->requests && (f->flags & STARTED) && type != 'N' && type != 'S' && type != 'A' &&
	    f->begun == f->done)
		frame_count(&f->begun); /* the first message of an answer; notices come unasked */
}

static void message_over(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	f->state = TYPE;
	if (feed->requests) {
		if (f->sub == 'Q' || f->sub == 'S' || f->sub == 'F')
			frame_count(&f->done);
		else if (f->sub == 'X')
			frame_flag(f, DUMP_FRAME_CLOSE);
		return;
	}
	if (f->sub != 'Z')
		return;
	if (f->flags & STARTED)
		frame_count(&f->done);
	frame_flag(f, STARTED);
}

static void feed_length(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

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
	if (!f->remaining)
		message_over(feed);
}

static void feed_content(struct feed *feed)
{
	feed->frame->body += feed_remaining(feed);
	if (!feed->frame->remaining)
		message_over(feed);
}

/* The first byte of the backend: an answer to SSLRequest has no length. */
static void feed_first_answer(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	if (*feed->at == 'S') {
		feed_take(feed, 1);
		feed_switched(feed); /* TLS from here on */
	} else if (*feed->at == 'N') {
		feed_take(feed, 1);
		f->state = TYPE;
	} else {
		f->state = TYPE;
	}
}

static void feed_postgresql(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	if (f->state == STATE_SNIFFING)
		f->state = feed->requests ? STARTUP : SSL_ANSWER;
	if (f->state == CONTENT) {
		feed_content(feed);
		return;
	}
	if (!feed->at) {
		feed_lost(feed);
		return;
	}
	switch (f->state) {
	case STARTUP: feed_startup(feed); break;
	case SSL_ANSWER: feed_first_answer(feed); break;
	case TYPE: message_begins(feed, feed_byte(feed)); break;
	case LENGTH: feed_length(feed); break;
	default: feed_lost(feed);
	}
}

const struct protocol protocol_postgresql = {.request = sniff_startup, .feed = feed_postgresql};
