/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A write counts from its beginning: its answer may be read, and the connection closed, before Write returns.
 * So Write is noted where it begins, and what it is given is taken for written; Read where it returns. What
 * Read was called with is kept by goroutine, two deep: over an HTTPS proxy one session reads through another.
 *
 * At these places the goroutine cannot be preempted, and the buffer cannot move: it went through an
 * interface, so it is on the heap.
 */
#include "golang/crypto.h"

#include <string.h>

#include "conn.h"
#include "core/plain.h"
#include "core/slot.h"
#include "process.h"

enum { CONN, FD, PFD, SYSFD, FIELDS };
static struct go_field field[FIELDS] = {
	[CONN] = {"crypto/tls", "tls.Conn", "conn", 0, false},
	[FD] = {"net", "net.conn", "fd", 0, false},
	[PFD] = {"net", "net.netFD", "pfd", 0, false},
	[SYSFD] = {"internal/poll", "poll.FD", "Sysfd", 0, false},
};
static const struct go_image *image;

bool golang_tls_learn(const struct go_image *of)
{
	image = of;
	return go_image_fields(of, field, FIELDS) == FIELDS;
}

#define PENDING 16384u
static struct pending {
	uintptr_t g;
	struct call {
		uintptr_t session, bytes, size;
	} calls[2];
} pending[PENDING];

static struct pending *pending_of(uintptr_t g)
{
	uint32_t i = (uint32_t)((g >> 5) * 0x9e3779b97f4a7c15ull >> 50);

	for (uint32_t n = 0; n < 32; n++, i = (i + 1) % PENDING) {
		uintptr_t is = __atomic_load_n(&pending[i].g, __ATOMIC_ACQUIRE);

		if (is == g || (!is && (__atomic_compare_exchange_n(&pending[i].g, &is, g, false, __ATOMIC_ACQ_REL,
								    __ATOMIC_ACQUIRE) || is == g)))
			return &pending[i];
	}
	return NULL;
}

/* The interface in tls.Conn: its table, whose second word is the type, and the connection.
 * *net.TCPConn begins with a net.conn. */
static int descriptor_of(uintptr_t session)
{
	static uintptr_t tcp; /* the table of (*net.TCPConn, net.Conn), once met */
	const uintptr_t *face = (const uintptr_t *)(session + field[CONN].offset);
	uintptr_t fd;

	if (!face[0] || !face[1])
		return -1;
	if (face[0] != tcp) {
		if (!go_image_type_is(image, ((const uintptr_t *)face[0])[1], "*net.TCPConn"))
			return -1;
		tcp = face[0];
	}
	fd = *(const uintptr_t *)(face[1] + field[FD].offset);
	return fd ? *(const int *)(fd + field[PFD].offset + field[SYSFD].offset) : -1;
}

static void moved(const struct call *call, bool out, size_t n)
{
	int fd = descriptor_of(call->session);
	uint32_t entry = fd >= 0 ? descriptor_get(fd) : 0;
	struct dump_conn *c;
	uint64_t id;

	if (!entry || (entry & DESCRIPTOR_PENDING))
		return;
	c = conn_of_entry(&here, entry);
	id = __atomic_load_n(&c->id, __ATOMIC_ACQUIRE);
	if (!id || (!(slot_flags(c) & DUMP_TLS_INSIDE) && !plain_begin_once(&here, c, id, state_threaded())))
		return;
	if (out)
		plain_out(&here, c, id, state_threaded(), (const void *)call->bytes, n);
	else
		plain_in(&here, c, id, state_threaded(), (const void *)call->bytes, n);
}

/* The call that this return belongs to: since the stack may have moved, the last one that was begun. */
static bool take(struct pending *p, struct call *call)
{
	*call = p->calls[0];
	p->calls[0] = p->calls[1];
	memset(&p->calls[1], 0, sizeof p->calls[1]);
	return call->session;
}

void golang_tls_event(const struct golang_frame *f)
{
	struct call call = {.session = f->ax, .bytes = f->bx, .size = f->cx};
	struct pending *p;

	if (state_forked() || arena_state(&here) != ARENA_FILE)
		return;
	if (f->id == GOLANG_TLS_WRITE) {
		if (call.size)
			moved(&call, true, call.size);
		return;
	}
	p = pending_of(f->g);
	if (!p)
		return;
	if (f->id == GOLANG_TLS_READ) {
		p->calls[1] = p->calls[0];
		p->calls[0] = call;
	} else if (take(p, &call) && (intptr_t)f->ax > 0 && f->ax <= call.size) {
		moved(&call, false, f->ax);
	}
}
