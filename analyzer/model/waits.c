/* SPDX-License-Identifier: Apache-2.0 */
#include "model/waits.h"

#include <stdlib.h>
#include <sys/socket.h>

/* One call's sockets. An end of a socketpair or a datagram socket among them is a side issue (a pipe
 * to wake a loop up, a resolver): it is named only where there is nothing else. */
struct sockets {
	uint32_t count, others;
	uint64_t one, other;
};

static void add(struct sockets *s, const struct dump_conn *c)
{
	bool stream = c->type == SOCK_STREAM || c->type == SOCK_SEQPACKET;

	if (stream && !(c->flags & DUMP_PAIR)) {
		s->count++;
		s->one = c->id;
	} else {
		s->others++;
		s->other = c->id;
	}
}

static void name(struct model_thread *t, const struct sockets *s)
{
	t->waiting_count = s->count ? s->count : s->others;
	t->waiting_on = s->count == 1 ? s->one : s->count == 0 && s->others == 1 ? s->other : 0;
}

/* Its reader is always there, whoever is to have what it reads: as who waits for a whole set. */
static bool always_read(const struct model_thread *t, const struct dump_conn *c)
{
	return t->goroutine && c->protocol == DUMP_PROTOCOL_HTTP2;
}

static void wait_for(struct model *m, struct sockets *s, const struct model_thread *t, uint64_t id)
{
	struct model_conn *c = id ? model_conn_by_id(m, id) : NULL;

	if (!c || c->facts->state != DUMP_OPEN)
		return;
	add(s, c->facts);
	if (!always_read(t, c->facts))
		c->waited_for = MODEL_WAITED_CALL;
	else if (!c->waited_for)
		c->waited_for = MODEL_WAITED_SET;
}

static void wait_for_some(struct model *m)
{
	for (uint32_t i = 0; i < m->conn_count; i++)
		if ((m->conns[i].facts->flags & DUMP_WATCHED) && !m->conns[i].facts->watch &&
		    !m->conns[i].waited_for)
			m->conns[i].waited_for = MODEL_WAITED_SET;
}

/* poll and select name more than one; when there are more than were written down, it may be any of
 * those that were ever polled. */
static void join_call(struct model *m, struct model_thread *t)
{
	uint32_t others = DUMP_WAIT_OTHERS(t->facts->waiting_in);
	struct sockets s = {0};

	wait_for(m, &s, t, t->facts->waiting_on);
	for (uint32_t i = 0; i < others && i < DUMP_WAIT_ALSO; i++)
		wait_for(m, &s, t, t->facts->waiting_also[i]);
	name(t, &s);
	if (others > DUMP_WAIT_ALSO) {
		t->waiting_on = 0;
		t->waiting_count = 1 + others;
		wait_for_some(m);
	}
}

/* ---- epoll ------------------------------------------------------------------------------------------- */

#define SETS 256 /* dump_conn.watch: descriptor + 1, and 255 for all that are beyond */

static unsigned set_of(int epfd)
{
	return epfd < 254 ? (unsigned)epfd + 1 : 255;
}

static void join_set(struct model_thread *t, const struct sockets *sets, bool *waited)
{
	unsigned set = set_of(t->facts->waiting_epfd);

	waited[set] = true;
	if (set < 255)
		name(t, &sets[set]);
}

static void mark(struct model *m, const bool *waited, bool nested)
{
	bool any = false;

	for (unsigned i = 1; nested && i < SETS; i++)
		any = any || waited[i];
	for (uint32_t i = 0; i < m->conn_count; i++) {
		struct model_conn *c = &m->conns[i];

		if (c->facts->watch && (any || waited[c->facts->watch]) && !c->waited_for)
			c->waited_for = MODEL_WAITED_SET;
	}
}

/* What net/http's reader says by where it is parked. */
static void join_handed_out(struct model *m, const struct model_thread *t)
{
	bool one = t->alive && t->handed_out && t->facts->touched && !(t->facts->flags & DUMP_THREAD_MANY);
	struct model_conn *c = one ? model_conn_by_id(m, t->facts->touched) : NULL;

	if (c)
		c->handed_out = true;
}

/* Handlers of HTTP/1 are in the goroutine that reads the connection. Of HTTP/2 each stream has one of its own, which
 * has nothing to do with the connection: they are counted, as are those that read bodies. */
static void join_streams(struct model *m, const struct model_thread *t)
{
	struct model_conn *c = t->handles && t->facts->touched ? model_conn_by_id(m, t->facts->touched) : NULL;

	if (!t->alive)
		return;
	m->bodies_read += t->reads_body;
	if (c && c->facts->protocol != DUMP_PROTOCOL_HTTP2)
		c->handled = true;
	else
		m->handlers += t->handles;
}

bool waits_join(struct model *m)
{
	struct sockets *sets = calloc(SETS, sizeof *sets);
	bool waited[SETS] = {false};

	if (!sets)
		return false;
	m->bodies_read = m->handlers = 0;
	for (uint32_t i = 0; i < m->conn_count; i++)
		if (m->conns[i].facts->watch && m->conns[i].facts->state == DUMP_OPEN)
			add(&sets[m->conns[i].facts->watch], m->conns[i].facts);
	for (uint32_t i = 0; i < m->thread_count; i++) {
		struct model_thread *t = &m->threads[i];

		join_handed_out(m, t);
		join_streams(m, t);
		if (!t->waiting_in || !t->facts->waiting_in || t->waits_elsewhere)
			continue;
		if (t->facts->waiting_epfd >= 0)
			join_set(t, sets, waited);
		else
			join_call(m, t);
	}
	mark(m, waited, dump_process(m->dump)->epoll_nested);
	free(sets);
	return true;
}
