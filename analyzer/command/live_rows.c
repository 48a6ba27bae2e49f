/* SPDX-License-Identifier: Apache-2.0 */
/* The lists: places, connections, threads. */
#include "command/live_rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "say/phrases.h"

static const char *const columns[][LIVE_KEYS] = {
	[LIVE_PLACES] = {"opened", "per s", "closed", "open", "active", "drained", "leaked"},
	[LIVE_CONNECTIONS] = {"id", "age", "idle", "in", "out", "queued"},
	[LIVE_THREADS] = {"id", "waits for", "serves"},
};

unsigned live_columns(enum live_kind list)
{
	unsigned n = 0;

	while (list <= LIVE_THREADS && n < LIVE_KEYS && columns[list][n])
		n++;
	return n;
}

/* ---- rows ------------------------------------------------------------------------------------------ */

FILE *live_row_begin(struct live_writing *w)
{
	*w = (struct live_writing){NULL, NULL, 0};
	return w->text = open_memstream(&w->bytes, &w->size);
}

char *live_text_end(struct live_writing *w)
{
	if (fclose(w->text) == 0)
		return w->bytes;
	free(w->bytes);
	return NULL;
}

/* Room doubles at powers of two. NULL without memory. */
struct live_row *live_row_end(struct live *l, struct live_writing *w, struct live_spot to)
{
	char *text = live_text_end(w);

	if ((l->count & (l->count + 1)) == 0 || !l->rows) {
		struct live_row *more = realloc(l->rows, (2ul * l->count + 2) * sizeof *more);

		if (!more)
			free(text);
		if (!more || !text)
			return NULL;
		l->rows = more;
	}
	l->rows[l->count] = (struct live_row){.text = text, .to = to};
	return text ? &l->rows[l->count++] : NULL;
}

static void put_head(struct live *l, enum live_kind list, const char *const titles[],
		     const int widths[], unsigned n)
{
	const char *by = l->path[l->depth - 1].kind == list && l->column >= 0 ? columns[list][l->column] : NULL;
	struct live_writing w;

	if (!live_row_begin(&w))
		return;
	for (unsigned i = 0; i < n; i++) {
		bool sorted = by && strcmp(by, titles[i]) == 0;
		char title[32];

		snprintf(title, sizeof title, "%s%s", titles[i], sorted ? l->upward ? "^" : "v" : "");
		fprintf(w.text, widths[i] < 0 ? "%s%-*s" : "%s%*s", i ? " " : "", abs(widths[i]), title);
	}
	l->head = live_text_end(&w);
}

/* How many are left out is said, since they count all the same. */
static void title(struct live *l, const char *what, uint64_t hidden)
{
	if (!hidden || asprintf(&l->title, "%s (%s more %s not shown)", what, NUMBER(hidden),
				hidden == 1 ? "is" : "are") < 0)
		l->title = strdup(what);
}

/* ---- places ---------------------------------------------------------------------------------------- */

/* The same place in another model: stacks keep their ids, places do not. */
static const struct model_call_site *site_before(const struct live *l, const struct model_call_site *site)
{
	uint32_t stack = l->before ? model_stack_by_id(l->before, l->now->stacks[site->stack].id) : MODEL_NONE;

	for (uint32_t i = 0; stack != MODEL_NONE && i < l->before->call_site_count; i++)
		if (l->before->call_sites[i].place == l->before->stacks[stack].place)
			return &l->before->call_sites[i];
	return NULL;
}

static double since_last(const struct live *l)
{
	return l->before && l->now->process.ended_mono > l->before->process.ended_mono ?
	       (double)(l->now->process.ended_mono - l->before->process.ended_mono) / 1e9 : 0;
}

static enum live_mark mark_site(const struct live *l, const struct model_call_site *s,
				const struct model_call_site *then)
{
	if (!l->before)
		return LIVE_SAME;
	if (!then)
		return LIVE_NEW;
	return s->opened != then->opened || s->open_now != then->open_now ||
	       memcmp(s->counts.of, then->counts.of, sizeof s->counts.of) ? LIVE_CHANGED : LIVE_SAME;
}

static void put_site(struct live *l, const struct model_call_site *s)
{
	const uint64_t *of = s->counts.of;
	const struct model_call_site *then = site_before(l, s);
	double took = since_last(l), rate = took > 0 ? (double)(s->opened - (then ? then->opened : 0)) / took : 0;
	struct live_writing w;
	struct live_row *row;

	if (!live_row_begin(&w))
		return;
	fprintf(w.text, "%7" PRIu64 " %6.1f %7" PRIu64 " %5" PRIu64 " %6" PRIu64 " %7" PRIu64 " %6" PRIu64 "  ",
		s->opened, rate, counts_closed(&s->counts), s->open_now, of[VERDICT_ACTIVE],
		of[VERDICT_DRAINED], of[VERDICT_LEAKED]);
	phrase_spot(w.text, l->now, l->symbols, s->stack);
	row = live_row_end(l, &w, (struct live_spot){LIVE_PLACE, l->now->stacks[s->stack].id});
	if (!row)
		return;
	row->mark = mark_site(l, s, then);
	row->tone = of[VERDICT_LEAKED] ? LIVE_LEAKED : of[VERDICT_DRAINED] ? LIVE_DRAINED : LIVE_PLAIN;
	memcpy(row->keys, (double[LIVE_KEYS]){(double)s->opened, rate, (double)counts_closed(&s->counts),
		(double)s->open_now, (double)of[VERDICT_ACTIVE], (double)of[VERDICT_DRAINED], (double)of[VERDICT_LEAKED]},
	       sizeof row->keys);
}

static void put_places(struct live *l)
{
	uint32_t *sites = calloc(l->now->call_site_count + 1ul, sizeof *sites);
	uint32_t n = sites ? view_sites(l->view, l->now, sites) : 0;

	put_head(l, LIVE_PLACES,
		 (const char *const[]){"opened", "per s", "closed", "open", "active", "drained", "leaked", " where"},
		 (const int[]){7, 6, 7, 5, 6, 7, 6, -6}, 8);
	for (uint32_t i = 0; i < n; i++)
		put_site(l, &l->now->call_sites[sites[i]]);
	free(sites);
	title(l, "places", l->now->call_site_count - n);
}

/* ---- connections ----------------------------------------------------------------------------------- */

static enum live_tone tone_of(const struct model_conn *c)
{
	return c->verdict == VERDICT_LEAKED ? LIVE_LEAKED : c->verdict == VERDICT_DRAINED ? LIVE_DRAINED :
	       c->closed ? LIVE_QUIET : LIVE_PLAIN;
}

static enum live_mark mark_conn(const struct live *l, const struct model_conn *c)
{
	const struct model_conn *then = l->before ? model_conn_by_id(l->before, c->facts->id) : NULL;

	if (!l->before)
		return LIVE_SAME;
	if (!then)
		return LIVE_NEW;
	return c->verdict != then->verdict || c->reason != then->reason ||
	       c->facts->in.bytes != then->facts->in.bytes || c->facts->out.bytes != then->facts->out.bytes ||
	       c->kernel.queued != then->kernel.queued ||
	       c->kernel.tcp_state != then->kernel.tcp_state ? LIVE_CHANGED : LIVE_SAME;
}

static double seconds_between(uint64_t mono, uint64_t end)
{
	return mono && end > mono ? (double)(end - mono) / 1e9 : 0;
}

static double seconds_since(const struct model *m, uint64_t mono)
{
	return seconds_between(mono, m->process.ended_mono);
}

static void put_conn(struct live *l, const struct model_conn *c)
{
	uint64_t in = c->facts->in.last_mono, out = c->facts->out.last_mono, last = in > out ? in : out;
	uint64_t end = c->closed && c->facts->closed_mono ? c->facts->closed_mono : l->now->process.ended_mono;
	double age = seconds_between(c->facts->opened_mono, end), idle = last ? seconds_between(last, end) : age;
	struct live_writing w;
	struct live_row *row;
	char verdict[48];

	if (!live_row_begin(&w))
		return;
	snprintf(verdict, sizeof verdict, "%s/%s", verdict_name(c->verdict), reason_name(c->reason));
	fprintf(w.text, "%7" PRIu64 " %-24s %8.1f %8.1f %9" PRIu64 " %9" PRIu64 " %7" PRIu32 " %-11s ",
		c->facts->id, verdict, age, idle, c->facts->in.bytes, c->facts->out.bytes, c->kernel.queued,
		model_tcp_state(c) ? model_tcp_state(c) : "-");
	put_where(w.text, l->now, c);
	row = live_row_end(l, &w, (struct live_spot){LIVE_CONNECTION, c->facts->id});
	if (!row)
		return;
	row->mark = mark_conn(l, c);
	row->tone = tone_of(c);
	memcpy(row->keys, (double[LIVE_KEYS]){(double)c->facts->id, age, idle, (double)c->facts->in.bytes,
		(double)c->facts->out.bytes, c->kernel.queued}, sizeof row->keys);
}

static const enum verdict worst_first[] = {VERDICT_LEAKED, VERDICT_DRAINED, VERDICT_ACTIVE, VERDICT_OPEN,
					   VERDICT_LISTENING, VERDICT_CLOSED_EARLY, VERDICT_CLOSED};
_Static_assert(sizeof worst_first / sizeof *worst_first == VERDICT_COUNT, "each of them is somewhere");

uint64_t live_connections_of(struct live *l, const struct model_call_site *site)
{
	uint64_t hidden = 0;

	put_head(l, LIVE_CONNECTIONS,
		 (const char *const[]){"id", "verdict", "age", "idle", "in", "out", "queued", "state", "peer"},
		 (const int[]){7, -24, 8, 8, 9, 9, 7, -11, -4}, 9);
	for (unsigned v = 0; v < VERDICT_COUNT; v++)
		for (uint32_t i = 0; i < l->now->conn_count; i++) {
			const struct model_conn *c = &l->now->conns[i];
			bool here = !site || (c->site != MODEL_NONE && &l->now->call_sites[c->site] == site);

			if (!here || c->verdict != worst_first[v])
				continue;
			if (view_shows(l->view, l->now, c))
				put_conn(l, c);
			else
				hidden++;
		}
	return hidden;
}

/* ---- threads --------------------------------------------------------------------------------------- */

static enum live_mark mark_thread(const struct live *l, const struct model_thread *t)
{
	const struct model_thread *then = l->before ? model_thread_by_id(l->before, t->id) : NULL;

	if (!l->before)
		return LIVE_SAME;
	if (!then)
		return LIVE_NEW;
	return t->alive != then->alive || t->waiting_since != then->waiting_since || t->serves != then->serves ||
	       t->pins != then->pins ? LIVE_CHANGED : LIVE_SAME;
}

static void put_thread(struct live *l, const struct model_thread *t)
{
	double waits = t->waiting_in ? seconds_since(l->now, t->waiting_since) : 0;
	struct live_writing w;
	struct live_row *row;
	char serves[24] = "-";

	if (!live_row_begin(&w))
		return;
	if (t->serves)
		snprintf(serves, sizeof serves, "%" PRIu64, t->serves);
	fprintf(w.text, "%7" PRIu32 " %-14s %-6s %9.1f %7s  %-12s ", t->id, model_thread_role_name(t->role),
		t->pins ? "pinned" : t->alive ? "" : "ended", waits, serves, t->waiting_in ? t->waiting_in : "-");
	put_printable_text(w.text, t->name);
	row = live_row_end(l, &w, (struct live_spot){LIVE_THREAD, t->id});
	if (!row)
		return;
	row->mark = mark_thread(l, t);
	row->tone = t->pins ? LIVE_DRAINED : t->alive ? LIVE_PLAIN : LIVE_QUIET;
	memcpy(row->keys, (double[LIVE_KEYS]){t->id, waits, (double)t->serves}, sizeof row->keys);
}

static void put_threads(struct live *l)
{
	put_head(l, LIVE_THREADS,
		 (const char *const[]){"id", "role", "", "waits for", "serves", " waits in", "name"},
		 (const int[]){7, -14, -6, 9, 7, -13, -4}, 7);
	for (int pass = 0; pass < 3; pass++) /* pinned ones, others that live, what has ended */
		for (uint32_t i = 0; i < l->now->thread_count; i++) {
			const struct model_thread *t = &l->now->threads[i];

			if ((t->pins ? 0 : t->alive ? 1 : 2) == pass)
				put_thread(l, t);
		}
}

/* ---- all ------------------------------------------------------------------------------------------- */

bool live_all(struct live *l, enum live_kind list)
{
	if (list == LIVE_PLACES) {
		put_places(l);
	} else if (list == LIVE_CONNECTIONS) {
		title(l, "connections and sockets", live_connections_of(l, NULL));
	} else {
		l->title = strdup("threads");
		put_threads(l);
	}
	return l->title && l->head;
}
