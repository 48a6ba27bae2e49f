/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SOCKS 4, 4a and 5 (RFC 1928, RFC 1929): a client asks a proxy for a tunnel. What the proxy answers says
 * all: the client's words go by unread. Once the tunnel stands, what goes by is looked at anew.
 */
#include "core/framing/protocol.h"

enum state {
	ASKING = STATE_FIRST, /* of the client */
	METHOD,               /* of the proxy: version, method */
	LOGIN,                /* version, status */
	REPLY,                /* version, reply, reserved, type of address, and one byte of it */
	REPLY_4,              /* 0, code, port, address */
	ADDRESS,              /* `remaining` bytes of it and of the port */
};

enum { NO_LOGIN = 0, PASSWORD = 2, REFUSED_ALL = 0xff, GRANTED_4 = 0x5a };
enum { IPV4 = 1, NAME = 3, IPV6 = 4 };

/* A list of methods, assigned or private. What some send along says nothing: it may as well come later. */
static enum sniffed sniff_5(const uint8_t *bytes, size_t size)
{
	size_t end = size > 1 ? 2u + bytes[1] : 2;

	if (size > 1 && (!bytes[1] || bytes[1] > 8))
		return SNIFF_NO;
	for (size_t i = 2; i < size && i < end; i++)
		if (bytes[i] > 9 && bytes[i] < 0x80)
			return SNIFF_NO;
	return size > 1 && size >= end ? SNIFF_YES : SNIFF_MORE;
}

static enum sniffed sniff_4(const uint8_t *bytes, size_t size)
{
	if (size > 1 && bytes[1] != 1)
		return SNIFF_NO;
	if (size > 8 && bytes[8] && (bytes[8] < 0x20 || bytes[8] > 0x7e)) /* a name begins, or is empty */
		return SNIFF_NO;
	return size > 8 ? SNIFF_YES : SNIFF_MORE;
}

static enum sniffed sniff_socks(const uint8_t *bytes, size_t size)
{
	return bytes[0] == 5 ? sniff_5(bytes, size) : bytes[0] == 4 ? sniff_4(bytes, size) : SNIFF_NO;
}

static void refused(struct feed *feed)
{
	frame_flag(feed->frame, DUMP_SOCKS_REFUSED);
	feed->frame->state = ASKING; /* what it still says is of no matter */
}

static void method_known(struct feed *feed, uint8_t method)
{
	if (method == REFUSED_ALL)
		refused(feed);
	else if (method == NO_LOGIN || method == PASSWORD)
		feed->frame->state = method == PASSWORD ? LOGIN : REPLY;
	else
		feed_lost(feed);
}

/* `last`: the first byte of the address, which of a name is its size. */
static void reply_known(struct feed *feed, uint8_t type, uint8_t last)
{
	struct dump_frame *f = feed->frame;

	f->remaining = type == IPV4 ? 3 + 2 : type == IPV6 ? 15 + 2 : last + 2u;
	f->state = ADDRESS;
	if (type != IPV4 && type != IPV6 && type != NAME)
		feed_lost(feed);
}

/* Byte by byte: there are few. `scratch` has the last four, `sub` counts. */
static void feed_reply(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	uint8_t c = feed_byte(feed);
	uint8_t n = ++f->sub;

	if (n == 2 && ((f->state == LOGIN && c) || (f->state == REPLY && c) ||
		       (f->state == REPLY_4 && c != GRANTED_4))) {
		refused(feed);
		return;
	}
	if (n == 5 && f->state == REPLY)
		reply_known(feed, (uint8_t)f->scratch, c);
	f->scratch = f->scratch << 8 | c;
	if (n == 2 && f->state == METHOD)
		method_known(feed, c);
	else if (n == 2 && f->state == LOGIN)
		f->state = REPLY;
	else if (n != 8 || f->state != REPLY_4)
		return;
	else
		feed_tunnel(feed);
	f->sub = 0;
}

static void feed_socks(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	if (f->state == STATE_SNIFFING) {
		f->state = feed->requests ? ASKING : !feed->at ? STATE_LOST : *feed->at == 0 ? REPLY_4 : METHOD;
		frame_count(&f->begun);
	}
	if (f->state == ASKING) {
		feed_take(feed, feed->left);
	} else if (!feed->at) {
		feed_lost(feed);
	} else if (f->state == ADDRESS) {
		feed_remaining(feed);
		if (!f->remaining)
			feed_tunnel(feed);
	} else {
		feed_reply(feed);
	}
}

const struct protocol protocol_socks = {.request = sniff_socks, .feed = feed_socks};
