/* SPDX-License-Identifier: Apache-2.0 */
/* What http-parser, which Node used for ten years, makes of a stream of HTTP/1 messages. */
#ifndef CONNLEAK_FUZZ_ORACLE_H
#define CONNLEAK_FUZZ_ORACLE_H

#include <http_parser.h>

#include "conversation.h"

struct oracle {
	enum http_errno error;
	bool switched;           /* an upgrade or CONNECT: what follows is not HTTP */
	unsigned begun, done;    /* messages whose head was read, and whose end was; of responses, final ones */
	bool head;               /* the end is within a head */
	bool misread;            /* it is wrong about this stream */
	uint64_t body;           /* of the last one, in bytes */
};

struct oracle oracle_ask(enum http_parser_type type, const uint8_t *bytes, size_t size, bool eof);

/* Compares it with what our framer knows of that direction. */
void oracle_compare(const struct oracle *o, const struct known *k, const struct dump_frame *f);

#endif
