/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where in a conversation of MySQL a frame is; and what the packets of the server amount to, which
 * mysql_answer.c knows. For mysql.c and it only.
 */
#ifndef CONNLEAK_MYSQL_PARTS_H
#define CONNLEAK_MYSQL_PARTS_H

#include "core/framing/protocol.h"

enum state {
	HEADER = STATE_FIRST, /* 3 bytes of length, 1 of number; `sub` counts them, `remaining` has them */
	COMMAND,              /* the first byte of a command */
	CAPABILITIES,         /* of the client: 4 bytes */
	ANSWER,               /* the first byte of a packet of the server */
	COLUMNS,              /* the count of columns that did not fit into that byte */
	METADATA,             /* MariaDB: are the columns defined, or known from before? */
	PREPARED,             /* statement (4 bytes), columns, parameters (2 bytes each) */
	WARNINGS,             /* of an EOF: 2 bytes, before its status */
	AFFECTED, LAST_ID,    /* of an OK: two integers of 1 to 9 bytes, before its status */
	STATUS,
	ERROR_CODE,
	REST,                 /* nothing more of this packet matters */
};

/* How an answer goes on; a request_asked_for(). Any command may be answered by an error. */
enum kind {
	RESULT = DUMP_REQUEST_PLAIN, /* OK, or columns and rows, and again while the status says "more" */
	SINGLE,                      /* one packet */
	PREPARE,                     /* OK with two counts of definitions */
	ROWS,                        /* rows or definitions, and an end */
};

/* dump_frame.flags, the upper byte: */
enum {
	KIND = 3 << 8,          /* of the answer that goes by */
	PHASE = DUMP_MYSQL_PHASE, /* of the server, one of: */
	IN_LOGIN = 0 << 10,
	BEFORE_ANSWER = 1 << 10,
	IN_ANSWER = 2 << 10,    /* between two results, or in a dialogue */
	IN_DEFINITIONS = 3 << 10,
	AFTER_COLUMNS = 4 << 10, /* an EOF comes between them and the rows */
	IN_ROWS = 5 << 10,
	CONTINUES = 1 << 13,    /* the packet was of full length: the next one goes on with it */
	NO_EOF = 1 << 14,       /* of the client: CLIENT_DEPRECATE_EOF, as agreed on */
	LOGGED_IN = DUMP_MYSQL_LOGIN, /* of the client: it has told its capabilities */
};

#define FULL 0xffffffu
#define LEFT(f) ((f)->remaining & FULL)

static inline void phase(struct dump_frame *f, unsigned phase)
{
	frame_flags(f, phase, PHASE);
}

static inline unsigned phase_of(const struct dump_frame *f)
{
	return f->flags & PHASE;
}

/* A packet of the server begins; then its first byte; then the numbers that it announced. */
void answer_packet(struct feed *feed);
void answer_comes(struct feed *feed); /* what was read ends before that byte */
void answer_byte(struct feed *feed);
void answer_columns(struct feed *feed, uint32_t count);
void answer_prepared(struct feed *feed); /* scratch: two counts */
void answer_status(struct feed *feed, unsigned bits);
void answer_error(struct feed *feed);    /* scratch: its code */

#endif
