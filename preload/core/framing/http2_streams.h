/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The streams of one HTTP/2 connection that are open: asked, and not answered to the end. Knows
 * neither frames nor directions. For http2.c only.
 *
 * Two threads may be here at once, one with the requests and one with the responses; nobody waits.
 */
#ifndef CONNLEAK_HTTP2_STREAMS_H
#define CONNLEAK_HTTP2_STREAMS_H

#include <stdbool.h>

#include "core/framing/framing.h"

#define STREAM_CLOSED UINT32_MAX /* instead of bits: it was reset, or has ended before */

/* A request opens stream `id`. False when there is such a stream, or was: these are its trailers. */
bool streams_open(struct dump_streams *s, uint32_t id);

/* The final response on `id` began (ANSWERED) or ended (ENDED): what had been known of the stream
 * before, enum dump_stream_bits. */
uint32_t streams_answer(struct dump_streams *s, uint32_t id, uint32_t news);

/* What is known of the stream: ANSWERED, CLOSED, or 0, also when its request is not recorded yet. */
uint32_t streams_bits(const struct dump_streams *s, uint32_t id);

/* Either side reset it: nothing of it will come any more. */
void streams_reset(struct dump_streams *s, uint32_t id);

/* The server takes no stream beyond `last` (RFC 9113 section 6.8): they will never be answered. */
void streams_goaway(struct dump_streams *s, uint32_t last);

#endif
