/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1.0 and 1.1 (RFC 9112): where requests and responses begin and end.
 *
 * Lines that do not matter are left by memchr, bodies by counting. What is kept between two feeds
 * is a state, a position in the word that is being matched and which words it may still become.
 * What is not valid is not interpreted: the framing is lost.
 */
#include "core/framing/http1_parts.h"

/* ---- after the head ------------------------------------------------------------------------------------ */

static void complete(struct feed *feed)
{
	frame_count_own(&feed->frame->done);
	feed->frame->sub = 0;
	feed->frame->scratch = 0;
	feed->frame->state = START;
}

static void chunks_begin(struct dump_frame *f)
{
	head_forget_length(f);
	f->sub = 0;
	f->state = CHUNK_SIZE;
}

/* RFC 9112 section 6.3, in its order. */
static void response_body(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	uint16_t flags = f->flags;
	unsigned kind = request_asked_for(feed, f->begun - 1);

	if (kind == DUMP_REQUEST_HEAD || (flags & HEAD_CLASS) == HEAD_EMPTY) {
		frame_flags(f, 0, DUMP_FRAME_LENGTH | DUMP_FRAME_CHUNKED);
		f->remaining = 0;
		complete(feed);
	} else if (kind == DUMP_REQUEST_CONNECT && (flags & HEAD_CLASS) == HEAD_SUCCESS) {
		feed_tunnel(feed);
	} else if (flags & DUMP_FRAME_CHUNKED) {
		chunks_begin(f);
	} else if ((flags & DUMP_FRAME_LENGTH) && !(flags & HEAD_CODED)) {
		f->state = BODY;
		if (!f->remaining)
			complete(feed);
	} else {
		head_forget_length(f);
		frame_flag(f, DUMP_FRAME_UNTIL_CLOSE | DUMP_FRAME_CLOSE);
		f->state = UNTIL_CLOSE;
	}
}

static void request_body(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	if (f->flags & DUMP_FRAME_CHUNKED) {
		chunks_begin(f);
	} else if (f->flags & HEAD_CODED) {
		feed_lost(feed); /* the server has to refuse it */
	} else {
		f->state = BODY;
		if (!f->remaining)
			complete(feed);
	}
}

static void after_head(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	unsigned class = f->flags & HEAD_CLASS;

	f->sub = 0;
	f->scratch = 0;
	if (class == HEAD_SWITCHING && (f->flags & HEAD_H2C)) {
		http2_upgraded(feed);
	} else if (class == HEAD_SWITCHING) {
		feed_switched(feed);
	} else if (class == HEAD_INTERIM) {
		f->state = START;
	} else if ((f->flags & DUMP_FRAME_OLD) && (f->flags & HEAD_CODED)) {
		feed_lost(feed); /* section 6.1: faulty, whatever else it says */
	} else {
		if ((f->flags & DUMP_FRAME_OLD) && !(f->flags & HEAD_KEEP))
			frame_flag(f, DUMP_FRAME_CLOSE);
		if (feed->requests)
			request_body(feed);
		else
			response_body(feed);
	}
}

/* ---- bodies -------------------------------------------------------------------------------------------- */

static void feed_body(struct feed *feed)
{
	feed->frame->body += feed_remaining(feed);
	if (!feed->frame->remaining)
		complete(feed);
}

static int hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Section 7.1: chunk-size [ chunk-ext ] CRLF. */
static void feed_chunk_size(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	while (feed->left) {
		uint8_t c = feed_byte(feed);
		int digit = hex(c);

		if (digit >= 0 && f->sub < 15) {
			f->remaining = f->remaining << 4 | (unsigned)digit;
			f->sub++;
			continue;
		}
		if (!f->sub || (c != '\r' && c != ';' && c != ' ')) {
			feed_lost(feed);
			return;
		}
		f->sub = c == '\r' ? EXT_LF : c == ';' ? EXT_NEXT : EXT_OVER;
		f->state = CHUNK_EXTENSION;
		return;
	}
}

static void feed_chunk_extension(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	unsigned state = take_extension(feed, f->sub);

	if (state == EXT_BAD) {
		feed_lost(feed);
		return;
	}
	f->sub = (uint8_t)state;
	if (state == EXT_TAKEN) {
		f->sub = 0;
		f->state = CHUNK_DATA;
		if (!f->remaining)
			head_begin(f, TRAILER);
	}
}

static void feed_chunk_data(struct feed *feed)
{
	feed->frame->body += feed_remaining(feed);
	if (!feed->frame->remaining)
		feed->frame->state = CHUNK_END;
}

static void feed_chunk_end(struct feed *feed)
{
	bool lf = feed->frame->state == CHUNK_END_LF;

	if (feed_byte(feed) != (lf ? '\n' : '\r'))
		feed_lost(feed);
	else
		feed->frame->state = lf ? CHUNK_SIZE : CHUNK_END_LF;
}

/* ---- the protocol -------------------------------------------------------------------------------------- */

/* Bytes that nobody could look at: only where they are only counted. */
static void feed_unseen(struct feed *feed)
{
	if (feed->frame->state == BODY)
		feed_body(feed);
	else if (feed->frame->state == CHUNK_DATA)
		feed_chunk_data(feed);
	else
		feed_lost(feed);
}

static void feed_until_close(struct feed *feed)
{
	feed->frame->body += feed->left;
	feed_take(feed, feed->left);
}

static bool peer_switched(const struct feed *feed)
{
	return __atomic_load_n(&feed->peer->flags, __ATOMIC_ACQUIRE) & DUMP_FRAME_SWITCHED;
}

static void feed_seen(struct feed *feed)
{
	bool over;

	switch (feed->frame->state) {
	case START:
		if (!known_begin(feed, &over))
			start_feed(feed);
		else if (over)
			after_head(feed);
		break;
	case HEAD:
		if (head_feed(feed))
			after_head(feed);
		break;
	case BODY: feed_body(feed); break;
	case CHUNK_SIZE: feed_chunk_size(feed); break;
	case CHUNK_EXTENSION: feed_chunk_extension(feed); break;
	case CHUNK_DATA: feed_chunk_data(feed); break;
	case CHUNK_END: case CHUNK_END_LF: feed_chunk_end(feed); break;
	case TRAILER:
		if (head_feed(feed))
			complete(feed);
		break;
	default: start_feed(feed);
	}
}

static void feed_http1(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	if (f->state == STATE_SNIFFING)
		f->state = START;
	do {
		if (f->state == UNTIL_CLOSE)
			feed_until_close(feed);
		else if (f->state == START && peer_switched(feed))
			feed_switched(feed);
		else if (!feed->at)
			feed_unseen(feed);
		else
			feed_seen(feed);
	} while (feed->left && f->state && f->state < STATE_SWITCHED &&
		 __atomic_load_n(feed->framing->protocol, __ATOMIC_RELAXED) == DUMP_PROTOCOL_HTTP1);
}

static void eof_http1(struct feed *feed)
{
	if (feed->frame->state == UNTIL_CLOSE)
		complete(feed);
}

const struct protocol protocol_http1 = {.request = start_sniff_request, .response = start_sniff_response,
					.feed = feed_http1, .eof = eof_http1};
