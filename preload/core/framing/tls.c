/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS: recognised by its first record, and left alone. What is inside is followed where the TLS
 * library's own calls hand it over; here only the server's name is read, out of the ClientHello,
 * when that came in one piece (RFC 8446 section 4.1.2, RFC 6066 section 3).
 */
#include "core/framing/protocol.h"

#define HANDSHAKE 22
#define SERVER_NAME 0

static enum sniffed sniff_record(const uint8_t *bytes, size_t size)
{
	if (bytes[0] != HANDSHAKE || (size > 1 && bytes[1] != 3) || (size > 2 && bytes[2] > 4))
		return SNIFF_NO;
	if (size > 5 && bytes[5] != 1 && bytes[5] != 2) /* ClientHello, ServerHello */
		return SNIFF_NO;
	return size > 5 ? SNIFF_YES : SNIFF_MORE;
}

/* A reader that never goes beyond its end: once short, always short. */
struct reader {
	const uint8_t *at;
	size_t left;
	bool bad;
};

static const uint8_t *take(struct reader *r, size_t size)
{
	const uint8_t *at = r->at;

	if (r->bad || size > r->left) {
		r->bad = true;
		return NULL;
	}
	r->at += size;
	r->left -= size;
	return at;
}

static size_t number(struct reader *r, size_t bytes)
{
	const uint8_t *p = take(r, bytes);
	size_t value = 0;

	for (size_t i = 0; p && i < bytes; i++)
		value = value << 8 | p[i];
	return value;
}

static void server_name(struct framing *f, struct reader r)
{
	const uint8_t *name;
	size_t size;

	number(&r, 2); /* of the list; it has one entry */
	if (number(&r, 1) != 0)
		return;
	size = number(&r, 2);
	name = take(&r, size);
	if (name && f->host)
		f->host(f, (const char *)name, size);
}

void tls_client_hello(struct framing *f, const uint8_t *rest, size_t size, size_t kept)
{
	struct reader r = {rest, size, false};

	if (kept) /* it came in pieces */
		return;
	take(&r, 5);                /* the record's header */
	if (number(&r, 1) != 1)
		return;
	take(&r, 3 + 2 + 32);       /* length, version, random */
	take(&r, number(&r, 1));    /* session id */
	take(&r, number(&r, 2));    /* cipher suites */
	take(&r, number(&r, 1));    /* compression methods */
	number(&r, 2);
	while (!r.bad && r.left >= 4) {
		size_t type = number(&r, 2), length = number(&r, 2);
		struct reader extension = {r.at, length, length > r.left};

		if (type == SERVER_NAME && !extension.bad) {
			server_name(f, extension);
			return;
		}
		take(&r, length);
	}
}

static void feed_tls(struct feed *feed)
{
	feed_take(feed, feed->left);
}

const struct protocol protocol_tls = {
	.request = sniff_record, .response = sniff_record, .feed = feed_tls};
