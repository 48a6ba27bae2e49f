/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/2 (RFC 9113): the preface, and frames. What they amount to is http2_message.c's; by what it is known,
 * http2_sniff.c's.
 *
 * Of a payload only the first bytes matter, the rest goes by counted. What is kept between two
 * feeds: `scratch`, the stream of the frame; `remaining`, what is left of its payload in the lower
 * 24 bits and the padding behind that in the 8 above; `sub`, in its lower half a position in the
 * frame's header, in its upper half what is known of :status. Responses count as begun and done in
 * the frame of their direction, open streams are in struct dump_streams.
 */
#include "core/framing/http2_frame.h"
#include "core/framing/http2_message.h"

/* Beyond those of HTTP/1, from which a connection may come by an upgrade. */
enum state {
	PREFACE = 64,   /* of the client; `sub`: how many bytes of it */
	FIRST,          /* the header of the first frame, which is SETTINGS (section 3.4) */
	HEADER,
	PAD_LENGTH,
	PREFIX,         /* the last byte of what comes before the block: priority, or promised stream */
	PREFIX_FIRST = PREFIX + 4,
	BLOCK,          /* fields */
	DATA,
	PADDING,
	SKIP,
	GOAWAY,         /* bytes of its last stream, one state each */
	GOAWAY_LAST = GOAWAY + 3,
};

#define LEFT(f) ((f)->remaining & 0xffffff)

/* ---- payloads ------------------------------------------------------------------------------------------ */

static void frame_over(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	f->state = HEADER;
	f->remaining = 0;
	if ((f->flags & (IN_BLOCK | BLOCK_ENDS)) == (IN_BLOCK | BLOCK_ENDS))
		message_fields(feed);
	else if ((f->flags & (IN_BLOCK | ENDS)) == ENDS)
		message_ends(feed);
}

static void content_over(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	f->remaining >>= 24;
	f->state = PADDING;
	if (!f->remaining)
		frame_over(feed);
}

static void content_begins(struct feed *feed)
{
	feed->frame->state = feed->frame->flags & IN_BLOCK ? BLOCK : DATA;
	if (!LEFT(feed->frame))
		content_over(feed);
}

/* Before the fields: 5 bytes of priority, or 4 of the promised stream's id. */
static void prefix_begins(struct feed *feed, unsigned size)
{
	if (LEFT(feed->frame) < size)
		feed_lost(feed);
	else if (size)
		feed->frame->state = (uint8_t)(PREFIX + size - 1);
	else
		content_begins(feed);
}

static unsigned prefix_size(const struct dump_frame *f)
{
	return f->flags & PROMISE ? 4 : f->flags & PRIORITY ? 5 : 0;
}

static void feed_pad_length(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	uint8_t padding = feed_byte(feed);
	uint64_t left = LEFT(f) - 1;

	if (padding > left) {
		feed_lost(feed);
		return;
	}
	f->remaining = (left - padding) | (uint64_t)padding << 24;
	prefix_begins(feed, prefix_size(f));
}

static void feed_prefix(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	feed_byte(feed);
	f->remaining--;
	if (f->state == PREFIX)
		content_begins(feed);
	else
		f->state--;
}

/* Takes what is there of the payload without its padding. */
static uint64_t take(struct feed *feed)
{
	uint64_t left = LEFT(feed->frame), taken = feed->left < left ? feed->left : left;

	feed->frame->remaining -= taken;
	feed_take(feed, taken);
	return taken;
}

static void feed_block(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	while (STATUS(f) < STATUS_KNOWN && feed->at && feed->left && LEFT(f)) {
		f->remaining--;
		set_status(f, status_next(STATUS(f), feed_byte(feed)));
	}
	if (STATUS(f) < STATUS_KNOWN && feed->left && LEFT(f)) {
		feed_lost(feed); /* it went by unseen */
		return;
	}
	take(feed);
	if (!LEFT(f))
		content_over(feed);
}

static void feed_data(struct feed *feed)
{
	uint64_t taken = take(feed);

	if (feed->frame->flags & LATEST)
		feed->frame->body += taken;
	if (!LEFT(feed->frame))
		content_over(feed);
}

static void feed_skip(struct feed *feed)
{
	take(feed);
	if (!LEFT(feed->frame))
		frame_over(feed);
}

static void feed_goaway(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	f->scratch = f->scratch << 8 | feed_byte(feed);
	f->remaining--;
	if (f->state++ == GOAWAY_LAST) {
		f->state = SKIP;
		message_goaway(feed, f->scratch & 0x7fffffff);
	}
}

/* ---- the header of a frame ----------------------------------------------------------------------------- */

/* Sections 6.1 to 6.10: which are of stream 0, and how long they are: exactly, or at least. */
static bool valid(const struct feed *feed, const struct header *h)
{
	static const struct {
		bool of_stream;
		uint8_t exactly, least;
	} rules[TYPES] = {
		[TYPE_DATA] = {true, 0, 0},        [TYPE_HEADERS] = {true, 0, 0},
		[TYPE_PRIORITY] = {true, 5, 0},    [TYPE_RST_STREAM] = {true, 4, 0},
		[TYPE_SETTINGS] = {false, 0, 0},   [TYPE_PUSH_PROMISE] = {true, 0, 4},
		[TYPE_PING] = {false, 8, 0},       [TYPE_GOAWAY] = {false, 0, 8},
		[TYPE_WINDOW_UPDATE] = {true, 4, 0}, [TYPE_CONTINUATION] = {true, 0, 0},
	};

	if (((feed->frame->flags & IN_BLOCK) != 0) != (h->type == TYPE_CONTINUATION))
		return false;
	if (h->type >= TYPES)
		return true; /* section 4.1: to be ignored */
	if (rules[h->type].of_stream != (h->stream != 0) && h->type != TYPE_WINDOW_UPDATE)
		return false;
	if ((rules[h->type].exactly && h->length != rules[h->type].exactly) || h->length < rules[h->type].least)
		return false;
	switch (h->type) {
	case TYPE_SETTINGS: return h->length % 6 == 0 && !((h->flags & ACK) && h->length);
	case TYPE_HEADERS: return !feed->requests || (h->stream & 1);
	case TYPE_PUSH_PROMISE: return !feed->requests;
	case TYPE_CONTINUATION: return h->stream == feed->frame->scratch;
	default: return true;
	}
}

static void padded_begins(struct feed *feed, const struct header *h)
{
	feed->frame->state = PAD_LENGTH;
	if (!(h->flags & PADDED))
		prefix_begins(feed, prefix_size(feed->frame));
	else if (!h->length)
		feed_lost(feed);
}

static void data_begins(struct feed *feed, const struct header *h)
{
	message_data(feed);
	frame_flags(feed->frame, h->flags & END_STREAM ? ENDS : 0, 0);
	padded_begins(feed, h);
}

static void headers_begin(struct feed *feed, const struct header *h)
{
	if (!message_headers(feed, h->flags & END_STREAM))
		return;
	frame_flags(feed->frame, IN_BLOCK | (h->flags & END_STREAM ? ENDS : 0) |
		  (h->flags & END_HEADERS ? BLOCK_ENDS : 0) | (h->flags & WITH_PRIORITY ? PRIORITY : 0), 0);
	padded_begins(feed, h);
}

static void promise_begins(struct feed *feed, const struct header *h)
{
	set_status(feed->frame, STATUS_FINAL);
	frame_flags(feed->frame, IN_BLOCK | PROMISE | (h->flags & END_HEADERS ? BLOCK_ENDS : 0), 0);
	padded_begins(feed, h);
}

static void continuation_begins(struct feed *feed, const struct header *h)
{
	frame_flags(feed->frame, h->flags & END_HEADERS ? BLOCK_ENDS : 0, PRIORITY);
	content_begins(feed);
}

static void frame_begins(struct feed *feed, const struct header *h)
{
	struct dump_frame *f = feed->frame;

	if (!valid(feed, h) || (f->state == FIRST && (h->type != TYPE_SETTINGS || (h->flags & ACK)))) {
		feed_lost(feed);
		return;
	}
	f->remaining = h->length;
	f->scratch = h->stream;
	frame_flags(f, 0, LATEST | BLOCK_ENDS | (h->type == TYPE_CONTINUATION ? 0 : ENDS | PRIORITY));
	switch (h->type) {
	case TYPE_DATA: data_begins(feed, h); break;
	case TYPE_HEADERS: headers_begin(feed, h); break;
	case TYPE_PUSH_PROMISE: promise_begins(feed, h); break;
	case TYPE_CONTINUATION: continuation_begins(feed, h); break;
	case TYPE_GOAWAY: f->state = GOAWAY; break;
	default:
		f->state = SKIP;
		if (h->type == TYPE_RST_STREAM)
			message_reset(feed);
		else if (!h->length)
			frame_over(feed);
	}
}

/* Byte by byte the first eight gather in `remaining`; `scratch` still has the stream before. */
static void feed_header(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	uint8_t bytes[FRAME_HEADER];
	const uint8_t *p = bytes;

	if (!(f->sub & 15) && feed->left >= FRAME_HEADER) {
		p = feed->at;
		feed_take(feed, FRAME_HEADER);
	} else {
		for (; (f->sub & 15) < FRAME_HEADER - 1; f->sub++) {
			if (!feed->left)
				return;
			f->remaining = f->remaining << 8 | feed_byte(feed);
		}
		if (!feed->left)
			return;
		for (unsigned i = 0; i < FRAME_HEADER - 1; i++)
			bytes[i] = (uint8_t)(f->remaining >> (56 - 8 * i));
		bytes[FRAME_HEADER - 1] = feed_byte(feed);
		f->sub &= 0xf0;
	}
	frame_begins(feed, &(struct header){.length = feed_word(p) >> 8, .type = p[3], .flags = p[4],
					    .stream = feed_word(p + 5) & 0x7fffffff});
}

/* ---- the protocol -------------------------------------------------------------------------------------- */

static void feed_preface(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	while (feed->left && f->sub < HTTP2_PREFACE_SIZE)
		if (feed_byte(feed) != (uint8_t)HTTP2_PREFACE[f->sub++]) {
			feed_lost(feed);
			return;
		}
	if (f->sub < HTTP2_PREFACE_SIZE)
		return;
	f->sub = 0;
	f->state = FIRST;
}

static void begin(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	f->sub = 0;
	f->scratch = 0;
	f->remaining = f->body = 0;
	frame_flags(f, 0, 0xffff);
	f->state = feed->requests ? PREFACE : FIRST;
}

static void feed_unseen(struct feed *feed)
{
	switch (feed->frame->state) {
	case BLOCK: feed_block(feed); break;
	case DATA: feed_data(feed); break;
	case PADDING: case SKIP: feed_skip(feed); break;
	default: feed_lost(feed);
	}
}

static void feed_http2(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	if (f->state == STATE_SNIFFING || f->state == STATE_FIRST) /* HTTP/1, between two requests */
		begin(feed);
	if (!feed->at) {
		feed_unseen(feed);
		return;
	}
	switch (f->state) {
	case PREFACE: feed_preface(feed); break;
	case FIRST: case HEADER: feed_header(feed); break;
	case PAD_LENGTH: feed_pad_length(feed); break;
	case PREFIX ... PREFIX_FIRST: feed_prefix(feed); break;
	case BLOCK: feed_block(feed); break;
	case DATA: feed_data(feed); break;
	case PADDING: case SKIP: feed_skip(feed); break;
	case GOAWAY ... GOAWAY_LAST: feed_goaway(feed); break;
	default: feed_lost(feed);
	}
}

/* RFC 7540 section 3.2: the request that asked for the upgrade is stream 1. The client may speak
 * HTTP/2 when it has read the 101, so the direction of the requests rests. */
void http2_upgraded(struct feed *feed)
{
	if (feed->requests ||
	    __atomic_load_n(&feed->peer->begun, __ATOMIC_SEQ_CST) != feed->frame->begun + 1) {
		feed_switched(feed);
		return;
	}
	begin(feed);
	if (!message_upgraded(feed))
		return;
	__atomic_store_n(feed->framing->protocol, DUMP_PROTOCOL_HTTP2, __ATOMIC_RELEASE);
}

const struct protocol protocol_http2 = {
	.request = http2_sniff_request, .response = http2_sniff_response, .feed = feed_http2};
