/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Framing: where the messages of a connection begin and end. Pure functions over the bytes that
 * went by in one direction; they know neither descriptors nor hooks, and decide no verdict.
 *
 * Everything here is async-signal-safe: no allocation, no lock, no system call, no errno. What is
 * known of a direction lives in its struct dump_frame and can be picked up at any byte; a framer
 * that loses its place sets DUMP_FRAME_LOST and stops for good. LOST or SWITCHED in one direction
 * counts for the whole connection.
 *
 * The two directions may be fed by two threads at once; one direction only by one at a time. So
 * what a reader recorded may overtake what the writer is about to record: a response can be seen
 * before its request. It is then taken for the response to an ordinary request; when the request
 * turns out to be HEAD or CONNECT, whose responses are framed otherwise, the framing is lost.
 */
#ifndef CONNLEAK_FRAMING_H
#define CONNLEAK_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "connleak/dump.h"

enum framing_direction {
	FRAMING_IN,  /* what the process read */
	FRAMING_OUT, /* what it wrote */
};

/* Which piece of a name: first, last, both (it is whole), neither. A first one drops what came before. */
enum framing_part { FRAMING_MORE = 0, FRAMING_FIRST = 1, FRAMING_LAST = 2, FRAMING_WHOLE = 3 };

/* One connection, as far as framing is concerned. The caller makes it anew for each call or keeps
 * it, and embeds it in a struct of its own where the callbacks need to know more. */
struct framing {
	struct dump_frame *frame[2]; /* by enum framing_direction */
	uint8_t *protocol;           /* enum dump_protocol */
	/* enum dump_conn_has. Set REQUESTS_IN or REQUESTS_OUT (accepted, connected) only when the
	 * connection was seen from its first byte. With neither, the bytes tell who asks whom. */
	uint8_t *has;
	uint32_t *pipeline;          /* dump_conn.pipeline */

	/* The streams of this HTTP/2 connection, made at the first call; NULL when there is no room.
	 * Both directions may ask at once and must get the same. May itself be NULL. */
	struct dump_streams *(*streams)(struct framing *f);
	/* KNOWN_HEADS of them, see http1_known.h: shared by all connections. NULL: each head is parsed. */
	struct known_head *heads;
	/* Set by a request that begins in this feed and does more than set the session up (a login, PING, SET). */
	bool asked;
	/* The server's name, from the Host field of the first request or from a TLS ClientHello, whole or in
	 * pieces. Not terminated, not checked; what comes in pieces may have blanks around it. Valid during the
	 * call only. May be NULL. */
	void (*host)(struct framing *f, const char *bytes, size_t size, enum framing_part part);
};

/* Nothing more can be learned in this direction: framing_feed() would return at once. For the
 * caller's hot path. */
static inline bool framing_deaf(const struct framing *f, enum framing_direction direction)
{
	uint8_t protocol = __atomic_load_n(f->protocol, __ATOMIC_RELAXED);

	return protocol == DUMP_PROTOCOL_NONE ||
	       (f->frame[direction]->flags & (DUMP_FRAME_LOST | DUMP_FRAME_SWITCHED)) != 0;
}

/* `size` bytes went by in this direction, in order, each byte once. */
void framing_feed(struct framing *f, enum framing_direction direction, const void *bytes,
		  size_t size);

/* `size` bytes went by that nobody could look at: sendfile, splice, MSG_TRUNC. Inside a body this
 * is as good as framing_feed(); elsewhere the framing is lost. */
void framing_skip(struct framing *f, enum framing_direction direction, uint64_t size);

/* The direction has ended: read returned 0, or shutdown(SHUT_WR). Ends a body that lasts until
 * the connection closes. Not for errors: a reset does not end a body. */
void framing_eof(struct framing *f, enum framing_direction direction);

/* An unknown number of bytes went by uncounted: what follows cannot be followed. */
void framing_void(struct framing *f, enum framing_direction direction);

/* Starts over, with the plain text inside TLS. Neither direction may be in a call. */
void framing_restart(struct framing *f);

#endif
