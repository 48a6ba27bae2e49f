/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1 in three parts, each in a file of its own: the first line of a message, its fields, its
 * body. This says what they hand to each other, and where in a message a frame is. For these
 * files only.
 */
#ifndef CONNLEAK_HTTP1_H
#define CONNLEAK_HTTP1_H

#include "protocol.h"

enum http1_state {
	START = STATE_FIRST, /* before a message; empty lines are allowed (RFC 9112 section 2.2) */
	TARGET,              /* of a request line; scratch: it is not empty */
	VERSION,             /* "HTTP/1.1" and the end of the line, by position */
	STATUS,              /* "HTTP/1.1 200", by position */
	REASON,              /* the rest of a status line; scratch: its last byte was CR */
	HEAD,                /* the fields */
	BODY,                /* `remaining` bytes of it */
	UNTIL_CLOSE,
	CHUNK_SIZE,          /* sub: digits seen */
	CHUNK_EXTENSION,     /* scratch: its last byte was CR */
	CHUNK_DATA,
	CHUNK_END,           /* CR LF after the data */
	CHUNK_END_LF,
	TRAILER,             /* fields again */
};

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

/* http1_start.c: takes bytes in the states START, NAMING and TARGET to REASON; HEAD comes next. */
void start_feed(struct feed *feed);
enum sniffed start_sniff_request(const uint8_t *bytes, size_t size);
enum sniffed start_sniff_response(const uint8_t *bytes, size_t size);

/* http1_head.c: the fields come, in state HEAD or TRAILER. */
void head_begin(struct dump_frame *frame, enum http1_state state);
/* Takes bytes of the fields. True when the empty line that ends them was taken. */
bool head_feed(struct feed *feed);
/* Content-Length does not count (a Transfer-Encoding, no body). */
void head_forget_length(struct dump_frame *frame);

/* The fields that matter, and the words that matter in their values; in lower case. */
enum field { NO_FIELD, CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION, UPGRADE, HOST, FIELDS };
enum word { CHUNKED, CLOSE, KEEP_ALIVE, H2C, WORDS };
struct http1_name {
	uint8_t size;
	char text[19];
};
extern const struct http1_name http1_fields[FIELDS], http1_words[WORDS];
/* A word of this field's value. */
void head_word(struct dump_frame *f, unsigned field, unsigned word);

/* http1_lines.c: takes the fields whose lines are all there, as long as they are usual ones, from
 * the beginning of a line on. dump_frame.sub is the last one's, NO_FIELD when it may be folded. */
void lines_take(struct feed *feed);

/* http1_text.c: takes text up to the end of the line: CR LF, or LF alone, which may be let pass
 * (section 2.2). `cr` says that the last byte taken was CR, which nothing but LF may follow, and is
 * kept by the caller. A control character is no text. */
enum taken { TAKEN_PART, TAKEN_LINE, TAKEN_LF_LINE, TAKEN_BAD };
enum taken take_text(struct feed *feed, bool *cr);

/* How many of the bytes are such: */
size_t span_token(const uint8_t *p, size_t size);  /* as in methods and names (RFC 9110 section 5.6.2) */
size_t span_text(const uint8_t *p, size_t size);   /* no control characters but tabs */
size_t span_target(const uint8_t *p, size_t size); /* no blanks, no control characters */
extern const bool http1_token[256];

static inline void head_unflag(struct dump_frame *f, unsigned flags)
{
	__atomic_store_n(&f->flags, (uint16_t)(f->flags & ~flags), __ATOMIC_RELEASE);
}

#endif
