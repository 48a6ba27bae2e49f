/* SPDX-License-Identifier: Apache-2.0 */
#include "core/framing/http2_status.h"

#include <stdbool.h>

/* :status has the places 8 to 14 of the static table (RFC 7541 appendix A); the dynamic table
 * begins at 62. */
#define STATIC_FIRST 8
#define STATIC_LAST 14
#define DYNAMIC_FIRST 62

static enum status indexed(unsigned index)
{
	if (index >= DYNAMIC_FIRST)
		return STATUS_INDEXED;
	return index >= STATIC_FIRST && index <= STATIC_LAST ? STATUS_FINAL : STATUS_OTHER;
}

/* A literal whose name has an index; `most` is the value of the prefix that says "and more bytes". */
static enum status literal(unsigned index, unsigned most, bool kept)
{
	if (index == most || index == 0 || (index < STATIC_FIRST || (index > STATIC_LAST && index < DYNAMIC_FIRST)))
		return kept ? STATUS_OTHER_KEPT : STATUS_OTHER;
	return kept ? STATUS_LENGTH_KEPT : STATUS_LENGTH;
}

/* RFC 7541 section 6: the first byte of a field says how it is represented. */
static enum status field(uint8_t byte)
{
	if (byte & 0x80)
		return byte == 0x80 ? STATUS_BAD : indexed(byte & 0x7f);
	if (byte & 0x40)
		return literal(byte & 0x3f, 0x3f, true);
	if (byte & 0x20)
		return (byte & 0x1f) == 0x1f ? STATUS_UPDATE : STATUS_BEGIN;
	return literal(byte & 0x0f, 0x0f, false);
}

/* Three digits: as they are, or 15 to 18 bits in Huffman's code. */
static enum status length(uint8_t byte, bool kept)
{
	if (byte == 3)
		return kept ? STATUS_PLAIN_KEPT : STATUS_PLAIN;
	if (byte == 0x82 || byte == 0x83)
		return kept ? STATUS_CODED_KEPT : STATUS_CODED;
	return STATUS_BAD;
}

static enum status digit(bool interim, bool kept)
{
	return !interim ? STATUS_FINAL : kept ? STATUS_INTERIM_KEPT : STATUS_INTERIM;
}

/* The code of '1' is 00001 (RFC 7541 appendix B); no other digit begins like that. */
enum status status_next(enum status status, uint8_t byte)
{
	switch (status) {
	case STATUS_BEGIN: return field(byte);
	case STATUS_UPDATE: return byte & 0x80 ? STATUS_UPDATE : STATUS_BEGIN;
	case STATUS_LENGTH: return length(byte, false);
	case STATUS_LENGTH_KEPT: return length(byte, true);
	case STATUS_PLAIN: return digit(byte == '1', false);
	case STATUS_PLAIN_KEPT: return digit(byte == '1', true);
	case STATUS_CODED: return digit(byte >> 3 == 1, false);
	case STATUS_CODED_KEPT: return digit(byte >> 3 == 1, true);
	default: return status;
	}
}
