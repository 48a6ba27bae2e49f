/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the frames of HTTP/2 amount to: requests and responses on streams. Knows no layout of
 * frames; the frame that goes by is on stream dump_frame.scratch. For http2.c only.
 */
#ifndef CONNLEAK_HTTP2_MESSAGE_H
#define CONNLEAK_HTTP2_MESSAGE_H

#include "core/framing/http2_status.h"
#include "core/framing/protocol.h"

/* dump_frame.flags, the upper byte; all but UNSURE are about the frame or block that goes by. */
enum {
	ENDS = 1 << 8,       /* END_STREAM */
	BLOCK_ENDS = 1 << 9, /* END_HEADERS */
	PRIORITY = 1 << 10,
	IN_BLOCK = 1 << 11,  /* between HEADERS or PUSH_PROMISE and the end of the fields */
	PROMISE = 1 << 12,
	LATEST = 1 << 13,    /* DATA of the response that began last */
	UNSURE = 1 << 14,    /* an interim :status may be in the dynamic table */
};

/* What is known of :status in this block: the upper half of dump_frame.sub. */
#define STATUS(f) ((enum status)((f)->sub >> 4))

static inline void set_status(struct dump_frame *f, enum status status)
{
	f->sub = (uint8_t)(status << 4);
}

/* HEADERS begin; `ends` when they have END_STREAM. False: the framing is lost. */
bool message_headers(struct feed *feed, bool ends);
/* The fields of HEADERS or PUSH_PROMISE are complete. */
void message_fields(struct feed *feed);
void message_data(struct feed *feed); /* DATA begin */
void message_ends(struct feed *feed); /* END_STREAM went by */
void message_reset(struct feed *feed);
void message_goaway(struct feed *feed, uint32_t last);
/* The request of HTTP/1 that was there before is on stream 1. False: the framing is lost. */
bool message_upgraded(struct feed *feed);

#endif
