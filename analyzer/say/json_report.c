/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report as JSON: one object for each process image, one a line. Written as it goes, so
 * that a million connections need no tree.
 */
#include "say/json_parts.h"

#include <string.h>

#include "base/printable.h"
#include "say/exhausted.h"
#include "say/overtime.h"
#include "say/twice.h"

/* ---- process and summary ------------------------------------------------------------------------------ */

static void put_cmdline(struct json *g, struct dump_text line)
{
	json_name(g, "cmdline");
	json_open(g, '[');
	for (size_t at = 0; at < line.size;) {
		size_t n = strnlen(line.bytes + at, line.size - at);

		json_text(g, line.bytes + at, n);
		at += n + 1;
	}
	json_close(g, ']');
}

static void put_process(struct json *g, const struct model *m)
{
	const struct model_process *p = &m->process;
	double duration;

	json_name(g, "process");
	json_open(g, '{');
	pair_integer(g, "pid", p->pid);
	pair_integer(g, "ppid", p->ppid);
	pair_view(g, "exe", p->exe);
	put_cmdline(g, p->cmdline);
	pair_text(g, "engine", "preload");
	pair_text(g, "runtime", p->runtime);
	pair_moment(g, "started_at", p->started_wall);
	json_name(g, "duration_s");
	json_seconds(g, model_seconds(m, p->ended_mono, &duration) ? duration : 0);
	pair_text(g, "end", model_end_name(p->end));
	if (p->status_known)
		pair_integer(g, "exit_status", (uint64_t)p->exit_status);
	else
		pair_null(g, "exit_status");
	if (p->signal_known)
		pair_integer(g, "signal", (uint64_t)p->signal);
	else
		pair_null(g, "signal");
	pair_bool(g, "forked", p->forked);
	if (p->nofile && p->nofile != UINT64_MAX)
		pair_integer(g, "nofile", p->nofile);
	else
		pair_null(g, "nofile");
	json_close(g, '}');
}

static void put_summary(struct json *g, const struct model *m)
{
	const struct model_summary *s = &m->summary;
	const uint64_t *of = s->counts.of;
	_Static_assert(VERDICT_COUNT == 7, "each of them has its counter here");

	json_name(g, "summary");
	json_open(g, '{');
	pair_integer(g, "sockets", s->sockets);
	pair_integer(g, "connections", s->connections);
	pair_integer(g, "closed", of[VERDICT_CLOSED]);
	pair_integer(g, "closed_early", of[VERDICT_CLOSED_EARLY]);
	pair_integer(g, "active", of[VERDICT_ACTIVE]);
	pair_integer(g, "drained", of[VERDICT_DRAINED]);
	pair_integer(g, "leaked", of[VERDICT_LEAKED]);
	pair_integer(g, "listening", of[VERDICT_LISTENING]);
	pair_integer(g, "open", of[VERDICT_OPEN]);
	pair_integer(g, "requests", s->requests);
	pair_integer(g, "responses", s->responses);
	pair_integer(g, "unlisted", s->unlisted);
	json_name(g, "threads");
	json_open(g, '{');
	pair_integer(g, "created", s->threads_created);
	pair_integer(g, "alive", s->threads_alive);
	pair_integer(g, "pinned", s->threads_pinned);
	json_close(g, '}');
	pair_over_time_of_all(g, m);
	json_close(g, '}');
}

/* ---- threads, warnings --------------------------------------------------------------------------------- */

static void put_thread(struct json *g, const struct model *m, const struct model_thread *t)
{
	json_open(g, '{');
	pair_integer(g, "id", t->id);
	pair_text(g, "kind", t->goroutine ? "goroutine" : "thread");
	json_id(g, "goid", t->goid);
	pair_integer(g, "tid", t->tid);
	pair_text(g, "name", t->name);
	pair_bool(g, "alive", t->alive);
	json_time(g, "created_s", m, t->created_mono);
	json_time(g, "ended_s", m, t->ended_mono);
	json_id(g, "created_by", t->created_by);
	json_stack(g, "stack", m, t->stack);
	pair_text(g, "role", model_thread_role_name(t->role));
	json_name(g, "serves");
	json_open(g, '[');
	if (t->serves)
		json_integer(g, (int64_t)t->serves);
	json_close(g, ']');
	pair_bool(g, "pins", t->pins);
	pair_text(g, "waiting_in", t->waiting_in);
	json_id(g, "waiting_on", t->waiting_on);
	pair_integer(g, "waiting_count", t->waiting_count);
	json_time(g, "waiting_since_s", m, t->waiting_since);
	pair_bool(g, "joined", t->joined);
	pair_bool(g, "detached", t->detached);
	json_close(g, '}');
}

static void json_warn(void *g, const char *line)
{
	json_text(g, line, strlen(line));
}

static void put_warnings(struct json *g, const struct report *r, const struct model *m, uint64_t hidden)
{
	char line[128];

	json_name(g, "warnings");
	json_open(g, '[');
	for (uint32_t i = 0; i < m->warning_count; i++)
		json_warn(g, m->warnings[i]);
	snprintf(line, sizeof line, "%s connection%s not listed: --verdict or --peer chose others", NUMBER(hidden),
		 hidden == 1 ? " is" : "s are");
	if (hidden)
		json_warn(g, line);
	symbols_missing(r->symbols, json_warn, g);
	json_close(g, ']');
}

/* ---- the object --------------------------------------------------------------------------------------- */

void report_json(const struct report *r, const struct model *m)
{
	static struct json buffer;
	struct json *g = &buffer;
	uint64_t hidden;

	json_begin(g, r->to);
	g->ascii = r->in_page;
	json_open(g, '{');
	pair_text(g, "schema", "connleak-report/1");
	put_process(g, m);
	put_summary(g, m);
	pair_exhaustion(g, r, m);
	json_name(g, "connections");
	json_open(g, '[');
	hidden = json_connections(g, r, m);
	json_close(g, ']');
	json_name(g, "threads");
	json_open(g, '[');
	for (uint32_t i = 0; i < m->thread_count; i++)
		put_thread(g, m, &m->threads[i]);
	json_close(g, ']');
	pair_twice(g, r, m);
	json_stacks(g, r, m);
	json_call_sites(g, r, m);
	put_warnings(g, r, m, hidden);
	json_close(g, '}');
	json_flush(g);
	fputc('\n', r->to);
}
