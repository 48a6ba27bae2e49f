/* SPDX-License-Identifier: Apache-2.0 */
#include "model/conns.h"

#include <stdlib.h>

#include "base/spill.h"
#include "model/each.h"
#include "model/join.h"
#include "model/waits.h"

/* ---- all of them, in memory ----------------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
	const struct model_conn *x = a, *y = b;

	return x->facts->id < y->facts->id ? -1 : x->facts->id > y->facts->id;
}

static void join_all(struct model *m)
{
	uint32_t count;
	const struct dump_streams *s = dump_streams(m->dump, &count);
	const struct dump_kernel *k;
	const struct dump_close *it;
	const struct dump_task *t;
	struct model_conn *c;

	for (uint32_t i = 0; i < count; i++)
		if ((c = model_conn_by_id(m, s[i].conn)))
			c->streams = &s[i];
	k = dump_kernel(m->dump, &count);
	for (uint32_t i = 0; i < count; i++)
		if ((c = model_conn_by_id(m, k[i].conn)))
			join_kernel(c, &k[i]);
	it = dump_closes(m->dump, &count);
	for (uint32_t i = 0; i < count; i++)
		if ((c = model_conn_by_id(m, it[i].kernel.conn)))
			join_close(m, c, &it[i]);
	t = dump_tasks(m->dump, &count);
	for (uint32_t i = 0; i < count; i++)
		if ((c = model_conn_by_id(m, t[i].conn)))
			join_task(c, &t[i]);
}

static bool build_all(struct model *m)
{
	const struct dump_conn *from = dump_conns(m->dump, &m->conn_count);
	bool sorted = true;

	m->conns = calloc(m->conn_count + 1ul, sizeof *m->conns);
	if (!m->conns)
		return false;
	for (uint32_t i = 0; i < m->conn_count; i++) {
		join_facts(m, &m->conns[i], &from[i], dump_conn_torn(m->dump, i) != 0);
		sorted = sorted && (i == 0 || from[i - 1].id < from[i].id);
	}
	if (!sorted)
		qsort(m->conns, m->conn_count, sizeof *m->conns, by_id);
	for (uint32_t i = 0; i < m->conn_count; i++)
		m->conns[i].index = i;
	join_all(m);
	return true;
}

/* ---- those that are named --------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* By threads, or as closed twice: their ids, ascending. Epoll sets name others. */
static uint64_t *named(const struct model *m, size_t *count)
{
	uint32_t threads;
	const struct dump_thread *t = dump_threads(m->dump, &threads);
	uint32_t twices;
	const struct dump_twice *twice = dump_twices(m->dump, &twices);
	uint64_t *ids = calloc(threads * (3ul + DUMP_WAIT_ALSO) + twices + 1, sizeof *ids);
	size_t n = 0;

	for (uint32_t i = 0; ids && i < threads; i++) {
		ids[n++] = t[i].touched;
		ids[n++] = t[i].born_for;
		ids[n++] = t[i].waiting_on;
		for (unsigned k = 0; k < DUMP_WAIT_ALSO; k++)
			ids[n++] = t[i].waiting_also[k];
	}
	for (uint32_t i = 0; ids && i < twices; i++)
		ids[n++] = twice[i].conn;
	if (n)
		qsort(ids, n, sizeof *ids, by_number);
	*count = n;
	return ids;
}

/* A copy that stays. */
static bool keep(struct model *m, uint32_t *room, const struct model_conn *c)
{
	uint32_t more = *room ? 2 * *room : 16;
	struct model_conn *conns = m->conn_count < *room ? m->conns : realloc(m->conns, more * sizeof *conns);
	struct dump_conn *facts = malloc(sizeof *facts);
	struct dump_streams *streams = c->streams ? malloc(sizeof *streams) : NULL;

	if (conns && m->conn_count == *room)
		*room = more;
	m->conns = conns ? conns : m->conns;
	if (!conns || !facts || (c->streams && !streams)) {
		free(facts);
		free(streams);
		return false;
	}
	*facts = *c->facts;
	if (streams)
		*streams = *c->streams;
	conns[m->conn_count] = *c;
	conns[m->conn_count].facts = facts;
	conns[m->conn_count].task = NULL; /* that is told of each, not of these */
	conns[m->conn_count++].streams = streams;
	return true;
}

/* ---- the survey ----------------------------------------------------------------------------------- */

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void note_opener(const struct model *m, const struct dump_conn *c)
{
	struct model_thread *t = model_thread_by_id(m, c->opened_by);

	if (!t)
		return;
	t->opened_before = t->opened;
	t->opened = c->id;
}

/* True: an epoll set may name it. */
static bool survey(struct model *m, const struct model_conn *c)
{
	struct model_survey *s = &m->survey;
	const struct dump_conn *f = c->facts;
	uint64_t moved = later(f->opened_mono, later(f->in.last_mono, f->out.last_mono));
	bool names = waits_survey(m, f);

	s->count++;
	s->torn += c->half_written;
	s->last = later(s->last, later(moved, later(f->connected_mono, f->closed_mono)));
	model_use_stack(m, f->stack);
	if (c->teardown && (!m->process.ending_mono || f->closed_mono < m->process.ending_mono))
		m->process.ending_mono = f->closed_mono;
	if (!model_is_stream(f))
		return names;
	s->met += (f->flags & DUMP_CONNECTED) && (!(f->flags & DUMP_INHERITED) || (f->flags & DUMP_TOUCHED));
	if (f->flags & DUMP_PAIR)
		return names;
	note_opener(m, f);
	if (moved <= s->moved_before)
		return names;
	s->moved_before = moved > s->moved ? s->moved : moved;
	if (moved > s->moved) {
		s->moved = moved;
		s->moved_index = c->index;
	}
	return names;
}

bool conns_build(struct model *m)
{
	bool walks = dump_walks(m->dump), enough = waits_begin(m) && (walks || build_all(m));
	size_t ids = 0, at = 0;
	uint64_t *id = walks && enough ? named(m, &ids) : NULL;
	uint32_t room = 0;
	struct each e;

	if (!enough || (walks && !id))
		return false;
	each_begin(&e, m);
	for (const struct model_conn *c; enough && (c = each_next(&e));) {
		bool names = survey(m, c);

		while (at < ids && id[at] < c->facts->id)
			at++;
		if (walks && (names || (at < ids && id[at] == c->facts->id)))
			enough = keep(m, &room, c);
		while (at < ids && id[at] == c->facts->id)
			at++;
	}
	free(id);
	return each_end(&e, m->why) && enough;
}

void conns_free(struct model *m)
{
	for (uint32_t i = 0; i < m->conn_count && model_walks(m); i++) {
		free((void *)(uintptr_t)m->conns[i].facts);
		free((void *)(uintptr_t)m->conns[i].streams);
	}
	free(m->conns);
	if (m->asked)
		spill_free(m->asked);
	free(m->asked);
	waits_free(m);
}
