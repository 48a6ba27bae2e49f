/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which protocol is this? Asked with the first bytes of each direction, until one says so.
 *
 * Until then a direction keeps what it saw (20 bytes at most) in its own frame, over the fields
 * that it has no use for yet; `sub` says how many. Once the protocol is known, by whichever
 * direction, they are fed to it first.
 */
#include <string.h>

#include "core/framing/protocol.h"

#define KEEP_AT offsetof(struct dump_frame, scratch)

_Static_assert(sizeof(struct dump_frame) - KEEP_AT == SNIFF_MAX, "the bytes kept fill the frame");

/* A protocol is one file and one row. */
const struct protocol *const protocols[DUMP_PROTOCOL_COUNT] = {
	[DUMP_PROTOCOL_HTTP1] = &protocol_http1,
	[DUMP_PROTOCOL_HTTP2] = &protocol_http2,
	[DUMP_PROTOCOL_POSTGRESQL] = &protocol_postgresql,
	[DUMP_PROTOCOL_REDIS] = &protocol_redis,
	[DUMP_PROTOCOL_MYSQL] = &protocol_mysql,
	[DUMP_PROTOCOL_TLS] = &protocol_tls,
	[DUMP_PROTOCOL_SOCKS] = &protocol_socks,
};

static uint8_t *kept_bytes(struct dump_frame *frame)
{
	return (uint8_t *)frame + KEEP_AT;
}

/* The first to decide wins: what holds now. */
static uint8_t decide(struct framing *f, uint8_t protocol)
{
	uint8_t now = DUMP_PROTOCOL_UNKNOWN;

	return __atomic_compare_exchange_n(f->protocol, &now, protocol, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) ?
		       protocol : now;
}

static enum sniffed sniff_one(const struct protocol *protocol, bool response, const uint8_t *bytes,
			      size_t size)
{
	enum sniffed (*ask)(const uint8_t *, size_t) =
		response ? protocol->response : protocol->request;
	enum sniffed said = ask ? ask(bytes, size) : SNIFF_NO;

	return said == SNIFF_MORE && size == SNIFF_MAX ? SNIFF_NO : said;
}

/* The protocol that the bytes begin, UNKNOWN when more are needed, NONE. */
static uint8_t sniff_all(bool response, const uint8_t *bytes, size_t size)
{
	uint8_t verdict = DUMP_PROTOCOL_NONE;

	for (uint8_t i = 0; i < DUMP_PROTOCOL_COUNT; i++) {
		enum sniffed said;

		if (!protocols[i])
			continue;
		said = sniff_one(protocols[i], response, bytes, size);
		if (said == SNIFF_YES)
			return i;
		if (said == SNIFF_MORE)
			verdict = DUMP_PROTOCOL_UNKNOWN;
	}
	return verdict;
}

static void orient(struct feed *feed, bool requests)
{
	bool in = feed->frame == feed->framing->frame[FRAMING_IN];

	feed->requests = requests;
	__atomic_fetch_or(feed->framing->has,
			  in == requests ? DUMP_HAS_REQUESTS_IN : DUMP_HAS_REQUESTS_OUT,
			  __ATOMIC_ACQ_REL);
}

/*
 * Who asks whom is known from how the connection was made. For an inherited one it is not: then
 * a request tells; the middle of a conversation (a response whose request nobody saw) must not.
 */
static uint8_t look(struct feed *feed, const uint8_t *bytes, size_t size)
{
	uint8_t has = __atomic_load_n(feed->framing->has, __ATOMIC_ACQUIRE);
	uint8_t found;

	if (has & (DUMP_HAS_REQUESTS_IN | DUMP_HAS_REQUESTS_OUT))
		return sniff_all(!feed->requests, bytes, size);
	found = sniff_all(false, bytes, size);
	if (found > DUMP_PROTOCOL_NONE)
		orient(feed, true);
	return found;
}

static void replay(struct feed *feed, uint8_t protocol)
{
	uint8_t kept[SNIFF_MAX];
	struct feed first = *feed;

	if (!feed->frame->sub)
		return;
	first.at = kept;
	first.left = feed->frame->sub;
	memcpy(kept, kept_bytes(feed->frame), SNIFF_MAX);
	memset(kept_bytes(feed->frame), 0, SNIFF_MAX);
	feed->frame->sub = 0;
	while (first.left && protocols[protocol] && protocols[protocol]->feed) {
		protocols[protocol]->feed(&first);
		protocol = __atomic_load_n(feed->framing->protocol, __ATOMIC_ACQUIRE);
	}
}

/* Who asks whom may have been learned by the other direction since the feed began. */
static void reorient(struct feed *feed)
{
	uint8_t has = __atomic_load_n(feed->framing->has, __ATOMIC_ACQUIRE);
	bool in = feed->frame == feed->framing->frame[FRAMING_IN];

	feed->requests = (has & (in ? DUMP_HAS_REQUESTS_IN : DUMP_HAS_REQUESTS_OUT)) != 0;
}

/* What a server that speaks first says where no protocol is known that is followed. */
static void greeted(struct dump_frame *frame, const uint8_t *bytes, size_t size)
{
	if (size < 4)
		return;
	if (memcmp(bytes, "220", 3) == 0 && (bytes[3] == ' ' || bytes[3] == '-'))
		frame_flag(frame, DUMP_LINES_REPLIES);
	else if (memcmp(bytes, "* OK", 4) == 0 || memcmp(bytes, "* PR", 4) == 0) /* EAUTH */
		frame_flag(frame, DUMP_LINES_IMAP);
	else if (memcmp(bytes, "* BY", 4) == 0) /* E, to one too many */
		frame_flag(frame, DUMP_LINES_IMAP | DUMP_FRAME_CLOSE);
}

/* The protocol, by what was kept and what comes now; UNKNOWN when that is not enough yet, and is kept. */
static __attribute__((noinline)) uint8_t look_further(struct feed *feed)
{
	struct dump_frame *frame = feed->frame;
	size_t kept = frame->sub, more = SNIFF_MAX - kept < feed->left ? SNIFF_MAX - kept : feed->left;
	uint8_t first[SNIFF_MAX], protocol;

	if (kept)
		memcpy(first, kept_bytes(frame), kept);
	memcpy(first + kept, feed->at, more);
	protocol = look(feed, first, kept + more);
	if (!feed->requests)
		greeted(feed->frame, first, kept + more);
	if (protocol == DUMP_PROTOCOL_UNKNOWN) {
		memcpy(kept_bytes(frame), first, kept + more);
		frame->sub = (uint8_t)(kept + more);
		feed->left = 0;
		return protocol;
	}
	return decide(feed->framing, protocol);
}

bool sniff(struct feed *feed)
{
	uint8_t protocol = __atomic_load_n(feed->framing->protocol, __ATOMIC_ACQUIRE);

	if (protocol == DUMP_PROTOCOL_UNKNOWN && feed->left)
		protocol = feed->at ? look_further(feed) : decide(feed->framing, DUMP_PROTOCOL_NONE);
	if (protocol == DUMP_PROTOCOL_UNKNOWN || !protocols[protocol])
		return false;
	reorient(feed);
	replay(feed, protocol);
	return true;
}
