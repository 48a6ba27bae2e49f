/* SPDX-License-Identifier: Apache-2.0 */
/* Is it HTTP/2? A client says so; a server that speaks first is known by its settings. */
#include <string.h>

#include "core/framing/http2_frame.h"

#define TELLING 14u /* "PRI * HTTP/2.0" */

enum sniffed http2_sniff_request(const uint8_t *bytes, size_t size)
{
	if (memcmp(bytes, HTTP2_PREFACE, size < TELLING ? size : TELLING) != 0)
		return SNIFF_NO;
	return size >= TELLING ? SNIFF_YES : SNIFF_MORE;
}

/* A server may speak first: SETTINGS, without ACK, of stream 0. */
enum sniffed http2_sniff_response(const uint8_t *bytes, size_t size)
{
	static const uint8_t rest[] = {TYPE_SETTINGS, 0, 0, 0, 0, 0};
	size_t n = size < FRAME_HEADER ? size : FRAME_HEADER;

	if (bytes[0] != 0 || (n > 2 && ((unsigned)bytes[1] << 8 | bytes[2]) % 6 != 0) ||
	    (n > 3 && memcmp(bytes + 3, rest, n - 3) != 0))
		return SNIFF_NO;
	return n == FRAME_HEADER ? SNIFF_YES : SNIFF_MORE;
}
