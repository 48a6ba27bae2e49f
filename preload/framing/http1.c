/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1.0 and 1.1 (RFC 9112): where requests and responses begin and end.
 *
 * Lines that do not matter are left by memchr, bodies by counting. What is kept between two feeds
 * is a state, a position in the word that is being matched and which words it may still become.
 * What is not valid is not interpreted: the framing is lost.
 */
#include <string.h>

#include "http1_head.h"

enum state {
	START = STATE_FIRST, /* before a message; empty lines are allowed (section 2.2) */
	STATUS,              /* "HTTP/1.1 200", by position */
	TARGET,              /* the rest of a request line; scratch: its last four bytes */
	REASON,              /* the rest of a status line */
	HEAD,                /* the fields, see http1_head.c */
	BODY,                /* `remaining` bytes of it */
	UNTIL_CLOSE,
	CHUNK_SIZE,
	CHUNK_EXTENSION,
	CHUNK_DATA,
	CHUNK_END,  /* the line end after the data */
	TRAILER,    /* at the beginning of a line of the trailer section */
	TRAILER_LINE,
};

/* ---- sniffing ------------------------------------------------------------------------------------- */

/* Methods of the IANA registry that clients use; a token alone would also match other protocols. */
static const char *const methods[] = {
	"GET ",	    "HEAD ",  "POST ",	"PUT ",	  "DELETE ", "CONNECT ", "OPTIONS ", "TRACE ",
	"PATCH ",   "COPY ",  "LOCK ",	"MKCOL ", "MOVE ",   "PROPFIND ", "PROPPATCH ", "SEARCH ",
	"UNLOCK ",  "REPORT ", "MKACTIVITY ", "CHECKOUT ", "MERGE ", "PURGE ", "SUBSCRIBE ", "NOTIFY ",
	"UNSUBSCRIBE ", "LINK ", "UNLINK ", "QUERY ", "MKCALENDAR ",
};

static enum sniffed begins(const uint8_t *bytes, size_t size, const char *word)
{
	size_t length = strlen(word), n = size < length ? size : length;

	if (memcmp(bytes, word, n) != 0)
		return SNIFF_NO;
	return n == length ? SNIFF_YES : SNIFF_MORE;
}

static enum sniffed sniff_request(const uint8_t *bytes, size_t size)
{
	enum sniffed best = SNIFF_NO;

	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		enum sniffed said = begins(bytes, size, methods[i]);

		best = said > best ? said : best;
	}
	return best;
}

static enum sniffed sniff_response(const uint8_t *bytes, size_t size)
{
	return begins(bytes, size, "HTTP/1.");
}

/* ---- the first line -------------------------------------------------------------------------------- */

/* Counts a message as begun, with nothing known of it yet. */
static void begin(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	f->remaining = f->body = 0;
	f->sub = 0;
	f->scratch = 0;
	__atomic_store_n(&f->flags, 0, __ATOMIC_RELEASE);
}

static void feed_start(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	uint8_t c = *feed->at;

	if (c == '\r' || c == '\n') {
		feed_take(feed, 1);
		return;
	}
	begin(feed);
	if (!feed->requests) {
		f->state = STATUS;
		return;
	}
	f->scratch = 3; /* may be HEAD, may be CONNECT */
	__atomic_store_n(&f->state, STATE_NAMING, __ATOMIC_SEQ_CST);
	frame_count(&f->begun);
}

static bool is_token(uint8_t c) /* RFC 9110 section 5.6.2 */
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

static void named(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	unsigned kind = f->sub == 4 && (f->scratch & 1) ? DUMP_REQUEST_HEAD :
			f->sub == 7 && (f->scratch & 2) ? DUMP_REQUEST_CONNECT : DUMP_REQUEST_PLAIN;

	if (!request_noted(feed, f->begun - 1, kind)) {
		feed_lost(feed);
		return;
	}
	f->scratch = 0;
	__atomic_store_n(&f->state, TARGET, __ATOMIC_SEQ_CST);
}

/* The methods that nearly all requests have, at a glance. */
static bool usual_method(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	if (f->sub || feed->left < 5)
		return false;
	if (memcmp(feed->at, "GET ", 4) == 0)
		f->sub = 3;
	else if (memcmp(feed->at, "POST ", 5) == 0)
		f->sub = 4;
	else
		return false;
	f->scratch = 0;
	feed_take(feed, f->sub + 1u);
	named(feed);
	return true;
}

static void feed_method(struct feed *feed)
{
	static const char words[2][8] = {"HEAD", "CONNECT"};
	struct dump_frame *f = feed->frame;

	if (usual_method(feed))
		return;
	while (feed->left) {
		uint8_t c = feed_byte(feed);

		if (c == ' ' && f->sub) {
			named(feed);
			return;
		}
		if (!is_token(c) || f->sub >= 32) {
			feed_lost(feed);
			return;
		}
		for (unsigned w = 0; w < 2; w++)
			if (f->sub >= 7 || words[w][f->sub] != (char)c)
				f->scratch &= ~(1u << w);
		f->sub++;
	}
}

/* A piece of a line up to its end, or to the end of the bytes. True when the end is in it. */
static bool take_line(struct feed *feed, const uint8_t **piece, size_t *size)
{
	const uint8_t *end = memchr(feed->at, '\n', feed->left);

	*piece = feed->at;
	*size = end ? (size_t)(end - feed->at) : feed->left;
	feed_take(feed, *size + (end ? 1 : 0));
	return end != NULL;
}

#define FOUR(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

/* The version is the last word of the line: its last four bytes tell. */
static void feed_target(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	const uint8_t *piece;
	size_t size;
	bool ended = take_line(feed, &piece, &size);

	for (size_t i = size > 6 ? size - 6 : 0; i < size; i++)
		if (piece[i] != '\r')
			f->scratch = f->scratch << 8 | piece[i];
	if (!ended)
		return;
	if (f->scratch == FOUR('/', '1', '.', '0'))
		frame_flag(f, DUMP_FRAME_OLD);
	else if (f->scratch != FOUR('/', '1', '.', '1')) {
		feed_lost(feed);
		return;
	}
	head_begin(f, HEAD);
}

/* ---- the status line ---------------------------------------------------------------------------------- */

static uint16_t class_of(unsigned status)
{
	if (status == 101)
		return HEAD_SWITCHING;
	if (status < 200)
		return HEAD_INTERIM;
	if (status == 204 || status == 304)
		return HEAD_EMPTY;
	return status < 300 ? HEAD_SUCCESS : 0;
}

static void status_known(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	if (f->scratch < 100 || f->scratch > 599) {
		feed_lost(feed);
		return;
	}
	frame_flag(f, class_of(f->scratch));
	if (f->scratch >= 200)
		frame_count(&f->begun);
	f->state = REASON;
}

/* "HTTP/1.1 200": each byte has its place. */
static bool status_byte(struct dump_frame *f, uint8_t c)
{
	static const char pattern[] = "HTTP/1.";

	if (f->sub < 7)
		return c == (uint8_t)pattern[f->sub];
	if (f->sub == 7) {
		if (c == '0')
			frame_flag(f, DUMP_FRAME_OLD);
		return c == '0' || c == '1';
	}
	if (f->sub == 8)
		return c == ' ';
	f->scratch = f->scratch * 10 + (uint32_t)(c - '0');
	return c >= '0' && c <= '9';
}

/* "HTTP/1.1 200", all of it there: what comes after is looked at byte by byte. */
static void usual_status(struct feed *feed)
{
	static const char usual[] = "HTTP/1.1 ";
	struct dump_frame *f = feed->frame;
	const uint8_t *at = feed->at + 9;

	if (f->sub || feed->left < 12 || memcmp(feed->at, usual, 9) != 0)
		return;
	for (unsigned i = 0; i < 3; i++)
		if (at[i] < '0' || at[i] > '9')
			return;
	f->scratch = (at[0] - '0') * 100u + (at[1] - '0') * 10u + (at[2] - '0');
	f->sub = 12;
	feed_take(feed, 12);
}

static void feed_status(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	usual_status(feed);
	while (feed->left) {
		if (f->sub == 12) {
			uint8_t c = *feed->at;

			if (c != ' ' && c != '\r' && c != '\n')
				feed_lost(feed);
			else
				status_known(feed);
			return;
		}
		if (!status_byte(f, feed_byte(feed))) {
			feed_lost(feed);
			return;
		}
		f->sub++;
	}
}

static void feed_reason(struct feed *feed)
{
	const uint8_t *piece;
	size_t size;

	if (take_line(feed, &piece, &size))
		head_begin(feed->frame, HEAD);
}

/* ---- after the head -------------------------------------------------------------------------------------- */

static void complete(struct feed *feed)
{
	frame_count(&feed->frame->done);
	feed->frame->state = START;
}

static void switched(struct feed *feed)
{
	frame_count(&feed->frame->done);
	feed_switched(feed);
}

/* RFC 9112 section 6.3, in its order. */
static void response_body(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	uint16_t flags = f->flags;
	unsigned kind = request_asked_for(feed, f->begun - 1);

	if (((flags & DUMP_FRAME_OLD) && !(flags & HEAD_KEEP)))
		frame_flag(f, DUMP_FRAME_CLOSE);
	if (kind == DUMP_REQUEST_HEAD || (flags & HEAD_CLASS) == HEAD_EMPTY) {
		__atomic_store_n(&f->flags, (uint16_t)(f->flags & ~(DUMP_FRAME_LENGTH | DUMP_FRAME_CHUNKED)),
				 __ATOMIC_RELEASE);
		f->remaining = 0;
		complete(feed);
	} else if (kind == DUMP_REQUEST_CONNECT && (flags & HEAD_CLASS) == HEAD_SUCCESS) {
		switched(feed);
	} else if (flags & DUMP_FRAME_CHUNKED) {
		head_forget_length(f);
		f->state = CHUNK_SIZE;
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
		head_forget_length(f);
		f->state = CHUNK_SIZE;
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

	f->sub = 0;
	f->scratch = 0;
	if (feed->requests)
		request_body(feed);
	else if ((f->flags & HEAD_CLASS) == HEAD_SWITCHING && (f->flags & HEAD_H2C))
		http2_upgraded(feed);
	else if ((f->flags & HEAD_CLASS) == HEAD_SWITCHING)
		feed_switched(feed);
	else if ((f->flags & HEAD_CLASS) == HEAD_INTERIM)
		f->state = START;
	else
		response_body(feed);
}

/* ---- bodies ---------------------------------------------------------------------------------------------- */

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

static void size_known(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	f->sub = 0;
	f->state = f->remaining ? CHUNK_DATA : TRAILER;
}

/* chunk-size [ chunk-ext ] CRLF; sub: digits seen. */
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
		if (!f->sub || digit >= 0 || (c != '\r' && c != '\n' && c != ';' && c != ' ' && c != '\t'))
			feed_lost(feed);
		else if (c == '\n')
			size_known(feed);
		else
			f->state = CHUNK_EXTENSION;
		return;
	}
}

static void feed_chunk_extension(struct feed *feed)
{
	const uint8_t *piece;
	size_t size;

	if (take_line(feed, &piece, &size))
		size_known(feed);
}

static void feed_chunk_data(struct feed *feed)
{
	feed->frame->body += feed_remaining(feed);
	if (!feed->frame->remaining)
		feed->frame->state = CHUNK_END;
}

static void feed_chunk_end(struct feed *feed)
{
	uint8_t c = feed_byte(feed);

	if (c == '\n')
		feed->frame->state = CHUNK_SIZE;
	else if (c != '\r')
		feed_lost(feed);
}

/* An empty line ends the trailer section, and with it the message. */
static void feed_trailer(struct feed *feed)
{
	uint8_t c = feed_byte(feed);

	if (c == '\n')
		complete(feed);
	else if (c != '\r')
		feed->frame->state = TRAILER_LINE;
}

static void feed_trailer_line(struct feed *feed)
{
	const uint8_t *piece;
	size_t size;

	if (take_line(feed, &piece, &size))
		feed->frame->state = TRAILER;
}

/* ---- the protocol ------------------------------------------------------------------------------------------ */

/* Bytes that nobody could look at: only where they are only counted. */
static void feed_unseen(struct feed *feed)
{
	if (feed->frame->state == BODY)
		feed_body(feed);
	else if (feed->frame->state == CHUNK_DATA)
		feed_chunk_data(feed);
	else if (feed->frame->state != UNTIL_CLOSE)
		feed_lost(feed);
}

static void feed_seen(struct feed *feed)
{
	switch (feed->frame->state) {
	case START: feed_start(feed); break;
	case STATE_NAMING: feed_method(feed); break;
	case TARGET: feed_target(feed); break;
	case STATUS: feed_status(feed); break;
	case REASON: feed_reason(feed); break;
	case HEAD:
		if (head_feed(feed))
			after_head(feed);
		break;
	case BODY: feed_body(feed); break;
	case CHUNK_SIZE: feed_chunk_size(feed); break;
	case CHUNK_EXTENSION: feed_chunk_extension(feed); break;
	case CHUNK_DATA: feed_chunk_data(feed); break;
	case CHUNK_END: feed_chunk_end(feed); break;
	case TRAILER: feed_trailer(feed); break;
	case TRAILER_LINE: feed_trailer_line(feed); break;
	default: feed_lost(feed);
	}
}

static void feed_http1(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	if (f->state == STATE_SNIFFING)
		f->state = START;
	do {
		if (f->state == UNTIL_CLOSE) {
			f->body += feed->left;
			feed_take(feed, feed->left);
		} else if (!feed->at) {
			feed_unseen(feed);
		} else {
			feed_seen(feed);
		}
	} while (feed->left && f->state < STATE_SWITCHED &&
		 *feed->framing->protocol == DUMP_PROTOCOL_HTTP1);
}

static void eof_http1(struct feed *feed)
{
	if (feed->frame->state == UNTIL_CLOSE)
		complete(feed);
}

const struct protocol protocol_http1 = {
	.request = sniff_request, .response = sniff_response, .feed = feed_http1, .eof = eof_http1};
