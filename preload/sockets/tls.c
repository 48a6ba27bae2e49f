/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/tls.h"

#include <string.h>
#include <sys/socket.h>

#include "core/arena.h"
#include "core/plain.h"
#include "core/slot.h"
#include "sockets/descriptor.h"

__thread struct tls_seen tls_seen __attribute__((tls_model("initial-exec")));

/* How far from its place an entry may lie. */
#define PROBES 16u

struct entry {
	const void *key;        /* a session or a BIO; NULL: free. Written first */
	const void *peer;       /* of a BIO: the other end of its pair */
	struct dump_conn *conn; /* valid while its slot still has this id */
	uint64_t id;
	uint32_t epoch;         /* of another process image's life: the child of a fork begins anew */
	uint32_t carrier;       /* its plain text is another session's records: TLS in TLS */
};

static struct entry entries[TLS_ENTRIES]; /* pages that no session needs stay untouched */
static uint32_t epoch;

/* ---- the table ----------------------------------------------------------------------------------- */

static uint32_t place(const void *key)
{
	return (uint32_t)(((uintptr_t)key >> 4) * 0x9E3779B97F4A7C15ull >> 40) % TLS_ENTRIES;
}

static struct entry *find(const void *key)
{
	uint32_t at = place(key);

	for (uint32_t i = 0; i < PROBES; i++) {
		struct entry *e = &entries[(at + i) % TLS_ENTRIES];

		if (__atomic_load_n(&e->key, __ATOMIC_ACQUIRE) == key)
			return e;
	}
	return NULL;
}

/* A word read while another thread writes the next one pairs an id with another's slot: the slot's
 * own id tells. */
static struct dump_conn *conn_of(const struct entry *e, uint64_t *id)
{
	struct dump_conn *c = e ? __atomic_load_n(&e->conn, __ATOMIC_ACQUIRE) : NULL;

	if (!c || e->epoch != epoch)
		return NULL;
	*id = __atomic_load_n(&e->id, __ATOMIC_ACQUIRE);
	return conn_id(c) == *id && c->state == DUMP_OPEN ? c : NULL;
}

/* Takes a free entry, else one whose connection is closed, else one that never had any. */
static struct entry *tls_take(const void *key)
{
	uint32_t at = place(key);

	for (uint32_t i = 0; i < 2 * PROBES; i++) {
		struct entry *e = &entries[(at + i % PROBES) % TLS_ENTRIES];
		const void *old = __atomic_load_n(&e->key, __ATOMIC_ACQUIRE);
		uint64_t id;

		if (old && (i < PROBES || conn_of(e, &id)))
			continue;
		if (!__atomic_compare_exchange_n(&e->key, &old, key, false, __ATOMIC_ACQ_REL,
						 __ATOMIC_RELAXED))
			continue;
		__atomic_store_n(&e->conn, NULL, __ATOMIC_RELEASE);
		e->peer = NULL;
		return e;
	}
	arena_lost(&here, DUMP_LOST_TLS, 1);
	return NULL;
}

static bool put(const void *key, struct dump_conn *c, uint64_t id)
{
	struct entry *e = find(key);

	if (!e)
		e = tls_take(key);
	if (!e)
		return false;
	e->carrier = 0;
	e->epoch = epoch;
	__atomic_store_n(&e->id, id, __ATOMIC_RELEASE);
	__atomic_store_n(&e->conn, c, __ATOMIC_RELEASE);
	return true;
}

void tls_forget(const void *session)
{
	struct entry *e = session ? find(session) : NULL;

	if (!e)
		return;
	__atomic_store_n(&e->conn, NULL, __ATOMIC_RELEASE);
	__atomic_store_n(&e->key, NULL, __ATOMIC_RELEASE);
}

void tls_forget_all(void)
{
	memset(&tls_seen, 0, sizeof tls_seen);
	self.touched = NULL;
	epoch++;
}

/* ---- sessions ------------------------------------------------------------------------------------ */

/* A connection that is being followed, and speaks no TLS, was touched by chance: a session cache, a
 * look-up made by a callback of the handshake. */
static bool may_hold_tls(const struct dump_conn *c)
{
	if (c->type != SOCK_STREAM)
		return false;
	if (c->flags & (DUMP_TLS | DUMP_TLS_INSIDE))
		return true;
	return c->protocol == DUMP_PROTOCOL_UNKNOWN || c->protocol == DUMP_PROTOCOL_NONE ||
	       ((c->in.frame.flags | c->out.frame.flags) & (DUMP_FRAME_LOST | DUMP_FRAME_SWITCHED));
}

/* TLS went by on it, and nobody sees into it yet. */
static bool sealed(const struct dump_conn *c)
{
	return (c->flags & (DUMP_TLS | DUMP_TLS_INSIDE)) == DUMP_TLS;
}

static bool tls_learn(struct tls_call *call, struct dump_conn *c, uint64_t id)
{
	call->conn = NULL;
	if (!may_hold_tls(c) || !put(call->session, c, id))
		return false;
	if (!plain_begin(&here, c, id, state_threaded())) {
		tls_forget(call->session);
		return false;
	}
	call->conn = c;
	call->id = id;
	return true;
}

/* TLS inside TLS, as to a proxy: the session whose call happened inside carries this one's records,
 * and the framing follows what is innermost. */
static void carried(const struct tls_call *call, const void *inside)
{
	struct entry *e = inside && inside != call->session ? find(inside) : NULL;
	uint64_t id;

	if (e && !e->carrier && conn_of(e, &id) == call->conn)
		e->carrier = 1;
}

void tls_begin(struct tls_call *call, const void *session)
{
	call->session = session;
	call->outer = self.touched;
	call->outer_id = self.touched_id;
	self.touched = NULL;
	tls_seen.inside = NULL;
}

/* What the call touched is, for the call around it, what was touched inside that one. */
static void leave(struct tls_call *call)
{
	tls_seen.inside = call->session;
	if (call->outer) {
		self.touched = call->outer;
		self.touched_id = call->outer_id;
	}
}

void tls_leave(struct tls_call *call)
{
	leave(call);
}

void tls_failed(struct tls_call *call)
{
	struct dump_conn *c = self.touched;
	uint64_t id = self.touched_id;

	leave(call);
	if (!state_forked() && c && c->type == SOCK_STREAM && !(c->flags & DUMP_TLS_INSIDE) && conn_id(c) == id &&
	    c->state == DUMP_OPEN)
		plain_failed(&here, c, id, state_threaded());
}

bool tls_end(struct tls_call *call)
{
	struct dump_conn *touched = self.touched;
	uint64_t id = self.touched_id;
	const void *inside = tls_seen.inside;
	struct entry *e;

	leave(call);
	if (state_forked())
		return false;
	if (touched && (conn_id(touched) != id || touched->state != DUMP_OPEN))
		touched = NULL;
	e = find(call->session);
	call->conn = conn_of(e, &call->id);
	if (touched && touched != call->conn && (!call->conn || sealed(touched))) {
		if (!tls_learn(call, touched, id))
			return false;
		e = find(call->session);
	}
	if (unlikely(inside != NULL) && call->conn)
		carried(call, inside);
	return call->conn && e && !e->carrier;
}

void tls_in(const struct tls_call *call, const void *bytes, size_t n)
{
	plain_in(&here, call->conn, call->id, state_threaded(), bytes, n);
}

void tls_out(const struct tls_call *call, const void *bytes, size_t n)
{
	plain_out(&here, call->conn, call->id, state_threaded(), bytes, n);
}

void tls_eof(const struct tls_call *call, bool clean)
{
	plain_eof(&here, call->conn, call->id, state_threaded(), clean);
}

void tls_shut(const struct tls_call *call)
{
	plain_shut(&here, call->conn, call->id, state_threaded());
}

void tls_void(const struct tls_call *call)
{
	plain_void(&here, call->conn, call->id, state_threaded());
}

void tls_host(const struct tls_call *call, const char *name)
{
	plain_host(&here, call->conn, call->id, name);
}

void tls_alpn(const struct tls_call *call, const void *name, size_t size)
{
	plain_alpn(call->conn, call->id, name, size);
}

bool tls_end_at(struct tls_call *call, const void *bio, int fd)
{
	const struct entry *e = bio ? find(bio) : NULL;
	uint32_t entry = descriptor_get(fd);
	struct dump_conn *c;
	uint64_t id;

	if (call->conn || state_forked())
		return false;
	c = conn_of(e, &id);
	if (!c && e && e->peer)
		c = conn_of(find(e->peer), &id);
	if (!c && entry && !(entry & DESCRIPTOR_PENDING)) {
		c = conn_of_entry(&here, entry);
		id = conn_id(c);
	}
	return c && tls_learn(call, c, id);
}

/* ---- BIOs ------------------------------------------------------------------------------------------- */

void tls_received(struct dump_conn *c, const struct iovec *iov, size_t count, size_t n)
{
	tls_seen.from = NULL;
	if (!iov || !count || n < TLS_MARK || iov->iov_len < TLS_MARK)
		return; /* too few bytes to be known again */
	memcpy(tls_seen.mark, iov->iov_base, TLS_MARK);
	tls_seen.size = n;
	tls_seen.from_id = conn_id(c);
	tls_seen.from = c;
}

void tls_put_in(const void *bio, const void *bytes, size_t n)
{
	struct dump_conn *c = tls_seen.from;

	if (!c || n < TLS_MARK || n > tls_seen.size || memcmp(bytes, tls_seen.mark, TLS_MARK) != 0)
		return;
	tls_seen.from = NULL;
	if (!state_forked() && conn_id(c) == tls_seen.from_id && c->state == DUMP_OPEN)
		put(bio, c, tls_seen.from_id);
}

static void pair(const void *bio, const void *other)
{
	struct entry *e = find(bio);

	if (!e)
		e = tls_take(bio);
	if (!e)
		return;
	__atomic_store_n(&e->conn, NULL, __ATOMIC_RELEASE);
	e->peer = other;
}

void tls_paired(const void *bio, const void *other)
{
	pair(bio, other);
	pair(other, bio);
}
