/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1 in three parts, each in a file of its own: the first line of a message, its fields, its
 * body. This says what they hand to each other, and where in a message a frame is. For these
 * files only.
 */
#ifndef CONNLEAK_HTTP1_PARTS_H
#define CONNLEAK_HTTP1_PARTS_H

#include "core/framing/protocol.h"

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
	CHUNK_EXTENSION,     /* the rest of that line; sub: enum extension_state */
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

/* The fields that matter, and the words that matter in their values: in lower case, no two of one size. */
#define HTTP1_FRAMING_FIELDS(X)                   \
	X(CONTENT_LENGTH, "content-length")       \
	X(TRANSFER_ENCODING, "transfer-encoding") \
	X(CONNECTION, "connection")               \
	X(UPGRADE, "upgrade")
#define HTTP1_FIELDS(X)         \
	HTTP1_FRAMING_FIELDS(X) \
	X(HOST, "host")
#define HTTP1_WORDS(X)        \
	X(CHUNKED, "chunked") \
	X(CLOSE, "close")     \
	X(IDENTITY, "identity") \
	X(KEEP_ALIVE, "keep-alive") \
	X(H2C, "h2c")
#define HTTP1_ENUM(name, text) name,
enum field { NO_FIELD, HTTP1_FIELDS(HTTP1_ENUM) FIELDS };
enum word { HTTP1_WORDS(HTTP1_ENUM) WORDS };

/* http1_start.c: takes bytes in the states START, NAMING and TARGET to REASON; HEAD comes next. */
void start_feed(struct feed *feed);
/* What a status says of the body: of HEAD_CLASS. What is beyond 599 counts as 5xx (RFC 9110 section 15). */
uint16_t start_class(unsigned status);
#define METHOD_MAX 32
enum sniffed start_sniff_request(const uint8_t *bytes, size_t size);
enum sniffed start_sniff_response(const uint8_t *bytes, size_t size);

/* The fields come, in state HEAD or TRAILER. */
static inline void head_begin(struct dump_frame *f, enum http1_state state)
{
	f->state = (uint8_t)state;
	f->sub = FIELDS; /* none yet: nothing to be folded */
	f->remaining = 0;
	if (state == HEAD)
		f->body = 0;
	f->scratch = 0; /* at the beginning of a line */
}

/* http1_head.c. */
/* Takes bytes of the fields. True when the empty line that ends them was taken. */
bool head_feed(struct feed *feed);
/* Content-Length does not count (a Transfer-Encoding, no body). */
void head_forget_length(struct dump_frame *frame);

/* A word of this field's value. */
void head_word(struct dump_frame *f, unsigned field, unsigned word);

/* http1_lines.c: takes the fields whose lines are all there, as long as they are usual ones, from
 * the beginning of a line on. dump_frame.sub is the last one's, NO_FIELD when it may be folded.
 * True when the empty line that ends them was taken, too. */
bool lines_take(struct feed *feed);
/* In state START: takes a whole first line, and then fields; `over` as above. False: nothing was taken. */
bool lines_begin(struct feed *feed, bool *over);

/* http1_known.c: as lines_begin(), which it calls where the head that begins is not known by its bytes. */
bool known_begin(struct feed *feed, bool *over);

/* The whole value of a Host; framing.host is there. */
void tell_host(struct feed *feed, const uint8_t *at, const uint8_t *end);

/* http1_text.c: takes text up to the end of the line: CR LF, or LF alone, which may be let pass
 * (section 2.2). `cr` says that the last byte taken was CR, which nothing but LF may follow, and is
 * kept by the caller. A control character is no text. */
enum taken { TAKEN_PART, TAKEN_LINE, TAKEN_LF_LINE, TAKEN_BAD };
enum taken take_text(struct feed *feed, bool *cr);

/* http1_extension.c: takes what is behind a chunk's size, to the end of the line. What its last byte was: */
enum extension_state {
	EXT_BAD,   /* one that must not stand there */
	EXT_TAKEN, /* the line feed */
	EXT_OVER,  /* of the size, or of an extension; or a blank behind it */
	EXT_NEXT,  /* ";" */
	EXT_NAME,
	EXT_NAMED, /* a blank behind the name */
	EXT_IS,    /* "=" */
	EXT_VALUE,
	EXT_QUOTED, EXT_ESCAPED, /* in a quoted string, and behind a backslash in it */
	EXT_LF,    /* the CR that LF has to follow */
};
unsigned take_extension(struct feed *feed, unsigned state);

#endif
