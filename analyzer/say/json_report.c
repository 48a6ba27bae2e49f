/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report as JSON: one object for each process image, one a line. Written as it goes, so
 * that a million connections need no tree.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#if !__GLIBC_PREREQ(2, 32)
#include <libiberty/libiberty.h>
#endif

#include "connleak/exchange.h"
#include "judge/pins.h"
#include "model/each.h"
#include "model/holders.h"
#include "name/frames.h"
#include "say/exhausted.h"
#include "say/overtime.h"
#include "say/pairs.h"
#include "say/phrases.h"
#include "say/report.h"
#include "say/twice.h"
#include "say/walked.h"

/* ---- pieces --------------------------------------------------------------------------------------- */

/* "ECONNREFUSED"; NULL: none that is known. */
static const char *error_name(int error)
{
#if __GLIBC_PREREQ(2, 32)
	return strerrorname_np(error);
#else
	return strerrno(error);
#endif
}

/* Ids begin at 1: 0 is nobody. */
static void put_id(struct json *g, const char *name, uint64_t id)
{
	if (id)
		pair_integer(g, name, id);
	else
		pair_null(g, name);
}

static void put_time(struct json *g, const char *name, const struct model *m, uint64_t mono)
{
	double s;

	json_name(g, name);
	if (model_seconds(m, mono, &s))
		json_seconds(g, s);
	else
		json_null(g);
}

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

/* ---- connections --------------------------------------------------------------------------------------- */

static void put_stack_as(struct json *g, const char *name, const struct model *m, uint32_t stack)
{
	char id[16];

	if (stack == MODEL_NONE) {
		pair_null(g, name);
		return;
	}
	snprintf(id, sizeof id, "%" PRIu32, m->stacks[stack].id);
	pair_text(g, name, id);
}

static void put_stack(struct json *g, const struct model *m, uint32_t stack)
{
	put_stack_as(g, "stack", m, stack);
}

static void put_addresses(struct json *g, const struct model *m, const struct model_conn *c)
{
	char address[MODEL_ADDRESS_MAX];

	json_name(g, "fds");
	json_open(g, '[');
	for (unsigned i = 0; i < 4; i++)
		if (c->facts->fds[i] >= 0)
			json_integer(g, c->facts->fds[i]);
	json_close(g, ']');
	pair_text(g, "local", model_local(m, c, address, sizeof address) ? address : NULL);
	pair_text(g, "peer", model_peer(m, c, address, sizeof address) ? address : NULL);
	pair_view(g, "host", model_host(m, c));
	pair_text(g, "state", model_tcp_state(c));
	pair_text(g, "protocol", c->protocol);
	pair_bool(g, "tls", (c->facts->flags & DUMP_TLS) != 0);
	pair_text(g, "alpn", c->facts->has & DUMP_HAS_ALPN_H2 ? "h2" :
			    c->facts->has & DUMP_HAS_ALPN_HTTP1 ? "http/1.1" : NULL);
}

static void put_traffic(struct json *g, const struct model_conn *c)
{
	uint64_t queued;

	pair_integer(g, "requests", c->requests);
	pair_integer(g, "responses", c->responses);
	pair_integer(g, "reused", c->reused);
	if (c->has_body_expected)
		pair_integer(g, "body_expected", c->body_expected);
	else
		pair_null(g, "body_expected");
	pair_integer(g, "body_received", c->body_received);
	pair_integer(g, "bytes_in", c->facts->in.bytes);
	pair_integer(g, "bytes_out", c->facts->out.bytes);
	if (model_queued(c, &queued))
		pair_integer(g, "queued", queued);
	else
		pair_null(g, "queued");
	if (c->kernel.has_queue)
		pair_integer(g, "unsent", c->kernel.unsent);
	else
		pair_null(g, "unsent");
}

/* HTTP/2's that are open, and those of them whose final response has begun and not ended. */
static void put_streams(struct json *g, const struct model_conn *c)
{
	struct exchange_streams n = exchange_streams_open(c->streams);

	json_name(g, "streams");
	if (!c->framed || c->facts->protocol != DUMP_PROTOCOL_HTTP2) {
		json_null(g);
		return;
	}
	json_open(g, '{');
	pair_integer(g, "open", n.open);
	pair_integer(g, "answered", n.answered);
	json_close(g, '}');
}

static void put_times(struct json *g, const struct model *m, const struct model_conn *conn)
{
	const struct dump_conn *c = conn->facts;

	put_time(g, "opened_s", m, c->opened_mono);
	put_time(g, "connected_s", m, c->connected_mono);
	put_time(g, "last_read_s", m, c->in.bytes ? c->in.last_mono : 0);
	put_time(g, "last_write_s", m, c->out.bytes ? c->out.last_mono : 0);
	put_time(g, "closed_s", m, conn->reason == REASON_BY_EXIT ? m->process.ended_mono : c->closed_mono);
	if (c->flags & DUMP_CONNECT_FAILED)
		pair_text(g, "connect_error", error_name(c->connect_errno));
}

static void put_connection(struct json *g, const struct report *r, const struct model *m, const struct model_conn *c)
{
	const char *suppressed = report_suppressed(r, c);

	json_open(g, '{');
	pair_integer(g, "id", c->facts->id);
	pair_text(g, "verdict", verdict_name(c->verdict));
	pair_text(g, "reason", reason_name(c->reason));
	pair_text(g, "evidence", evidence_name(c->evidence));
	pair_text(g, "kind", c->kind);
	pair_text(g, "role", model_role(c));
	pair_bool(g, "inherited", (c->facts->flags & DUMP_INHERITED) != 0);
	put_addresses(g, m, c);
	put_traffic(g, c);
	put_streams(g, c);
	put_times(g, m, c);
	put_id(g, "opened_by", c->facts->opened_by);
	pair_text(g, "task", c->task);
	put_id(g, "last_used_by", model_last_used(c) ? model_last_used(c)->thread : 0);
	json_name(g, "threads");
	json_open(g, '[');
	for (uint32_t t = 0; (t = pins_next(m, c, t));)
		json_integer(g, t);
	json_close(g, ']');
	put_stack(g, m, c->stack);
	pair_bool(g, "teardown", c->teardown);
	put_stack_as(g, "closed_stack", m,
		     c->teardown || c->closed_twice || c->verdict == VERDICT_CLOSED_EARLY ? c->closed_stack : MODEL_NONE);
	json_name(g, "held_by");
	json_open(g, '[');
	for (const struct model_holder *h = NULL; (h = holders_next(m, c, h));)
		json_integer(g, h->pid);
	json_close(g, ']');
	if (suppressed)
		pair_text(g, "suppressed", suppressed);
	json_close(g, '}');
}

/* No more than connections_max, those that are open first. */
static void put_some(struct json *g, const struct report *r, const struct model *m)
{
	uint32_t left = r->connections_max;

	for (unsigned closed = 0; closed < 2; closed++)
		for (uint32_t i = 0; i < m->conn_count && left; i++)
			if (m->conns[i].closed == closed) {
				put_connection(g, r, m, &m->conns[i]);
				left--;
			}
}

static void put_connections(struct json *g, const struct report *r, const struct model *m)
{
	struct each e;

	if (r->connections_max && r->connections_max < m->conn_count) {
		put_some(g, r, m);
		return;
	}
	each_begin(&e, m);
	for (const struct model_conn *c; (c = each_next(&e));)
		put_connection(g, r, m, c);
	report_end_each(r, &e);
}

/* ---- threads, stacks, call sites -------------------------------------------------------------------------- */

static void put_thread(struct json *g, const struct model *m, const struct model_thread *t)
{
	json_open(g, '{');
	pair_integer(g, "id", t->id);
	pair_text(g, "kind", t->goroutine ? "goroutine" : "thread");
	put_id(g, "goid", t->goid);
	pair_integer(g, "tid", t->tid);
	pair_text(g, "name", t->name);
	pair_bool(g, "alive", t->alive);
	put_time(g, "created_s", m, t->created_mono);
	put_time(g, "ended_s", m, t->ended_mono);
	put_id(g, "created_by", t->created_by);
	put_stack(g, m, t->stack);
	pair_text(g, "role", model_thread_role_name(t->role));
	json_name(g, "serves");
	json_open(g, '[');
	if (t->serves)
		json_integer(g, (int64_t)t->serves);
	json_close(g, ']');
	pair_bool(g, "pins", t->pins);
	pair_text(g, "waiting_in", t->waiting_in);
	put_id(g, "waiting_on", t->waiting_on);
	pair_integer(g, "waiting_count", t->waiting_count);
	put_time(g, "waiting_since_s", m, t->waiting_since);
	pair_bool(g, "joined", t->joined);
	pair_bool(g, "detached", t->detached);
	json_close(g, '}');
}

static void put_frame(struct json *g, const struct model *m, const struct model_frame *f,
		      const struct symbol *symbol)
{
	const struct model_module *module = f->module == MODEL_NONE ? NULL : &m->modules[f->module];
	bool script = f->place != MODEL_NONE; /* which has no address */
	char hex[48] = "";

	json_open(g, '{');
	snprintf(hex, sizeof hex, "0x%" PRIx64, script ? 0 : f->address);
	pair_text(g, "address", hex);
	pair_view(g, "module", module ? module->path : (struct dump_text){NULL, 0});
	for (unsigned i = 0; module && i < module->build_id_size; i++)
		snprintf(hex + 2 * i, sizeof hex - 2 * i, "%02x", module->build_id[i]);
	pair_text(g, "build_id", module && module->build_id_size ? hex : NULL);
	snprintf(hex, sizeof hex, "0x%" PRIx64, f->offset);
	pair_text(g, "offset", hex);
	pair_text(g, "function", symbol->function);
	pair_text(g, "file", symbol->file);
	if (symbol->line)
		pair_integer(g, "line", (uint64_t)symbol->line);
	else
		pair_null(g, "line");
	pair_bool(g, "inlined", symbol->inlined);
	pair_text(g, "language", model_language_name(symbol->language));
	json_close(g, '}');
}

static void put_stacks(struct json *g, const struct report *r, const struct model *m)
{
	char id[16];

	json_name(g, "stacks");
	json_open(g, '{');
	for (uint32_t i = 0; i < m->stack_count; i++) {
		const struct model_stack *s = &m->stacks[i];

		if (!s->used)
			continue;
		snprintf(id, sizeof id, "%" PRIu32, s->id);
		json_name(g, id);
		json_open(g, '[');
		for (uint32_t f = 0; f < s->depth; f++) {
			uint32_t count;
			const struct symbol *symbols;

			if (frames_recorder(m, &s->frames[f]))
				continue;
			symbols = symbols_at(r->symbols, &s->frames[f], &count);
			for (uint32_t k = 0; k < count; k++)
				put_frame(g, m, &s->frames[f], &symbols[k]);
		}
		json_close(g, ']');
	}
	json_close(g, '}');
}

/* Where people would look, in one line. */
static char *place_text(const struct report *r, const struct model *m, uint32_t stack)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = stack == MODEL_NONE ? NULL : open_memstream(&text, &size);

	if (to) {
		phrase_place(to, m, r->symbols, stack);
		fclose(to);
	}
	return text;
}

static void put_place(struct json *g, const struct report *r, const struct model *m, uint32_t stack)
{
	char *text = place_text(r, m, stack);

	pair_text(g, "place", text ? text : "");
	free(text);
}

/* The other half of where it was lost. */
static void put_traces(struct json *g, const struct report *r, const struct model *m, const struct model_call_site *s)
{
	char *text = place_text(r, m, s->first_used);

	pair_text(g, "first_used_at", text);
	free(text);
	json_name(g, "closed_at");
	json_open(g, '[');
	for (unsigned i = 0; i < s->closed_at_count; i++) {
		text = place_text(r, m, s->closed_at[i]);
		if (text)
			json_text(g, text, strlen(text));
		free(text);
	}
	json_close(g, ']');
}

/* Each of them is one place: `stack` is an example's. */
static void put_stacks_of(struct json *g, const struct model *m, uint32_t site)
{
	json_name(g, "stacks");
	json_open(g, '[');
	for (uint32_t i = 0; i < m->stack_count; i++) {
		const struct model_stack *s = &m->stacks[i];
		char id[16];

		if (s->used && s->place == m->call_sites[site].place && (s->facts->opened || i == m->call_sites[site].stack))
			json_text(g, id, (size_t)snprintf(id, sizeof id, "%" PRIu32, s->id));
	}
	json_close(g, ']');
}

static void put_call_sites(struct json *g, const struct report *r, const struct model *m)
{
	json_name(g, "call_sites");
	json_open(g, '[');
	for (uint32_t i = 0; i < m->call_site_count; i++) {
		const struct model_call_site *s = &m->call_sites[i];

		json_open(g, '{');
		put_stack(g, m, s->stack);
		put_stacks_of(g, m, i);
		put_place(g, r, m, s->stack);
		pair_integer(g, "opened", s->opened);
		pair_integer(g, "closed", s->counts.of[VERDICT_CLOSED]);
		pair_integer(g, "closed_early", s->counts.of[VERDICT_CLOSED_EARLY]);
		pair_integer(g, "open_now", s->open_now);
		pair_integer(g, "open_max", s->open_max);
		pair_integer(g, "drained", s->counts.of[VERDICT_DRAINED]);
		pair_integer(g, "leaked", s->counts.of[VERDICT_LEAKED]);
		put_traces(g, r, m, s);
		pair_over_time_of_place(g, m, s->place);
		json_close(g, '}');
	}
	json_close(g, ']');
}

static void warn(void *g, const char *line)
{
	json_text(g, line, strlen(line));
}

static void put_warnings(struct json *g, const struct report *r, const struct model *m)
{
	json_name(g, "warnings");
	json_open(g, '[');
	for (uint32_t i = 0; i < m->warning_count; i++)
		warn(g, m->warnings[i]);
	symbols_missing(r->symbols, warn, g);
	json_close(g, ']');
}

/* ---- the object --------------------------------------------------------------------------------------- */

void report_json(const struct report *r, const struct model *m)
{
	static struct json buffer;
	struct json *g = &buffer;

	json_begin(g, r->to);
	g->ascii = r->in_page;
	json_open(g, '{');
	pair_text(g, "schema", "connleak-report/1");
	put_process(g, m);
	put_summary(g, m);
	pair_exhaustion(g, r, m);
	json_name(g, "connections");
	json_open(g, '[');
	put_connections(g, r, m);
	json_close(g, ']');
	json_name(g, "threads");
	json_open(g, '[');
	for (uint32_t i = 0; i < m->thread_count; i++)
		put_thread(g, m, &m->threads[i]);
	json_close(g, ']');
	pair_twice(g, r, m);
	put_stacks(g, r, m);
	put_call_sites(g, r, m);
	put_warnings(g, r, m);
	json_close(g, '}');
	json_flush(g);
	fputc('\n', r->to);
}
