/* SPDX-License-Identifier: Apache-2.0 */
/* Copies inside the kernel: bytes go by that nobody looks at, but everybody can count. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/sendfile.h>

#include "hooks/around.h"

#define SENDFILE(name, offset_type)                                                               \
	AROUND(ssize_t, name, to, sendfile, (int to, int from, offset_type *offset, size_t size), \
	       (to, from, offset, size), conn_end_out(&io, n, TOLD(n), NULL, 0))
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
		int error = TOLD(n);

		if (reads)
			conn_end_in(&in, n, error, NULL, 0, size > 0);
		if (writes)
			conn_end_out(&out, n, error, NULL, 0);
	}
	return n;
}
