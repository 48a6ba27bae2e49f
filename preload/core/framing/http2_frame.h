/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/2's preface and frames, as they are on the wire (RFC 9113 sections 3.4, 4.1, 6). For http2*.c only. */
#ifndef CONNLEAK_HTTP2_FRAME_H
#define CONNLEAK_HTTP2_FRAME_H

#include "core/framing/protocol.h"

#define HTTP2_PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define HTTP2_PREFACE_SIZE (sizeof HTTP2_PREFACE - 1)

enum type {
	TYPE_DATA, TYPE_HEADERS, TYPE_PRIORITY, TYPE_RST_STREAM, TYPE_SETTINGS, TYPE_PUSH_PROMISE,
	TYPE_PING, TYPE_GOAWAY, TYPE_WINDOW_UPDATE, TYPE_CONTINUATION, TYPES,
};

enum { ACK = 0x1, END_STREAM = 0x1, END_HEADERS = 0x4, PADDED = 0x8, WITH_PRIORITY = 0x20 };

#define FRAME_HEADER 9u

struct header {
	uint32_t length;
	uint8_t type;
	uint8_t flags;
	uint32_t stream;
};

/* http2_sniff.c: as struct protocol has them. */
enum sniffed http2_sniff_request(const uint8_t *bytes, size_t size);
enum sniffed http2_sniff_response(const uint8_t *bytes, size_t size);

#endif
