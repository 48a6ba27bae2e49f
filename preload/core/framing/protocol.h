/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a protocol is made of: the row that it has in the table of sniff.c, and what all of them
 * share. Knows no protocol. For the files of this folder only.
 */
#ifndef CONNLEAK_FRAMING_PROTOCOL_H
#define CONNLEAK_FRAMING_PROTOCOL_H

#include "core/framing/framing.h"

/* dump_frame.state, the values that mean the same in every protocol. */
enum {
	STATE_SNIFFING = 0, /* the frame holds the first bytes of the stream, see sniff.c */
	STATE_NAMING = 1,   /* request direction: counted in `begun`, its kind is not known yet */
	STATE_FIRST = 2,    /* each protocol numbers its own states from here; HTTP/1 ends */
	STATE_TUNNEL = 253,   /* the other direction says that what comes next is another conversation */
	STATE_SWITCHED = 254,
	STATE_LOST = 255,
};

/* Bytes of one direction, on their way through a protocol. */
struct feed {
	struct framing *framing;
	struct dump_frame *frame; /* of this direction */
	struct dump_frame *peer;  /* of the other one: to be read only, by atomic loads, but for feed_tunnel() */
	const uint8_t *at;        /* NULL: the bytes went by unseen */
	uint64_t left;
	bool requests;            /* this is the direction in which requests go */
	unsigned hosts;           /* HTTP/1: of this head told so far, the last of them: */
	const uint8_t *host;
	size_t host_size;
};

enum sniffed { SNIFF_NO, SNIFF_MORE, SNIFF_YES };

struct protocol {
	/* Are these the first bytes of a request, or of a server that speaks first? `size` is at
	 * least 1; MORE is not believed once SNIFF_MAX bytes are there. NULL: never. */
	enum sniffed (*request)(const uint8_t *bytes, size_t size);
	enum sniffed (*response)(const uint8_t *bytes, size_t size);
	/* Takes bytes until none are left, or until the protocol changed under it. Called with
	 * state SNIFFING, and all else zero, at the first byte. */
	void (*feed)(struct feed *feed);
	void (*eof)(struct feed *feed); /* NULL: the end of the stream says nothing */
};

#define SNIFF_MAX 20

extern const struct protocol protocol_http1, protocol_http2, protocol_mysql, protocol_postgresql,
	protocol_redis, protocol_socks, protocol_tls;
extern const struct protocol *const protocols[DUMP_PROTOCOL_COUNT];

/* sniff.c: true when the protocol is known now; what was kept back was fed already. */
bool sniff(struct feed *feed);

/* tls_hello.c: bytes of a client's first handshake message, whose server's name is told. `at` is what is kept
 * between them, TLS_HELLO_BEGIN before the first; 0: it wants no more. */
#define TLS_HELLO_BEGIN 1u
uint64_t tls_hello(struct framing *f, uint64_t at, const uint8_t *bytes, size_t size);

/* http2.c: a 101 ended HTTP/1 in the direction of the responses. Switches the protocol. */
void http2_upgraded(struct feed *feed);

/* pipeline.c: the kind of a request travels from the direction of the requests to that of the
 * responses. When it is known from the beginning, begun() counts the request; else it was counted in
 * state NAMING, which named() ends. False: the framing is lost. Call asked_for() for request number
 * `n` (from 0) after its response was counted. */
bool request_begun(struct feed *feed, unsigned kind);
bool request_named(struct feed *feed, unsigned kind, uint8_t state);
unsigned request_asked_for(struct feed *feed, uint32_t n);

static inline void feed_take(struct feed *feed, uint64_t bytes)
{
	if (feed->at)
		feed->at += bytes;
	feed->left -= bytes;
}

/* The next byte; to be asked only when at and left are not zero. */
static inline uint8_t feed_byte(struct feed *feed)
{
	feed->left--;
	return *feed->at++;
}

/* Four bytes in the order of networks. */
static inline uint32_t feed_word(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Counts bytes off `remaining`; how many they were. */
static inline uint64_t feed_remaining(struct feed *feed)
{
	uint64_t taken = feed->left < feed->frame->remaining ? feed->left : feed->frame->remaining;

	feed->frame->remaining -= taken;
	feed_take(feed, taken);
	return taken;
}

/* A request begins that does more than set the session up. */
static inline void feed_asks(struct feed *feed)
{
	feed->framing->asked = true;
}

/* Counters that the other direction reads. */
static inline void frame_count(uint32_t *counter)
{
	__atomic_store_n(counter, *counter + 1, __ATOMIC_SEQ_CST);
}

/* Those that it does not: at a twentieth of the price. */
static inline void frame_count_own(uint32_t *counter)
{
	__atomic_store_n(counter, *counter + 1, __ATOMIC_RELEASE);
}

/* The direction's own thread writes them, the other one reads. */
static inline void frame_flags(struct dump_frame *frame, unsigned on, unsigned off)
{
	__atomic_store_n(&frame->flags, (uint16_t)((frame->flags & ~off) | on), __ATOMIC_RELEASE);
}

static inline void frame_flag(struct dump_frame *frame, unsigned flags)
{
	frame_flags(frame, flags, 0);
}

static inline void feed_lost(struct feed *feed)
{
	frame_flag(feed->frame, DUMP_FRAME_LOST);
	feed->frame->state = STATE_LOST;
	feed->left = 0;
}

static inline void feed_switched(struct feed *feed)
{
	frame_flag(feed->frame, DUMP_FRAME_SWITCHED);
	feed->frame->state = STATE_SWITCHED;
	feed->left = 0;
}

/* A tunnel stands, or encryption was agreed upon: whoever speaks next in either direction begins anew. To be
 * called in the direction of the answers, for which the other one waits. */
static inline void feed_tunnel(struct feed *feed)
{
	__builtin_memset(feed->frame, 0, sizeof *feed->frame);
	__atomic_store_n(&feed->peer->state, STATE_TUNNEL, __ATOMIC_SEQ_CST);
	__atomic_store_n(feed->framing->pipeline, 0, __ATOMIC_RELAXED);
	__atomic_store_n(feed->framing->protocol, DUMP_PROTOCOL_UNKNOWN, __ATOMIC_SEQ_CST);
}

#endif
