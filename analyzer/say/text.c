/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report for people. It leads with what is asked first and what to do: is it leaking, where, how fast;
 * the places, worst first, each with one example, its evidence and the threads that it pins; then what is
 * drained, in use, or left otherwise, a line for each place; then the threads, then what was not observed.
 */
#include <stdlib.h>
#include <string.h>

#include "base/package.h"
#include "base/printable.h"
#include "model/verdicts.h"
#include "say/exhausted.h"
#include "say/left.h"
#include "say/overtime.h"
#include "say/pieces.h"
#include "say/spot.h"
#include "say/text.h"
#include "say/twice.h"

/* ---- the head ------------------------------------------------------------------------------------------ */

static void put_counter(const struct report *r, FILE *to, uint64_t n, const char *name, const char *code)
{
	if (!n)
		return;
	fprintf(to, ", %s", colour(r, code));
	put_number(to, n);
	fprintf(to, " %s%s", name, colour(r, PLAIN));
}

void put_sockets(const struct report *r, FILE *to, const struct model *m)
{
	const struct model_summary *s = &m->summary;
	_Static_assert(VERDICT_COUNT == 7, "each of them has its counter here");

	if (!s->sockets) {
		fputs(s->unseen || model_unrecorded(m) ? "no socket was seen being opened" : "no socket was opened", to);
		return;
	}
	put_number(to, s->sockets);
	fprintf(to, " socket%s, ", plural(s->sockets));
	put_number(to, s->connections);
	fprintf(to, " connection%s: ", plural(s->connections));
	put_number(to, s->counts.of[VERDICT_CLOSED]);
	fputs(" closed", to);
	put_counter(r, to, s->counts.of[VERDICT_CLOSED_EARLY], "closed early", PLAIN);
	put_counter(r, to, s->counts.of[VERDICT_ACTIVE], "active", PLAIN);
	put_counter(r, to, s->counts.of[VERDICT_DRAINED], "drained but never closed", YELLOW);
	put_counter(r, to, s->counts.of[VERDICT_LEAKED], "LEAKED", RED);
	put_counter(r, to, s->counts.of[VERDICT_LISTENING], "listening", PLAIN);
	put_counter(r, to, s->counts.of[VERDICT_OPEN], "open otherwise", PLAIN);
}

static void put_summary(const struct report *r, const struct model *m)
{
	const struct model_summary *s = &m->summary;
	struct prose p;

	if (!prose_begin(&p))
		return;
	put_sockets(r, p.text, m);
	prose_end(&p, r->to, r->width, 2, 4);
	if (s->requests || s->responses)
		fprintf(r->to, "  %s request%s, %s response%s read to the end\n", NUMBER(s->requests),
			plural(s->requests), NUMBER(s->responses), plural(s->responses));
	put_over_time_of_all(r, m, 2);
	if (!s->sockets && s->threads_alive < 2)
		return;
	fprintf(r->to, "  %s thread%s alive", NUMBER(s->threads_alive), plural(s->threads_alive));
	if (s->threads_pinned)
		fprintf(r->to, ", %s%s pinned by connections that were never closed%s",
			colour(r, s->counts.of[VERDICT_LEAKED] ? RED : YELLOW), NUMBER(s->threads_pinned), colour(r, PLAIN));
	fputs("\n", r->to);
}

static void put_head(const struct report *r, const struct model *m, const struct findings *all,
		     const char *const *skip)
{
	fprintf(r->to, "%sconnleak: process %u: ", colour(r, BOLD), m->process.pid);
	phrase_command(r->to, m);
	fprintf(r->to, "%s\n", colour(r, PLAIN));
	put_answers(r, m, all, skip);
	fprintf(r->to, "  %s %u, ", m->process.forked ? "child of" : "started by", m->process.ppid);
	phrase_end(r->to, m);
	fputc('\n', r->to);
	put_summary(r, m);
}

/* ---- the rest ------------------------------------------------------------------------------------------ */

struct warned {
	const struct report *report;
	bool any;
};

static void text_warn(void *data, const char *line)
{
	struct warned *w = data;
	struct prose p;

	if (!w->any)
		put_title(w->report, "Not observed");
	w->any = true;
	if (!prose_begin(&p))
		return;
	put_printable_text(p.text, line);
	prose_end(&p, w->report->to, w->report->width, 2, 4);
}

static void put_warnings(const struct report *r, const struct model *m)
{
	struct warned w = {r, false};

	for (uint32_t i = 0; i < m->warning_count; i++)
		text_warn(&w, m->warnings[i]);
	symbols_missing(r->symbols, text_warn, &w);
}

#define ADVISED_MAX 8

/* A place that leaks, and of which no line is known: what would tell it. */
static void put_symbols_advice(const struct report *r, const struct model *m, const struct findings *all)
{
	struct spot spot;
	char module[256] = "", package[128];
	struct prose p;

	for (uint32_t i = 0; i < all->count && i < ADVISED_MAX && !*module; i++) {
		spot_of(&spot, m, r->symbols, all->list[i].stack);
		if (all->list[i].counts.of[VERDICT_LEAKED] && spot.count && !spot.frames[spot.at].file &&
		    symbols_stripped(r->symbols, spot.frames[spot.at].module))
			memcpy(module, spot.frames[spot.at].module, sizeof module);
	}
	if (!*module || !prose_begin(&p))
		return;
	fputs("no lines are known of ", p.text);
	put_printable_text(p.text, module);
	fputs(", which has no debug information; to get it: ", p.text);
	if (package_of(module, package, sizeof package))
		fprintf(p.text, "apt install %s-dbgsym, or ", package);
	fputs("DEBUGINFOD_URLS=" SYMBOLS_SERVER " connleak report ", p.text);
	put_printable_text(p.text, r->dump ? r->dump : "DUMP");
	fputc('\n', r->to);
	prose_end(&p, r->to, r->width, 0, 2);
}

static void put_not_shown(const struct report *r, const struct model *m, const char *const *skip)
{
	uint64_t hidden = 0;

	for (uint32_t i = 0; i < m->conn_count; i++) /* what is closed is not shown unless it is asked for */
		hidden += skip[i] == VIEW_HIDDEN && m->conns[i].verdict != VERDICT_CLOSED &&
			  m->conns[i].verdict != VERDICT_CLOSED_EARLY;
	if (!hidden)
		return;
	fputc('\n', r->to);
	put_number(r->to, hidden);
	fprintf(r->to, " socket%s not shown (--verdict, --peer)\n", hidden == 1 ? " is" : "s are");
}

bool text_quiet(const struct model *m)
{
	const uint64_t *of = m->summary.counts.of;

	return !of[VERDICT_LEAKED] && !of[VERDICT_DRAINED] && !of[VERDICT_ACTIVE] && !m->warning_count &&
	       !m->exhaustion.near && !m->twice_count && !left_any(m);
}

static void put_sections(const struct report *r, const struct model *m, const struct findings *all,
			 const char *const *skip)
{
	put_exhausted(r, m);
	put_leaks(r, m, all, skip);
	put_twice(r, m);
	put_places(r, m, skip, VERDICT_DRAINED);
	put_places(r, m, skip, VERDICT_ACTIVE);
	if (r->view.chosen || r->view.verbose)
		put_places(r, m, skip, VERDICT_CLOSED_EARLY);
	if (r->view.chosen) {
		put_places(r, m, skip, VERDICT_CLOSED);
		put_places(r, m, skip, VERDICT_LISTENING);
	}
	put_left(r, m, skip);
	put_threads(r, m);
}

static void put_image(const struct report *r, const struct model *m, const char *const *skip)
{
	struct findings all;

	if (!findings_of(m, skip, &all))
		return;
	view_sort(&r->view, &all);
	put_head(r, m, &all, skip);
	put_sections(r, m, &all, skip);
	if (text_quiet(m) && m->summary.sockets) /* a suppressed one would have been left */
		fprintf(r->to, "  %snothing was left behind%s\n", colour(r, GREEN), colour(r, PLAIN));
	put_warnings(r, m);
	put_symbols_advice(r, m, &all);
	put_suppressed(r, m);
	put_not_shown(r, m, skip);
	if (r->dump) {
		fputs("\ndump: ", r->to);
		put_printable_text(r->to, r->dump);
		fputc('\n', r->to);
	}
	fputc('\n', r->to);
	findings_free(&all);
}

void report_text(const struct report *r, const struct model *m)
{
	const char **skip;

	if (r->among_others && text_quiet(m))
		return; /* it was counted in the table */
	skip = view_skip(&r->view, m, r->suppressed);
	if (skip)
		put_image(r, m, skip);
	free(skip);
}
