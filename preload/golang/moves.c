/* SPDX-License-Identifier: Apache-2.0 */
#include "golang/moves.h"

#include <errno.h>

#include "conn_way.h"
#include "golang/goroutine.h"
#include "here/guard.h"

bool golang_moves_begin(struct golang_move *m, const struct golang_call *c, const struct syscall_row *row)
{
	bool begun = false;

	RECORD_QUIETLY {
		struct goroutine_saved saved = goroutine_enter(c);

		begun = way_begin(&m->io, (int)c->args[0], row->call);
		m->who = goroutine_self();
		m->early = unlikely(m->who.slot == saved.slot);
		goroutine_leave(saved);
	}
	return begun;
}

/* Nothing went by, and the goroutine is parked until the poller says that the socket is ready: it
 * waits in this call, since it was begun, as it is on record. Only who looks at a direction first
 * is noted (traffic_told_error()). */
static bool parked(const struct golang_move *m, const struct dump_half *h)
{
	return likely(m->io.thread != &thread_nobody && __atomic_load_n(&h->thread, __ATOMIC_RELAXED));
}

static void end(const struct golang_move *m, const struct golang_call *c, const struct syscall_row *row,
		long ret)
{
	bool in = row->does == SYSCALL_READS;
	struct traffic_bytes bytes = TRAFFIC_ONE(c->args[1], (size_t)c->args[2]);
	ssize_t n = ret < 0 ? -1 : ret;
	int error = ret < 0 ? (int)-ret : 0;

	if (!way_back(&m->io))
		return;
	if (likely(n > 0) && in)
		way_moved(&m->io, FRAMING_IN, (size_t)n, bytes);
	else if (likely(n > 0))
		way_moved(&m->io, FRAMING_OUT, (size_t)n, bytes);
	else
		way_told(m->io.conn, m->io.id, in ? FRAMING_IN : FRAMING_OUT, n, error, in ? (size_t)c->args[2] : 0);
	if (ret == -EAGAIN)
		threads_wait_begin(m->io.thread, row->call, m->io.id, -1, state_now());
}

void golang_moves_end(const struct golang_move *m, const struct golang_call *c, const struct syscall_row *row,
		      long ret)
{
	const struct dump_conn *conn = m->io.conn;

	if (ret == -EAGAIN && parked(m, row->does == SYSCALL_READS ? &conn->in : &conn->out))
		return;
	RECORD_QUIETLY {
		struct goroutine_saved saved = unlikely(m->early) ? goroutine_enter(c) : goroutine_become(c, &m->who);

		end(m, c, row, ret);
		goroutine_leave(saved);
	}
}
