/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/pins.h"

#include <stdlib.h>
#include <string.h>

#include "model/verdicts.h"

/* Only what is a connection can be served, as far as it is still listed. */
static bool can_be_served(const struct model *m, uint64_t id)
{
	const struct model_conn *c = id ? model_conn_by_id(m, id) : NULL;

	return c && c->verdict != VERDICT_LISTENING && c->verdict != VERDICT_OPEN;
}

/* The only connection that it ever touched, else the one that it waits for, else the one that it was
 * born for. Main never serves: it is not there for one connection, even if it opened only one. */
static uint64_t serves(const struct model *m, const struct model_thread *t)
{
	const struct dump_thread *f = t->facts;
	bool waits = can_be_served(m, t->waiting_on);

	if (t->main || (f->flags & DUMP_THREAD_MANY) || (waits && f->touched && t->waiting_on != f->touched))
		return 0;
	if (f->touched)
		return can_be_served(m, f->touched) ? f->touched : 0;
	if (waits)
		return t->waiting_on;
	return !t->waiting_in && can_be_served(m, f->born_for) ? f->born_for : 0;
}

static bool waits_to_write(const struct model_thread *t)
{
	return t->waiting_in && (strncmp(t->waiting_in, "send", 4) == 0 ||
				 strncmp(t->waiting_in, "write", 5) == 0 || strcmp(t->waiting_in, "pwritev2") == 0);
}

static enum model_thread_role role_of(const struct model_thread *t)
{
	uint32_t flags = t->facts->flags;
	bool waits = t->waiting_on && t->waiting_on == t->serves, reads, writes;

	if (t->main)
		return MODEL_THREAD_MAIN;
	if (!t->serves)
		return t->facts->touched || t->waiting_in ? MODEL_THREAD_WORKER : MODEL_THREAD_NONE;
	writes = (flags & DUMP_THREAD_WROTE) || (waits && waits_to_write(t));
	reads = (flags & DUMP_THREAD_READ) || (waits && !waits_to_write(t) && strcmp(t->waiting_in, "connect") != 0);
	return reads && writes ? MODEL_THREAD_READER_WRITER : reads ? MODEL_THREAD_READER :
	       writes ? MODEL_THREAD_WRITER : MODEL_THREAD_WORKER;
}

static void decide_thread(struct model *m, struct model_thread *t)
{
	const struct model_conn *c;

	t->serves = serves(m, t);
	c = t->serves ? model_conn_by_id(m, t->serves) : NULL;
	t->role = role_of(t);
	t->pins = t->alive && c && (c->verdict == VERDICT_DRAINED || c->verdict == VERDICT_LEAKED);
}

/* ---- the threads of each connection ------------------------------------------------------------------- */

static int pins_in_order(const void *a, const void *b)
{
	const struct model_pin *x = a, *y = b;

	if (x->conn != y->conn)
		return x->conn < y->conn ? -1 : 1;
	return x->thread < y->thread ? -1 : x->thread > y->thread;
}

/* Of which connection each thread says so itself. */
static bool gather(struct model *m)
{
	free(m->pins);
	m->pin_count = 0;
	m->pins = calloc(2ul * m->thread_count + 1, sizeof *m->pins);
	for (uint32_t i = 0; m->pins && i < m->thread_count; i++) {
		const uint64_t ids[] = {m->threads[i].serves, m->threads[i].waiting_on};

		for (unsigned k = 0; k < 2; k++)
			if (ids[k])
				m->pins[m->pin_count++] = (struct model_pin){ids[k], m->threads[i].id};
	}
	if (m->pin_count)
		qsort(m->pins, m->pin_count, sizeof *m->pins, pins_in_order);
	return m->pins;
}

/* The first of the connection's that is above `after`. */
static uint32_t pin_above(const struct model *m, uint64_t conn, uint32_t after)
{
	const struct model_pin key = {conn, after};
	uint32_t from = 0, to = m->pin_count;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (pins_in_order(&m->pins[middle], &key) <= 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from < m->pin_count && m->pins[from].conn == conn ? m->pins[from].thread : 0;
}

uint32_t pins_next(const struct model *m, const struct model_conn *c, uint32_t after)
{
	const uint32_t ids[] = {c->facts->opened_by, c->facts->in.thread, c->facts->out.thread,
				pin_above(m, c->facts->id, after)};
	uint32_t next = 0;

	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
		if (ids[i] > after && (!next || ids[i] < next))
			next = ids[i];
	return next;
}

/* Those that made a call; the others are only known at an end that was seen. */
static uint64_t goroutines_alive(const struct model *m)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < m->thread_count; i++)
		n += m->threads[i].goroutine && m->threads[i].alive;
	return n;
}

bool pins_decide(struct model *m)
{
	const struct dump_process *p = dump_process(m->dump);
	uint64_t others = 0, pinned = 0;
	bool main_ended = false;

	for (uint32_t i = 0; i < m->thread_count; i++) {
		struct model_thread *t = &m->threads[i];

		decide_thread(m, t);
		pinned += t->pins;
		others += t->foreign && t->alive;
		main_ended = main_ended || (t->main && !t->alive);
	}
	if (m->process.runtime && strncmp(m->process.runtime, "go", 2) == 0) {
		m->summary.threads_created = p->goroutines_made;
		m->summary.threads_alive = m->process.goroutines ? m->process.goroutines : goroutines_alive(m);
		m->summary.threads_pinned = pinned;
		return gather(m);
	}
	m->summary.threads_created = p->threads_made;
	m->summary.threads_alive = !main_ended + others +
				   (p->threads_made > p->threads_ended ? p->threads_made - p->threads_ended : 0);
	m->summary.threads_pinned = pinned;
	return gather(m);
}
