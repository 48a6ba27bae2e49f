/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exchanges: what a connection's framing says of its requests and responses, and what of them is
 * outstanding. Pure functions over the dump's structs, for both sides: the recorder asks when it counts a
 * closed connection into its call site, the analyzer when it judges one, and the two must agree. Knows
 * neither the kernel's facts nor verdicts; async-signal-safe.
 */
#ifndef CONNLEAK_EXCHANGE_H
#define CONNLEAK_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "connleak/dump.h"

enum exchange_outstanding {
	EXCHANGE_NOTHING,
	EXCHANGE_BEGUN,   /* the first byte of a response that is final, or may be, went by, its end did not */
	EXCHANGE_AWAITED, /* a request went by, and nothing of its final response */
};

/* Another thread may set one just now: of the flags and of what is known each is true at some moment. */
static inline uint32_t exchange_conn_flags(const struct dump_conn *c)
{
	return __atomic_load_n(&c->flags, __ATOMIC_RELAXED);
}

static inline uint32_t exchange_has(const struct dump_conn *c)
{
	return __atomic_load_n(&c->has, __ATOMIC_RELAXED);
}

/* Each is one direction: requests are what the accepted side reads, and what the other one writes. */
static inline const struct dump_frame *exchange_requests(const struct dump_conn *c)
{
	return exchange_has(c) & DUMP_HAS_REQUESTS_IN ? &c->in.frame : &c->out.frame;
}

static inline const struct dump_frame *exchange_responses(const struct dump_conn *c)
{
	return exchange_has(c) & DUMP_HAS_REQUESTS_IN ? &c->out.frame : &c->in.frame;
}

/* enum dump_frame_flags of either direction. */
static inline uint16_t exchange_flags(const struct dump_conn *c)
{
	return c->in.frame.flags | c->out.frame.flags;
}

/* Does it speak a protocol that has requests and responses we know? */
static inline bool exchange_has_framing(const struct dump_conn *c)
{
	uint8_t protocol = __atomic_load_n(&c->protocol, __ATOMIC_RELAXED); /* another thread may just find it out */

	return protocol != DUMP_PROTOCOL_UNKNOWN && protocol != DUMP_PROTOCOL_NONE &&
	       protocol != DUMP_PROTOCOL_TLS && protocol != DUMP_PROTOCOL_SOCKS && protocol < DUMP_PROTOCOL_COUNT;
}

/* Are its numbers of messages to be believed? A switch to what is no longer followed came after them. */
static inline bool exchange_counted(const struct dump_conn *c)
{
	return exchange_has_framing(c) && !(exchange_flags(c) & DUMP_FRAME_LOST);
}

/* HTTP/2: the streams that are open, and those of them whose final response has begun. Where there were
 * more than fit, at least these. */
struct exchange_streams {
	uint32_t open, answered;
};

static inline struct exchange_streams exchange_streams_open(const struct dump_streams *streams)
{
	struct exchange_streams n = {0, 0};

	for (unsigned i = 0; streams && i < DUMP_STREAMS_MAX; i++) {
		uint32_t bits = (uint32_t)(streams->open[i] >> 32);

		if (!streams->open[i] || (bits & DUMP_STREAM_EARLY))
			continue;
		n.open++;
		n.answered += bits & DUMP_STREAM_ANSWERED;
	}
	return n;
}

/* With more streams than fit, those that fit are known: a response that has begun and not ended is a
 * fact. That nothing is outstanding is none, nor that the answer to one has not begun, whose news may
 * have come before there was room. */
static inline bool exchange_streams_followed(const struct dump_streams *streams)
{
	return streams && (!__atomic_load_n(&streams->overflow, __ATOMIC_RELAXED) ||
			   exchange_streams_open(streams).answered);
}

/* Was the framing followed to the last byte that we saw? `streams`: HTTP/2's, NULL where there are none.
 * Bytes that went by uncounted void it (who met another thread sets that mark without the direction's
 * lock); whether stdio moved some, only the kernel may know. */
static inline bool exchange_followed(const struct dump_conn *c, const struct dump_streams *streams)
{
	return exchange_has_framing(c) && !(exchange_flags(c) & (DUMP_FRAME_LOST | DUMP_FRAME_SWITCHED)) &&
	       !(c->protocol == DUMP_PROTOCOL_HTTP2 && !exchange_streams_followed(streams)) &&
	       !__atomic_load_n(&c->in.inexact, __ATOMIC_RELAXED) &&
	       !__atomic_load_n(&c->out.inexact, __ATOMIC_RELAXED);
}

/* The program was told that the connection is at its end: who closes it then gives up nothing. */
static inline bool exchange_told(const struct dump_conn *c)
{
	return __atomic_load_n(&c->in.eof, __ATOMIC_RELAXED) || __atomic_load_n(&c->in.error, __ATOMIC_RELAXED) ||
	       __atomic_load_n(&c->out.error, __ATOMIC_RELAXED);
}

/* A server ends a response that lasts until the connection's end by closing, or by closing its
 * direction. It owes no other after that (RFC 9112 section 9.6). */
static inline bool exchange_ended_by_close(const struct dump_conn *c)
{
	const struct dump_frame *responses = exchange_responses(c);

	return (exchange_has(c) & DUMP_HAS_REQUESTS_IN) && (responses->flags & DUMP_FRAME_UNTIL_CLOSE) &&
	       responses->begun > responses->done &&
	       (__atomic_load_n(&c->state, __ATOMIC_RELAXED) == DUMP_CLOSED ||
		(exchange_conn_flags(c) & DUMP_SHUT_WR));
}

/* How many final responses went by to their end. */
static inline uint32_t exchange_responses_done(const struct dump_conn *c)
{
	return exchange_responses(c)->done + exchange_ended_by_close(c);
}

/* Messages come without being asked for, as those of Redis do while there are subscriptions, and PostgreSQL's
 * after LISTEN: to wait for one is use. */
static inline bool exchange_listens(const struct dump_conn *c)
{
	if (c->protocol == DUMP_PROTOCOL_POSTGRESQL)
		return exchange_requests(c)->flags & DUMP_PG_LISTENS;
	return c->protocol == DUMP_PROTOCOL_REDIS &&
	       ((exchange_flags(c) & DUMP_FRAME_SWITCHED) ||
		(exchange_responses(c)->flags & (DUMP_REDIS_LISTENS | DUMP_REDIS_LISTENS_SHARDED)));
}

/* The last exchange said that it ends the connection: the response, or the request (RFC 9112
 * section 9.6). */
static inline bool exchange_said_goodbye(const struct dump_conn *c)
{
	return exchange_flags(c) & DUMP_FRAME_CLOSE;
}

static inline enum exchange_outstanding exchange_streams_outstanding(const struct dump_streams *streams)
{
	struct exchange_streams n = exchange_streams_open(streams);

	return n.answered ? EXCHANGE_BEGUN : n.open ? EXCHANGE_AWAITED : EXCHANGE_NOTHING;
}

/* Something of an answer was read, which may be an interim one: too little to tell. */
static inline bool exchange_comes(const struct dump_conn *c)
{
	return (c->protocol == DUMP_PROTOCOL_HTTP1 || c->protocol == DUMP_PROTOCOL_MYSQL) &&
	       (exchange_responses(c)->flags & DUMP_FRAME_COMES);
}

/* ---- setting a session up ---------------------------------------------------------------------------- */

enum exchange_handshake {
	EXCHANGE_HANDSHAKE_NONE,   /* there is none, it is through, or it is not ours to go on with */
	EXCHANGE_HANDSHAKE_ASKED,  /* the first message went out, nothing came back */
	EXCHANGE_HANDSHAKE_BEGUN,
	EXCHANGE_HANDSHAKE_FAILED,
};

/* Nothing was seen of this direction, or too little. */
static inline bool exchange_silent(const struct dump_frame *f)
{
	return !f->state && !f->sub;
}

/* One side writes what the other reads: a handshake is through when the keys were changed in both. */
static inline enum exchange_handshake exchange_handshake_tls(const struct dump_conn *c)
{
	const uint16_t through = DUMP_TLS_KEYS | DUMP_TLS_DATA;

	if (exchange_flags(c) & DUMP_TLS_FAILED)
		return EXCHANGE_HANDSHAKE_FAILED;
	if ((exchange_has(c) & DUMP_HAS_REQUESTS_IN) || !(c->out.frame.flags & DUMP_TLS_HELLO) ||
	    ((c->in.frame.flags & through) && (c->out.frame.flags & through)))
		return EXCHANGE_HANDSHAKE_NONE;
	return exchange_silent(&c->in.frame) ? EXCHANGE_HANDSHAKE_ASKED : EXCHANGE_HANDSHAKE_BEGUN;
}

/* Where is a client with what comes before its first request? Of what is followed. */
static inline enum exchange_handshake exchange_handshake(const struct dump_conn *c)
{
	bool answered = !exchange_silent(&c->in.frame);

	if ((exchange_flags(c) & (DUMP_FRAME_LOST | DUMP_FRAME_SWITCHED)) ||
	    ((exchange_conn_flags(c) & DUMP_INHERITED) && !(exchange_has(c) & DUMP_HAS_REQUESTS_OUT)))
		return EXCHANGE_HANDSHAKE_NONE;
	if (c->protocol == DUMP_PROTOCOL_TLS)
		return exchange_handshake_tls(c);
	if (exchange_has(c) & DUMP_HAS_REQUESTS_IN)
		return EXCHANGE_HANDSHAKE_NONE;
	switch (c->protocol) {
	case DUMP_PROTOCOL_SOCKS:
		if (c->in.frame.flags & DUMP_SOCKS_REFUSED)
			return EXCHANGE_HANDSHAKE_FAILED;
		break;
	case DUMP_PROTOCOL_POSTGRESQL:
		if (c->in.frame.flags & (DUMP_PG_STARTED | DUMP_PG_FATAL))
			return EXCHANGE_HANDSHAKE_NONE;
		break;
	case DUMP_PROTOCOL_MYSQL: /* the server speaks first */
		if (c->in.frame.flags & (DUMP_MYSQL_PHASE | DUMP_FRAME_CLOSE))
			return EXCHANGE_HANDSHAKE_NONE;
		answered = !(c->out.frame.flags & DUMP_MYSQL_LOGIN);
		break;
	case DUMP_PROTOCOL_REDIS: /* what subscribes is not counted, for it is confirmed by events */
		if (answered || !(c->out.frame.flags & DUMP_REDIS_SUBSCRIBES))
			return EXCHANGE_HANDSHAKE_NONE;
		break;
	default: return EXCHANGE_HANDSHAKE_NONE;
	}
	return answered ? EXCHANGE_HANDSHAKE_BEGUN : EXCHANGE_HANDSHAKE_ASKED;
}

/* Of a connection whose framing was followed. A session that is not set up yet owes its first answer; one
 * that the server has ended owes none. */
static inline enum exchange_outstanding exchange_outstanding(const struct dump_conn *c,
							      const struct dump_streams *streams)
{
	const struct dump_frame *requests = exchange_requests(c), *responses = exchange_responses(c);

	if (c->protocol == DUMP_PROTOCOL_HTTP2)
		return exchange_streams_outstanding(streams);
	if (exchange_ended_by_close(c) ||
	    (c->protocol == DUMP_PROTOCOL_POSTGRESQL && (responses->flags & DUMP_PG_FATAL)))
		return EXCHANGE_NOTHING;
	switch (exchange_handshake(c)) {
	case EXCHANGE_HANDSHAKE_ASKED: return EXCHANGE_AWAITED;
	case EXCHANGE_HANDSHAKE_BEGUN: return EXCHANGE_BEGUN;
	default: break;
	}
	if (responses->begun > responses->done)
		return EXCHANGE_BEGUN;
	if (requests->begun <= responses->done)
		return EXCHANGE_NOTHING;
	return exchange_comes(c) ? EXCHANGE_BEGUN : EXCHANGE_AWAITED;
}

#endif
