/* SPDX-License-Identifier: Apache-2.0 */
#include "model/waits.h"

#include <stdlib.h>
#include <sys/socket.h>

#define SETS 256 /* dump_conn.watch: descriptor + 1, and 255 for all that are beyond */

/* One call's sockets. An end of a socketpair or a datagram socket among them is a side issue (a pipe
 * to wake a loop up, a resolver): it is named only where there is nothing else. */
struct sockets {
	uint32_t count, others;
	uint64_t one, other;
};

/* What follows for those that no thread names. */
struct model_waits {
	struct sockets sets[SETS];
	bool waited[SETS]; /* a thread waits in this set */
	bool nested, some; /* any set may hold any other; a call had more sockets than were written down */
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

static bool sends(const struct model_thread *t)
{
	if (t->goroutine)
		return false;
	switch ((enum dump_call)DUMP_WAIT_CALL(t->facts->waiting_in)) {
	case DUMP_CALL_write: case DUMP_CALL_writev: case DUMP_CALL_pwritev2: case DUMP_CALL_send:
	case DUMP_CALL_sendto: case DUMP_CALL_sendmsg: case DUMP_CALL_sendmmsg: case DUMP_CALL_sendfile: return true;
	default: return false;
	}
}

static void wait_for(struct model *m, struct sockets *s, const struct model_thread *t, uint64_t id)
{
	struct model_conn *c = id ? model_conn_by_id(m, id) : NULL;

	if (!c || c->facts->state != DUMP_OPEN)
		return;
	add(s, c->facts);
	c->sent_now = c->sent_now || sends(t);
	if (!always_read(t, c->facts))
		c->waited_for = MODEL_WAITED_CALL;
	else if (!c->waited_for)
		c->waited_for = MODEL_WAITED_SET;
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
		m->waits->some = true;
	}
}

/* ---- epoll ------------------------------------------------------------------------------------------- */

static unsigned set_of(int epfd)
{
	return epfd < 254 ? (unsigned)epfd + 1 : 255;
}

static void join_set(struct model_waits *w, struct model_thread *t)
{
	unsigned set = set_of(t->facts->waiting_epfd);

	w->waited[set] = true;
	if (set < 255)
		name(t, &w->sets[set]);
}

void waits_apply(const struct model *m, struct model_conn *c)
{
	const struct model_waits *w = m->waits;
	bool some = w->some && (c->facts->flags & DUMP_WATCHED) && !c->facts->watch;

	if (!c->waited_for && (some || (c->facts->watch && (w->nested || w->waited[c->facts->watch]))))
		c->waited_for = MODEL_WAITED_SET;
}

/* What net/http's reader says by where it is parked. */
static void join_handed_out(struct model *m, const struct model_thread *t)
{
	bool one = t->alive && t->handed_out && t->facts->touched && !(t->facts->flags & DUMP_THREAD_MANY);
	struct model_conn *c = one ? model_conn_by_id(m, t->facts->touched) : NULL;

	if (c)
		c->handed_out = true;
}

/* Handlers of HTTP/1 are in the goroutine that reads the connection. Of HTTP/2 each stream has one of its
 * own, which has nothing to do with the connection: they are counted, as are those that read bodies. */
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

bool waits_begin(struct model *m)
{
	m->waits = calloc(1, sizeof *m->waits);
	return m->waits;
}

bool waits_survey(struct model *m, const struct dump_conn *c)
{
	struct sockets *set = &m->waits->sets[c->watch];

	if (!c->watch || c->state != DUMP_OPEN)
		return false;
	add(set, c);
	return (set->count == 1 && set->one == c->id) || (set->others == 1 && set->other == c->id);
}

void waits_free(struct model *m)
{
	free(m->waits);
}

void waits_join(struct model *m)
{
	struct model_waits *w = m->waits;

	m->bodies_read = m->handlers = 0;
	for (uint32_t i = 0; i < m->thread_count; i++) {
		struct model_thread *t = &m->threads[i];

		join_handed_out(m, t);
		join_streams(m, t);
		if (!t->waiting_in || !t->facts->waiting_in || t->waits_elsewhere)
			continue;
		if (t->facts->waiting_epfd >= 0)
			join_set(w, t);
		else
			join_call(m, t);
	}
	for (unsigned i = 1; i < SETS; i++)
		w->nested = w->nested || (dump_process(m->dump)->epoll_nested && w->waited[i]);
	for (uint32_t i = 0; i < m->conn_count; i++)
		waits_apply(m, &m->conns[i]);
}
