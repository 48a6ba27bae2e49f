/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS from outside. What is inside is followed where the TLS library's own calls hand it over; here the
 * records are counted off by their headers (RFC 8446 section 5.1): is the handshake through, did it fail, was
 * anything asked after it? The server's name is read out of the ClientHello (tls_hello.c).
 *
 * `sub` counts the bytes of a header, `scratch` has its type and, below, its length, `remaining` what is left
 * of the record, `body` where in a ClientHello it is. `begun` counts what was asked by records of application
 * data, in the direction of the requests, and such records in the other; `done` is how many answers there had
 * been when something was asked last.
 */
#include "core/framing/protocol.h"

#define HANDSHAKE 22

static enum sniffed sniff_record(const uint8_t *bytes, size_t size)
{
	if (bytes[0] != HANDSHAKE || (size > 1 && bytes[1] != 3) || (size > 2 && bytes[2] > 4))
		return SNIFF_NO;
	if (size > 5 && bytes[5] != 1 && bytes[5] != 2) /* ClientHello, ServerHello */
		return SNIFF_NO;
	return size > 5 ? SNIFF_YES : SNIFF_MORE;
}

/* ---- records ------------------------------------------------------------------------------------------- */

enum { HEADER = STATE_FIRST, RECORD, ALERT_LEVEL };
enum { CHANGE_CIPHER_SPEC = 20, ALERT = 21, APPLICATION_DATA = 23, HEADER_SIZE = 5, FATAL = 2 };

/* An alert or a change of keys, encrypted: a content type, a tag and a few bytes (RFC 8446 section 5.2). */
#define SMALL 24u

/* The client's Finished of TLS 1.3 goes by as application data: 4 bytes, a hash (32 or 48), a type, a tag. */
static bool is_finished(uint32_t size)
{
	return size == 4 + 32 + 1 + 16 || size == 4 + 48 + 1 + 16;
}

static void application_data(struct feed *feed, uint32_t size)
{
	struct dump_frame *f = feed->frame;
	uint32_t answers;
	bool first = !(f->flags & DUMP_TLS_DATA);

	frame_flag(f, DUMP_TLS_DATA | (first && feed->requests && size <= SMALL ? DUMP_TLS_FAILED : 0));
	if (size <= SMALL)
		return;
	if (!feed->requests) {
		frame_count_own(&f->begun);
		return;
	}
	if (first && is_finished(size))
		return;
	answers = __atomic_load_n(&feed->peer->begun, __ATOMIC_RELAXED);
	if (f->begun && answers == f->done)
		return;
	f->done = answers;
	frame_count_own(&f->begun);
	feed_asks(feed);
}

static void record_begins(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	uint8_t type = (uint8_t)(f->scratch >> 16);
	uint32_t size = f->scratch & 0xffff;

	f->sub = 0;
	f->remaining = size;
	f->state = size ? RECORD : HEADER;
	if (type == ALERT && size == 2)
		f->state = ALERT_LEVEL; /* not encrypted: in the midst of a handshake */
	else if (type == ALERT)
		frame_flag(f, DUMP_FRAME_CLOSE); /* nearly always close_notify */
	else if (type == CHANGE_CIPHER_SPEC)
		frame_flag(f, DUMP_TLS_KEYS);
	else if (type == APPLICATION_DATA)
		application_data(feed, size);
	else if (type != HANDSHAKE)
		feed_lost(feed);
	else if (!f->begun && !(f->flags & DUMP_TLS_HELLO)) {
		f->body = feed->requests && feed->framing->host ? TLS_HELLO_BEGIN : 0;
		frame_flag(f, DUMP_TLS_HELLO);
	}
}

static void feed_record_header(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	while (feed->left && f->sub < HEADER_SIZE) {
		uint8_t c = feed_byte(feed);

		if (f->sub == 0)
			f->scratch = c;
		else if (f->sub >= 3)
			f->scratch = f->scratch << 8 | c;
		f->sub++;
	}
	if (f->sub == HEADER_SIZE)
		record_begins(feed);
}

static void feed_record(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	const uint8_t *at = feed->at;
	uint64_t size = feed_remaining(feed);

	if (f->body)
		f->body = at && f->scratch >> 16 == HANDSHAKE ? tls_hello(feed->framing, f->body, at, size) : 0;
}

static void feed_tls(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	if (f->state == STATE_SNIFFING)
		f->state = HEADER;
	do {
		if (f->state == RECORD) {
			feed_record(feed);
		} else if (!feed->at) {
			feed_lost(feed);
		} else if (f->state == ALERT_LEVEL) {
			f->remaining--;
			frame_flag(f, feed_byte(feed) == FATAL ? DUMP_TLS_FAILED : DUMP_FRAME_CLOSE);
			f->state = RECORD;
		} else {
			feed_record_header(feed);
		}
		if (f->state == RECORD && !f->remaining)
			f->state = HEADER;
	} while (feed->left && f->state < STATE_SWITCHED);
}

const struct protocol protocol_tls = {
	.request = sniff_record, .response = sniff_record, .feed = feed_tls};
