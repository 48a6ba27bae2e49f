/* SPDX-License-Identifier: Apache-2.0 */
#include "core/lines.h"

#include <string.h>

/* IMAP's answers begin with the client's tag, which may be any number. */
static bool is_goodbye(unsigned flags, const char *line, size_t size)
{
	if (flags & DUMP_LINES_IMAP)
		return size > 6 && memcmp(line, "* BYE ", 6) == 0;
	return size > 4 && (memcmp(line, "421", 3) == 0 || memcmp(line, "221", 3) == 0) &&
	       (line[3] == ' ' || line[3] == '-');
}

void lines_read(struct dump_half *in, const struct iovec *iov, size_t n)
{
	unsigned flags = in->frame.flags, now = flags & ~(DUMP_LINES_MIDDLE | DUMP_FRAME_CLOSE);
	const char *bytes = iov && iov->iov_len >= n ? iov->iov_base : NULL;

	if (bytes && !(flags & DUMP_LINES_MIDDLE) && is_goodbye(flags, bytes, n))
		now |= DUMP_FRAME_CLOSE;
	if (!bytes || bytes[n - 1] != '\n')
		now |= DUMP_LINES_MIDDLE;
	__atomic_store_n(&in->frame.flags, (uint16_t)now, __ATOMIC_RELEASE);
}
