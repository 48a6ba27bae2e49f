/* SPDX-License-Identifier: Apache-2.0 */
#include "model/each.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/spill.h"
#include "model/join.h"
#include "model/waits.h"

static struct dump_walk *walk(struct each *e, enum dump_chunk_kind kind)
{
	struct dump_walk *w = e->failed ? NULL : dump_walk_begin(e->m->dump, kind, e->why);

	e->failed = e->failed || !w;
	return w;
}

static void step(struct each_side *s)
{
	s->item = dump_walk_next(s->walk, NULL);
}

static void begin_side(struct each *e, struct each_side *s, enum dump_chunk_kind kind)
{
	s->walk = walk(e, kind);
	if (s->walk)
		step(s);
}

void each_begin(struct each *e, const struct model *m)
{
	*e = (struct each){.m = m};
	if (!model_walks(m))
		return;
	e->conns = walk(e, DUMP_CHUNK_CONNECTIONS);
	begin_side(e, &e->streams, DUMP_CHUNK_STREAMS);
	begin_side(e, &e->kernel, DUMP_CHUNK_KERNEL);
	begin_side(e, &e->closes, DUMP_CHUNK_CLOSES);
	begin_side(e, &e->tasks, DUMP_CHUNK_TASKS);
}

/* ---- one of a dump that is walked ----------------------------------------------------------------- */

/* The next item of this side that is the connection's; those of connections that are not listed are passed
 * by. The id of its connection is `at` bytes into an item. */
static const void *match(struct each_side *s, size_t at, uint64_t id)
{
	uint64_t its;

	for (; s->item; step(s)) {
		memcpy(&its, (const char *)s->item + at, sizeof its);
		if (its >= id)
			return its == id ? s->item : NULL;
	}
	return NULL;
}

/* Of two with one id, which no recorder makes, the first has it all. */
static void join(struct each *e, struct model_conn *c)
{
	uint64_t id = c->facts->id;
	const void *it;

	for (; (it = match(&e->streams, offsetof(struct dump_streams, conn), id)); step(&e->streams)) {
		e->conn_streams = *(const struct dump_streams *)it;
		c->streams = &e->conn_streams;
	}
	for (; (it = match(&e->kernel, offsetof(struct dump_kernel, conn), id)); step(&e->kernel))
		join_kernel(c, it);
	for (; (it = match(&e->closes, offsetof(struct dump_close, kernel.conn), id)); step(&e->closes))
		join_close(e->m, c, it);
	for (; (it = match(&e->tasks, offsetof(struct dump_task, conn), id)); step(&e->tasks)) {
		e->conn_task = *(const struct dump_task *)it;
		join_task(c, &e->conn_task);
	}
}

/* In the order in which they were asked, which is that of all walks. */
static void answered(struct each *e, struct model_conn *c)
{
	const struct spill *from = e->m->asked;

	if (e->asked_at == e->asked_end && from && e->asked_next < from->count) {
		uint32_t left = from->count - e->asked_next;

		e->asked_at = 0;
		e->asked_end = left < EACH_ASKED ? left : EACH_ASKED;
		if (!spill_read(from, e->asked_next, e->asked_end, e->asked)) {
			snprintf(e->why, sizeof e->why, "a temporary file cannot be read: %s; set TMPDIR to "
				 "another folder", strerror(errno));
			e->failed = true;
			e->asked_end = 0;
		}
		e->asked_next += e->asked_end;
	}
	if (e->asked_at < e->asked_end && e->asked[e->asked_at].index == c->index)
		c->kernel = e->asked[e->asked_at++].kernel;
}

/* What was learned of those that are in the model, and how the others are waited for. */
static void recall(struct each *e, struct model_conn *c)
{
	const struct model_conn *named;

	while (e->named < e->m->conn_count && e->m->conns[e->named].facts->id < c->facts->id)
		e->named++;
	named = e->named < e->m->conn_count ? &e->m->conns[e->named] : NULL;
	if (named && named->index == c->index) {
		c->waited_for = named->waited_for;
		c->sent_now = named->sent_now;
		c->handed_out = named->handed_out;
		c->handled = named->handled;
		c->closed_twice = named->closed_twice;
		c->closed_stack = named->closed_stack;
	}
	waits_apply(e->m, c);
}

static struct model_conn *next_walked(struct each *e)
{
	uint8_t torn;
	const struct dump_conn *facts = e->failed ? NULL : dump_walk_next(e->conns, &torn);
	struct model_conn *c = &e->conn;

	if (!facts)
		return NULL;
	join_facts(e->m, c, facts, torn != 0);
	c->index = e->at++;
	if (facts->id != e->last)
		join(e, c);
	e->last = facts->id;
	answered(e, c);
	recall(e, c);
	if (e->m->judge)
		e->m->judge(e->m, c);
	return c;
}

struct model_conn *each_next(struct each *e)
{
	if (model_walks(e->m))
		return next_walked(e);
	return e->at < e->m->conn_count ? &e->m->conns[e->at++] : NULL;
}

uint32_t each_slot(const struct each *e, const struct model_conn *c)
{
	return model_walks(e->m) ? dump_walk_slot(e->conns) : dump_conn_slot(e->m->dump, c->facts);
}

bool each_end(struct each *e, char why[DUMP_WHY_MAX])
{
	struct dump_walk *const all[] = {e->conns, e->streams.walk, e->kernel.walk, e->closes.walk, e->tasks.walk};

	if (!model_walks(e->m))
		return true;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (!dump_walk_end(all[i]))
			e->failed = true;
	if (e->failed)
		snprintf(why, DUMP_WHY_MAX, "%s", e->why);
	return !e->failed;
}
