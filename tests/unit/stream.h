/* SPDX-License-Identifier: Apache-2.0 */
/* A conversation fed to the framers, in pieces of any size. Knows no protocol. */
#ifndef CONNLEAK_TEST_STREAM_H
#define CONNLEAK_TEST_STREAM_H

#include "core/framing/framing.h"

struct stream {
	struct framing framing; /* first */
	struct dump_frame in, out;
	uint8_t protocol, has;
	uint32_t pipeline;
	struct dump_streams streams;
	char host[256], pieces[256]; /* the first one that was told; what came of one so far */
};

/* A conversation, as a program that asks sees it, and what has to be known at its end. */
struct conversation {
	const char *name;
	const char *requests;
	size_t requests_size; /* 0: strlen */
	const char *responses;
	size_t responses_size;
	bool eof; /* the responses' side ends */
	uint8_t protocol;
	unsigned asked, begun, done;
	uint16_t flags;    /* of the responses that have to be set, of the lower byte */
	uint16_t not_flags;
	bool lost;
	uint64_t body, remaining; /* the latter not of HTTP/2 */
	unsigned awaited, answered; /* HTTP/2: streams that are open */
};

/* Feeds it whole, byte by byte, cut in two at every byte, and with the sides swapped (as the
 * accepted side sees it), and checks each with cmocka's assertions. */
void check_conversation(const struct conversation *c);

void stream_begin(struct stream *s, uint8_t has);

/* How many streams of HTTP/2 are open and have these bits. */
unsigned stream_count(const struct stream *s, uint32_t bits);

#endif
