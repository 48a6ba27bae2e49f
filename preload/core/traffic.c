/* SPDX-License-Identifier: Apache-2.0 */
#include "core/traffic.h"

#include <errno.h>

#include "core/connect.h"
#include "core/follow.h"
#include "core/half.h"

void traffic_feed(struct recorder *r, struct dump_conn *c, enum framing_direction direction,
		  const struct iovec *iov, size_t count, size_t n)
{
	struct followed f = follow(r, c);

	if (!iov) {
		framing_skip(&f.framing, direction, n);
		return;
	}
	for (size_t i = 0; i < count && n; i++) {
		size_t part = iov[i].iov_len < n ? iov[i].iov_len : n;

		if (part)
			framing_feed(&f.framing, direction, iov[i].iov_base, part);
		n -= part;
	}
	if (unlikely(traffic_protocol(c) == DUMP_PROTOCOL_TLS))
		slot_flag(c, DUMP_TLS);
}

/* Errors after which the program knows that something happened to the connection; the others say
 * "not now" or "not like this". */
static bool tells(int error)
{
	switch (error) {
	case EAGAIN: case EINTR: case EFAULT: case EINVAL: case EBADF: case ENOTSOCK:
	case EOPNOTSUPP: case EMSGSIZE: case ENOBUFS: case ENOMEM: case EDESTADDRREQ:
	case EISCONN: case EALREADY: case EINPROGRESS: case ENOTCONN: case ESPIPE:
		return false;
	}
	return true;
}

COLD void traffic_told_error(struct recorder *r, struct dump_conn *c, uint64_t id, bool among,
			     enum framing_direction direction, int error)
{
	struct dump_half *h = direction == FRAMING_IN ? &c->in : &c->out;
	uint32_t seq;

	if (!tells(error) || !(seq = half_lock(r, h, c, id, among)))
		return;
	connect_refused(c, error);
	h->error = (uint16_t)error;
	half_unlock(h, seq);
}

COLD void traffic_told_eof(struct recorder *r, struct dump_conn *c, uint64_t id, bool among)
{
	uint32_t seq;

	if ((c->type != SOCK_STREAM && c->type != SOCK_SEQPACKET) || !(seq = half_lock(r, &c->in, c, id, among)))
		return;
	if (traffic_framed(c, &c->in) && !c->in.eof) {
		struct followed f = follow(r, c);

		framing_eof(&f.framing, FRAMING_IN);
	}
	c->in.eof = 1;
	half_unlock(&c->in, seq);
}
