/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is this response interim or final? Read off the first bytes of its HPACK block: :status comes
 * before all other fields (RFC 9113 section 8.3). Knows neither frames nor streams, and keeps no
 * dynamic table. For http2.c only.
 */
#ifndef CONNLEAK_HTTP2_STATUS_H
#define CONNLEAK_HTTP2_STATUS_H

#include <stdint.h>

enum status {
	STATUS_BEGIN,       /* at the beginning of a field */
	STATUS_UPDATE,      /* inside a change of the table's size */
	STATUS_LENGTH,      /* before the length of the value */
	STATUS_LENGTH_KEPT, /* ..._KEPT: the field goes into the dynamic table */
	STATUS_PLAIN,       /* before its first byte, as it is */
	STATUS_PLAIN_KEPT,
	STATUS_CODED,       /* before its first byte, in Huffman's code */
	STATUS_CODED_KEPT,
	STATUS_KNOWN,       /* from here on all is said */
	STATUS_FINAL = STATUS_KNOWN,
	STATUS_INTERIM,
	STATUS_INTERIM_KEPT,
	STATUS_INDEXED,     /* what the dynamic table has: final, unless an interim one went into it */
	STATUS_OTHER,       /* no :status, or it cannot be told */
	STATUS_OTHER_KEPT,  /* the same, and what cannot be told went into the table */
	STATUS_BAD,
};

/* What the next byte of the block makes of it. */
enum status status_next(enum status status, uint8_t byte);

#endif
