/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Protocols of lines that are not followed, but whose server says when it ends the session: IMAP's "* BYE"
 * (RFC 9051 section 7.1.5), SMTP's and FTP's replies 221 and 421 (RFC 5321 section 4.2.3, RFC 959
 * section 4.2). Known by the server's first words (framing/sniff.c); goodbyes are looked for where a read
 * begins with a line, which is where they stand. Async-signal-safe.
 */
#ifndef CONNLEAK_LINES_H
#define CONNLEAK_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#include "connleak/dump.h"

#define LINES_READ (DUMP_LINES_IMAP | DUMP_LINES_REPLIES)

static inline bool lines_are_read(const struct dump_half *in)
{
	return in->frame.flags & LINES_READ;
}

/* `n` bytes were read, in `iov`, or nobody saw them when that is NULL; the server speaks such a protocol.
 * Under the direction's lock. */
void lines_read(struct dump_half *in, const struct iovec *iov, size_t n);

#endif
