/* SPDX-License-Identifier: Apache-2.0 */
/* Feeds a conversation to the framers in pieces of several sizes, and aborts when what they say
 * depends on the pieces or contradicts itself. Knows no protocol. For the fuzz targets. */
#ifndef CONNLEAK_FUZZ_CONVERSATION_H
#define CONNLEAK_FUZZ_CONVERSATION_H

#include "core/framing/framing.h"
#include "must.h"

/* What is said and by whom: `turns` pieces, the first and every other one by who asks. */
#define TURNS_MAX 40
struct conversation {
	const uint8_t *bytes[TURNS_MAX];
	size_t size[TURNS_MAX];
	unsigned turns;
	bool eof; /* and then the side that answers ends its stream */
};

/* What the framers know in the end. */
struct known {
	struct framing framing; /* first */
	struct dump_frame in, out;
	uint8_t protocol, has;
	uint32_t pipeline;
	struct dump_streams streams;
	struct told { /* the server's name: the beginning of it, as far as it came, and the first one that was told */
		size_t size;
		char bytes[300];
	} coming, host;
};

/* The known of the whole pieces, after it was compared with that of others. */
struct known conversation_check(const struct conversation *c);

static inline bool known_lost(const struct known *k)
{
	return (k->in.flags | k->out.flags) & DUMP_FRAME_LOST;
}

#endif
