/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes by on a connection: counts bytes, notes what the program was told, feeds the framing.
 *
 * One direction is written by one thread at a time: its sequence number is the lock, taken by
 * whoever makes it odd. It is never waited for long: a holder may be a thread that was preempted,
 * or the very code that this signal handler interrupted. Whoever gives up leaves a mark, and the
 * framing of that connection is void.
 */
#include <errno.h>
#include <string.h>

#include "conn.h"
#include "conn_slot.h"
#include "framing/framing.h"
#include "names.h"
#include "process.h"
#include "thread.h"
#include "tls.h"

#define PATIENCE 4096 /* turns of a pause instruction each: some 50 us */

/* The low half of the number of sockets opened so far: orders this use against openings, exactly,
 * where a clock would not. */
static uint32_t openings(void)
{
	return (uint32_t)__atomic_load_n(&arena.process->next_id, __ATOMIC_RELAXED);
}

static void touch(struct dump_conn *c)
{
	if (unlikely(slot_flags(c) & DUMP_INHERITED))
		slot_flag(c, DUMP_TOUCHED);
}

HOT bool conn_begin_slow(struct conn_io *io, uint32_t entry, int fd, enum dump_call call)
{
	if (state_forked()) {
		if (!process_reborn())
			return false;
		entry = descriptor_get(fd);
	}
	if (unlikely(entry & DESCRIPTOR_PENDING)) {
		if (!process_touch(fd))
			return false;
		entry = descriptor_get(fd);
	}
	if (unlikely(!entry || (entry & DESCRIPTOR_PENDING)))
		return false;
	io->conn = conn_of_entry(entry);
	io->id = __atomic_load_n(&io->conn->id, __ATOMIC_ACQUIRE);
	if (unlikely(!io->id || descriptor_get(fd) != entry))
		return false; /* closed by another thread just now, and the slot another's */
	touch(io->conn);
	io->fd = fd;
	io->openings = openings();
	io->forks = state.forks;
	io->thread = thread_self();
	if (likely(io->thread))
		thread_wait_begin(io->thread, call, io->id, -1);
	return true;
}

HOT void conn_end(const struct conn_io *io)
{
	struct dump_thread *t = self.slot && !state_forked() ? thread_self() : NULL;

	(void)io;
	if (likely(t))
		thread_wait_end(t);
}

/* ---- one direction at a time -------------------------------------------------------------------- */

/* Without other threads the only one who could be inside is the code that this signal handler
 * interrupted: waiting for it is in vain, and an atomic instruction (20 cycles) is not needed. */
static uint32_t half_lock_alone(struct dump_half *h)
{
	uint32_t seq = h->seq;

	if (seq & 1)
		return 0;
	__atomic_store_n(&h->seq, seq + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	return seq + 2;
}

static __attribute__((noinline)) uint32_t half_lock_among(struct dump_half *h, const struct dump_conn *c,
							    uint64_t id)
{
	for (int i = 0; i < PATIENCE && conn_id(c) == id; i++) {
		uint32_t seq = __atomic_load_n(&h->seq, __ATOMIC_RELAXED);

		if (likely(!(seq & 1)) &&
		    __atomic_compare_exchange_n(&h->seq, &seq, seq + 1, true, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return seq + 2;
		state_pause();
	}
	return 0;
}

static void half_unlock(struct dump_half *h, uint32_t seq)
{
	__atomic_store_n(&h->seq, seq, __ATOMIC_RELEASE);
}

/* Inline, for it is at the end of nearly every call.
 *
 * Held, a direction keeps its slot: the id does not change (recycling takes both first), so it is
 * looked at again here. Returns the sequence number to unlock with, 0 when it cannot be had. A number
 * and not a flag: if a signal handler forks in between, parent and child both come to unlock the
 * shared memory, and then write the same. */
INLINE uint32_t half_lock(struct dump_half *h, const struct dump_conn *c, uint64_t id)
{
	uint32_t seq = state_threaded() ? half_lock_among(h, c, id) : half_lock_alone(h);

	if (likely(seq && conn_id(c) == id))
		return seq;
	if (seq)
		half_unlock(h, seq);
	if (conn_id(c) != id)
		return 0;
	/* The framing of this connection is void: the reader goes by `inexact`, for the frame is the
	 * holder's to write. */
	__atomic_store_n(&h->inexact, 1, __ATOMIC_RELAXED);
	arena_lost(DUMP_LOST_IO, 1);
	return 0;
}

/* ---- framing ------------------------------------------------------------------------------------- */

struct followed {
	struct framing framing; /* first: the callbacks get its address */
	struct dump_conn *conn;
};

static struct dump_streams *streams_of(struct framing *f)
{
	return slot_streams(((struct followed *)f)->conn);
}

/* Written under the lock of the direction that asks, looked at by the other one. */
static bool has_host(const struct dump_conn *c)
{
	return __atomic_load_n(&c->host, __ATOMIC_RELAXED);
}

static void note_host(struct framing *f, const char *name, size_t size)
{
	struct dump_conn *c = ((struct followed *)f)->conn;

	if (size && !has_host(c))
		__atomic_store_n(&c->host, names_intern(name, size), __ATOMIC_RELAXED);
}

static struct followed follow(struct dump_conn *c)
{
	return (struct followed){.framing = {.frame = {&c->in.frame, &c->out.frame},
					     .protocol = &c->protocol, .has = &c->has,
					     .pipeline = &c->pipeline, .streams = streams_of,
					     .host = has_host(c) ? NULL : note_host},
				 .conn = c};
}

/* Decided by whichever direction is recognized first, so not under the other one's lock. */
static uint8_t protocol_of(const struct dump_conn *c)
{
	return __atomic_load_n(&c->protocol, __ATOMIC_RELAXED);
}

static bool framed(const struct dump_conn *c, const struct dump_half *h)
{
	uint8_t protocol = protocol_of(c);

	return c->type == SOCK_STREAM && protocol != DUMP_PROTOCOL_NONE && protocol != DUMP_PROTOCOL_TLS &&
	       !(slot_flags(c) & DUMP_TLS_INSIDE) &&
	       !(h->frame.flags & (DUMP_FRAME_LOST | DUMP_FRAME_SWITCHED));
}

/* TLS that nobody sees into yet, or what an upgrade (CONNECT, STARTTLS) led to. */
static bool opaque(const struct dump_conn *c)
{
	return (protocol_of(c) == DUMP_PROTOCOL_TLS ||
		(__atomic_load_n(&c->in.frame.flags, __ATOMIC_RELAXED) & DUMP_FRAME_SWITCHED)) &&
	       !(slot_flags(c) & DUMP_TLS_INSIDE);
}

static void feed(struct dump_conn *c, enum framing_direction direction, const struct iovec *iov,
		 size_t count, size_t n)
{
	struct followed f = follow(c);

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
	if (unlikely(protocol_of(c) == DUMP_PROTOCOL_TLS))
		slot_flag(c, DUMP_TLS);
}

/* ---- the end of a call ------------------------------------------------------------------------------ */

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

static __attribute__((cold)) void told_error(const struct conn_io *io, struct dump_half *h, int error)
{
	uint32_t seq;

	if (!tells(error) || !(seq = half_lock(h, io->conn, io->id)))
		return;
	conn_refused(io->conn, error);
	h->error = (uint16_t)error;
	half_unlock(h, seq);
}

static void touch_by(struct dump_thread *t, const struct conn_io *io, uint32_t how)
{
	if (unlikely(thread_touch_is_new(t, io->id, how)) && conn_is_connection(io->conn))
		thread_touch(t, io->id, how);
}

/* Inline twice, so that each direction has its own.
 *
 * `used`: how many sockets were opened before this use. A write counts from its beginning: its
 * answer may be read, and the next socket opened, before send() returns. */
INLINE void moved(const struct conn_io *io, enum framing_direction direction, size_t n,
		  const struct iovec *iov, size_t count, uint32_t used)
{
	struct dump_conn *c = io->conn;
	struct dump_half *h = direction == FRAMING_IN ? &c->in : &c->out;
	uint32_t seq = half_lock(h, io->conn, io->id);

	if (unlikely(!seq))
		return;
	if (unlikely(slot_flags(c) & DUMP_CONNECTING))
		conn_moved(c, io->fd);
	if (likely(io->thread))
		touch_by(io->thread, io, direction == FRAMING_IN ? DUMP_THREAD_READ : DUMP_THREAD_WROTE);
	h->bytes += n;
	h->last_mono = state_now();
	h->last_next_id = used;
	h->thread = self.id;
	if (framed(c, h))
		feed(c, direction, iov, count, n);
	if (unlikely(opaque(c)) && direction == FRAMING_IN)
		tls_received(c, iov, count, n);
	half_unlock(h, seq);
}

static __attribute__((cold)) void told_eof(const struct conn_io *io)
{
	struct dump_conn *c = io->conn;
	uint32_t seq;

	if ((c->type != SOCK_STREAM && c->type != SOCK_SEQPACKET) || !(seq = half_lock(&c->in, c, io->id)))
		return;
	if (framed(c, &c->in) && !c->in.eof) {
		struct followed f = follow(c);

		framing_eof(&f.framing, FRAMING_IN);
	}
	c->in.eof = 1;
	half_unlock(&c->in, seq);
}

/* The call has returned. False when it was begun in another process. */
static bool back(const struct conn_io *io)
{
	if (unlikely(!conn_same_process(io)))
		return false;
	if (likely(io->thread))
		thread_wait_end(io->thread);
	tls_touched(io->conn, io->id);
	return true;
}

HOT void conn_end_in(const struct conn_io *io, ssize_t n, int error, const struct iovec *iov,
		     size_t count, bool wanted)
{
	if (!back(io))
		return;
	if (likely(n > 0))
		moved(io, FRAMING_IN, (size_t)n, iov, count, openings());
	else if (n == 0 && wanted)
		told_eof(io);
	else if (n < 0)
		told_error(io, &io->conn->in, error);
}

HOT void conn_end_out(const struct conn_io *io, ssize_t n, int error, const struct iovec *iov,
		      size_t count)
{
	if (!back(io))
		return;
	if (likely(n > 0))
		moved(io, FRAMING_OUT, (size_t)n, iov, count, io->openings);
	else if (n < 0)
		told_error(io, &io->conn->out, error);
}

void conn_end_peek(const struct conn_io *io, ssize_t n, int error, bool wanted)
{
	conn_end(io);
	if (!conn_same_process(io))
		return;
	if (n == 0 && wanted)
		told_eof(io);
	else if (n < 0)
		told_error(io, &io->conn->in, error);
}

/* ---- the plain text inside TLS -------------------------------------------------------------------- */

bool conn_plain_begin(struct dump_conn *c, uint64_t id)
{
	struct followed f = follow(c);
	uint32_t in = half_lock(&c->in, c, id), out = in ? half_lock(&c->out, c, id) : 0;

	if (out) {
		framing_restart(&f.framing);
		slot_flag(c, DUMP_TLS | DUMP_TLS_INSIDE);
		half_unlock(&c->out, out);
	}
	if (in)
		half_unlock(&c->in, in);
	return out;
}

void conn_plain_host(struct dump_conn *c, uint64_t id, const char *name)
{
	struct followed f = follow(c);

	if (conn_id(c) == id)
		note_host(&f.framing, name, strlen(name));
}

void conn_plain_alpn(struct dump_conn *c, uint64_t id, const void *name, size_t size)
{
	bool h2 = size == 2 && memcmp(name, "h2", size) == 0;

	if (conn_id(c) == id && (h2 || (size == 8 && memcmp(name, "http/1.1", size) == 0)))
		__atomic_fetch_or(&c->has, h2 ? DUMP_HAS_ALPN_H2 : DUMP_HAS_ALPN_HTTP1, __ATOMIC_ACQ_REL);
}

static void plain(struct dump_conn *c, uint64_t id, enum framing_direction direction,
		  const void *bytes, size_t n)
{
	struct dump_half *h = direction == FRAMING_IN ? &c->in : &c->out;
	struct followed f = follow(c);
	uint32_t seq;

	if (conn_id(c) != id || framing_deaf(&f.framing, direction) || !(seq = half_lock(h, c, id)))
		return;
	if (bytes)
		framing_feed(&f.framing, direction, bytes, n);
	else
		framing_skip(&f.framing, direction, n);
	half_unlock(h, seq);
}

void conn_plain_in(struct dump_conn *c, uint64_t id, const void *bytes, size_t n)
{
	plain(c, id, FRAMING_IN, bytes, n);
}

void conn_plain_out(struct dump_conn *c, uint64_t id, const void *bytes, size_t n)
{
	plain(c, id, FRAMING_OUT, bytes, n);
}

void conn_plain_eof(struct dump_conn *c, uint64_t id, bool clean)
{
	struct followed f = follow(c);
	uint32_t seq;

	if (conn_id(c) != id || c->in.eof || !(seq = half_lock(&c->in, c, id)))
		return;
	if (clean)
		framing_eof(&f.framing, FRAMING_IN);
	c->in.eof = 1;
	half_unlock(&c->in, seq);
}

void conn_plain_shut(struct dump_conn *c, uint64_t id)
{
	struct followed f = follow(c);
	uint32_t seq = half_lock(&c->out, c, id);

	if (!seq)
		return;
	framing_eof(&f.framing, FRAMING_OUT);
	half_unlock(&c->out, seq);
}

void conn_plain_void(struct dump_conn *c, uint64_t id)
{
	struct followed f = follow(c);
	uint32_t seq = half_lock(&c->out, c, id);

	if (!seq)
		return;
	framing_void(&f.framing, FRAMING_OUT);
	half_unlock(&c->out, seq);
}
