/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of an HTTP/1 head: those that say how long the body is and whether the connection
 * goes on. Knows field lines, not messages. For http1.c only.
 */
#ifndef CONNLEAK_HTTP1_HEAD_H
#define CONNLEAK_HTTP1_HEAD_H

#include "protocol.h"

/* dump_frame.flags, the upper byte: what is known of the head, until the body is understood. */
enum {
	HEAD_CODED = 1 << 8,  /* there is a Transfer-Encoding */
	HEAD_KEEP = 1 << 9,   /* Connection: keep-alive */
	HEAD_CLASS = 7 << 10, /* of the status, one of: */
	HEAD_INTERIM = 1 << 10,
	HEAD_SWITCHING = 2 << 10,
	HEAD_EMPTY = 3 << 10, /* no body, whatever the fields say */
	HEAD_SUCCESS = 4 << 10,
	HEAD_H2C = 1 << 13,   /* Upgrade: h2c */
};

/* The first line is over: the fields come, in state `state`. */
void head_begin(struct dump_frame *frame, uint8_t state);

/* Takes bytes of the fields. True when the empty line that ends them was taken. */
bool head_feed(struct feed *feed);

/* Content-Length does not count (a Transfer-Encoding, no body). */
void head_forget_length(struct dump_frame *frame);

#endif
