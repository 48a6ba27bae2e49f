/* SPDX-License-Identifier: Apache-2.0 */
/* Copies inside the kernel: bytes go by that nobody looks at, but everybody can count. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/sendfile.h>

#include "conn.h"
#include "hooks/hook.h"

#define SENDFILE(name, offset_type)                                                               \
	HOOK(ssize_t, name, (int to, int from, offset_type *offset, size_t size))                 \
	{                                                                                         \
		struct conn_io io;                                                                \
		bool tracked = false;                                                             \
		ssize_t n;                                                                        \
                                                                                                  \
		RECORD tracked = conn_begin(&io, to, DUMP_CALL_sendfile);                         \
		n = REAL(name)(to, from, offset, size);                                           \
		if (tracked)                                                                      \
			RECORD conn_end_out(&io, n, n < 0 ? guard_errno : 0, NULL, 0);            \
		return n;                                                                         \
	}
SENDFILE(sendfile, off_t)
SENDFILE(sendfile64, off64_t)

/* One of the two is a pipe (splice(2)), so at most one is a socket. */
HOOK(ssize_t, splice, (int from, off64_t *from_offset, int to, off64_t *to_offset, size_t size,
		       unsigned flags))
{
	struct conn_io in, out;
	bool reads = false, writes = false;
	ssize_t n;

	RECORD {
		reads = conn_begin(&in, from, DUMP_CALL_splice);
		writes = !reads && conn_begin(&out, to, DUMP_CALL_splice);
	}
	n = REAL(splice)(from, from_offset, to, to_offset, size, flags);
	RECORD {
		int error = n < 0 ? guard_errno : 0;

		if (reads)
			conn_end_in(&in, n, error, NULL, 0, size > 0);
		if (writes)
			conn_end_out(&out, n, error, NULL, 0);
	}
	return n;
}
