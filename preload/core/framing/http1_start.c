/* SPDX-License-Identifier: Apache-2.0 */
/* The first line of a message (RFC 9112 sections 3 and 4), and how it is recognised. */
#include <string.h>

#include "core/framing/http1_parts.h"
#include "core/framing/http1_text.h"

/* ---- sniffing ------------------------------------------------------------------------------------- */

/* Methods of the IANA registry that clients use; a token alone would also match other protocols. */
static const char methods[][13] = {
	"GET ",	    "HEAD ",  "POST ",	"PUT ",	  "DELETE ", "CONNECT ", "OPTIONS ", "TRACE ",
	"PATCH ",   "COPY ",  "LOCK ",	"MKCOL ", "MOVE ",   "PROPFIND ", "PROPPATCH ", "SEARCH ",
	"UNLOCK ",  "REPORT ", "MKACTIVITY ", "CHECKOUT ", "MERGE ", "PURGE ", "SUBSCRIBE ", "NOTIFY ",
	"UNSUBSCRIBE ", "LINK ", "UNLINK ", "QUERY ", "MKCALENDAR ",
};

static enum sniffed begins(const uint8_t *bytes, size_t size, const char *word)
{
	size_t length = strlen(word), n = size < length ? size : length;

	if (__builtin_memcmp(bytes, word, n) != 0)
		return SNIFF_NO;
	return n == length ? SNIFF_YES : SNIFF_MORE;
}

enum sniffed start_sniff_request(const uint8_t *bytes, size_t size)
{
	enum sniffed best = SNIFF_NO, said;

	for (size_t i = 0; best != SNIFF_YES && i < sizeof methods / sizeof *methods; i++) {
		said = methods[i][0] == (char)*bytes ? begins(bytes, size, methods[i]) : SNIFF_NO;
		best = said > best ? said : best;
	}
	return best;
}

enum sniffed start_sniff_response(const uint8_t *bytes, size_t size)
{
	return begins(bytes, size, "HTTP/1.");
}

/* ---- a request -------------------------------------------------------------------------------------- */

/* Counts a message as begun, with nothing known of it yet. */
static void begin(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	uint8_t c = *feed->at;

	if (c == '\r' || c == '\n') {
		feed_take(feed, 1);
		return;
	}
	f->remaining = f->body = 0;
	f->sub = 0;
	f->scratch = 0;
	frame_flags(f, 0, 0xffff);
	if (!feed->requests) {
		f->state = STATUS;
		return;
	}
	f->scratch = 3; /* may be HEAD, may be CONNECT */
	__atomic_store_n(&f->state, STATE_NAMING, __ATOMIC_SEQ_CST);
	frame_count(&f->begun);
}

static void named(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	unsigned kind = f->sub == 4 && (f->scratch & 1) ? DUMP_REQUEST_HEAD :
			f->sub == 7 && (f->scratch & 2) ? DUMP_REQUEST_CONNECT : DUMP_REQUEST_PLAIN;

	f->scratch = 0;
	if (kind != DUMP_REQUEST_CONNECT)
		feed_asks(feed);
	if (!request_named(feed, kind, TARGET))
		feed_lost(feed);
}

static void feed_method(struct feed *feed)
{
	static const char words[2][8] = {"HEAD", "CONNECT"};
	struct dump_frame *f = feed->frame;

	while (feed->left) {
		uint8_t c = feed_byte(feed);

		if (c == ' ' && f->sub) {
			named(feed);
			return;
		}
		if (!http1_token[c] || f->sub >= METHOD_MAX) {
			feed_lost(feed);
			return;
		}
		for (unsigned w = 0; w < 2; w++)
			if (f->sub >= 7 || words[w][f->sub] != (char)c)
				f->scratch &= ~(1u << w);
		f->sub++;
	}
}

static void feed_target(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	size_t size = (size_t)(target_end(feed->at, feed->at + feed->left) - feed->at);

	f->scratch |= size > 0;
	feed_take(feed, size);
	if (!feed->left)
		return;
	if (feed_byte(feed) != ' ' || !f->scratch) {
		feed_lost(feed);
		return;
	}
	f->sub = 0;
	f->state = VERSION;
}

/* ---- the version --------------------------------------------------------------------------------------- */

/* "HTTP/1.0" or "HTTP/1.1": each byte has its place. */
static bool version_byte(struct dump_frame *f, uint8_t c)
{
	static const char pattern[] = "HTTP/1.";

	if (f->sub < 7)
		return c == (uint8_t)pattern[f->sub];
	if (c == '0')
		frame_flag(f, DUMP_FRAME_OLD);
	return c == '0' || c == '1';
}

static void feed_version(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	while (feed->left) {
		uint8_t c = feed_byte(feed);

		if (f->sub >= 8 && c == '\n') {
			head_begin(f, HEAD);
			return;
		}
		if (f->sub < 8 ? !version_byte(f, c) : f->sub > 8 || c != '\r') {
			feed_lost(feed);
			return;
		}
		f->sub++;
	}
}

/* ---- a response ---------------------------------------------------------------------------------------- */

static void status_known(struct dump_frame *f)
{
	frame_flags(f, 0, DUMP_FRAME_COMES);
	frame_flag(f, start_class(f->scratch));
	if (f->scratch >= 200)
		frame_count(&f->begun);
	f->scratch = 0;
	f->state = REASON;
}

static bool status_byte(struct dump_frame *f, uint8_t c)
{
	if (f->sub < 8)
		return version_byte(f, c);
	if (f->sub == 8)
		return c == ' ';
	f->scratch = f->scratch * 10 + (uint32_t)(c - '0');
	return c >= '0' && c <= '9';
}

/* It goes on in another read: an interim one says so by the first of three digits. */
static void status_comes(struct dump_frame *f)
{
	uint32_t digits[] = {1, 10, 100};

	if (f->sub > 9 && f->scratch / digits[f->sub - 10] == 1)
		frame_flags(f, 0, DUMP_FRAME_COMES);
	else
		frame_flag(f, DUMP_FRAME_COMES);
}

static void feed_status(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	while (feed->left) {
		if (f->sub == 12) {
			uint8_t c = *feed->at;

			if (f->scratch < 100 || (c != ' ' && c != '\r' && c != '\n'))
				feed_lost(feed);
			else
				status_known(f);
			return;
		}
		if (!status_byte(f, feed_byte(feed))) {
			feed_lost(feed);
			return;
		}
		f->sub++;
	}
	status_comes(f);
}

static void feed_reason(struct feed *feed)
{
	bool cr = feed->frame->scratch;
	enum taken taken = take_text(feed, &cr);

	feed->frame->scratch = cr;
	if (taken == TAKEN_BAD)
		feed_lost(feed);
	else if (taken != TAKEN_PART)
		head_begin(feed->frame, HEAD);
}

void start_feed(struct feed *feed)
{
	switch (feed->frame->state) {
	case START: begin(feed); break;
	case STATE_NAMING: feed_method(feed); break;
	case TARGET: feed_target(feed); break;
	case VERSION: feed_version(feed); break;
	case STATUS: feed_status(feed); break;
	default: feed_reason(feed);
	}
}
