/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report for people. It leads with what to do: call sites, worst first, each with its rate, one
 * example with its evidence, and the threads it pins; then what is drained and what waits, in a line
 * each; then the threads, then what was not observed.
 */
#include <inttypes.h>
#include <string.h>

#include "name/frames.h"
#include "say/phrases.h"
#include "base/printable.h"
#include "say/exhausted.h"
#include "say/left.h"
#include "say/overtime.h"
#include "say/pieces.h"
#include "model/verdicts.h"

#define SITES_MAX 20   /* call sites with leaks that are shown in full */
#define DRAINED_MAX 20 /* connections in a line each, of one verdict */
#define FRAMES_MAX 12

static void put_title(const struct report *r, const char *title)
{
	fprintf(r->to, "\n%s%s%s\n", colour(r, BOLD), title, colour(r, PLAIN));
}

static void put_frame(const struct report *r, const struct frame_text *f, bool innermost)
{
	const char *slash = strrchr(f->module, '/');

	fprintf(r->to, "      %s ", innermost ? "at" : "by");
	put_printable_text(r->to, f->brief ? f->brief : "???");
	fputs(" (", r->to);
	put_printable_text(r->to, f->file ? f->file : slash ? slash + 1 : f->module[0] ? f->module : "?");
	if (f->file)
		fprintf(r->to, ":%d)\n", f->line);
	else
		fprintf(r->to, "+0x%" PRIx64 ")\n", f->offset);
}

static void put_run(const struct report *r, const struct frame_text *frames, const struct frame_run *run,
		    bool innermost)
{
	if (run->go)
		fprintf(r->to, "      (%u call%s of Go's own library)\n", run->count, plural(run->count));
	else if (run->count == 1)
		put_frame(r, &frames[run->first], innermost);
	else
		fprintf(r->to, "      (%u frames%s%s)\n", run->count, *run->of ? " of " : "", run->of);
}

static void put_frames(const struct report *r, const struct model *m, uint32_t stack)
{
	struct frame_text frames[FRAMES_TEXT_MAX];
	struct frame_run runs[FRAMES_TEXT_MAX];
	unsigned n = frames_of(m, r->symbols, stack, frames), count;
	bool innermost = true;

	if (!n) {
		fputs("      (no stack was taken)\n", r->to);
		return;
	}
	n = frames_without_start(frames, n);
	count = frames_folded(frames, n, frames_telling(frames, n), runs);
	for (unsigned i = 0; i < count && i < FRAMES_MAX; i++) {
		put_run(r, frames, &runs[i], innermost);
		innermost = innermost && (runs[i].go || runs[i].count > 1);
	}
	if (count > FRAMES_MAX)
		fprintf(r->to, "      ... and %u more\n", n - runs[FRAMES_MAX].first);
}

/* ---- the head ------------------------------------------------------------------------------------------ */

static void put_counter(const struct report *r, FILE *to, uint64_t n, const char *name, const char *code)
{
	if (!n)
		return;
	fprintf(to, ", %s", colour(r, code));
	put_number(to, n);
	fprintf(to, " %s%s", name, colour(r, PLAIN));
}

static void put_sockets(const struct report *r, FILE *to, const struct model_summary *s)
{
	const uint64_t *of = s->counts.of;

	if (!s->sockets) {
		fputs("no socket was opened", to);
		return;
	}
	put_number(to, s->sockets);
	fprintf(to, " socket%s, ", plural(s->sockets));
	put_number(to, s->connections);
	fprintf(to, " connection%s: ", plural(s->connections));
	put_number(to, of[VERDICT_CLOSED]);
	fputs(" closed", to);
	put_counter(r, to, of[VERDICT_CLOSED_EARLY], "closed early", PLAIN);
	put_counter(r, to, of[VERDICT_ACTIVE], "active", PLAIN);
	put_counter(r, to, of[VERDICT_DRAINED], "drained but never closed", YELLOW);
	put_counter(r, to, of[VERDICT_LEAKED], "LEAKED", RED);
	put_counter(r, to, of[VERDICT_LISTENING], "listening", PLAIN);
	put_counter(r, to, of[VERDICT_OPEN], "open otherwise", PLAIN);
}

static void put_summary(const struct report *r, const struct model *m)
{
	const struct model_summary *s = &m->summary;
	struct prose p;

	if (!prose_begin(&p))
		return;
	put_sockets(r, p.text, s);
	prose_end(&p, r->to, r->width, 2, 4);
	if (s->requests || s->responses)
		fprintf(r->to, "  %" PRIu64 " request%s, %" PRIu64 " response%s read to the end\n", s->requests,
			plural(s->requests), s->responses, plural(s->responses));
	put_over_time_of_all(r, m, 2);
	if (!s->sockets && s->threads_alive < 2)
		return;
	fprintf(r->to, "  %" PRIu64 " thread%s alive", s->threads_alive, plural(s->threads_alive));
	if (s->threads_pinned)
		fprintf(r->to, ", %s%" PRIu64 " pinned by connections that were never closed%s",
			colour(r, s->counts.of[VERDICT_LEAKED] ? RED : YELLOW), s->threads_pinned, colour(r, PLAIN));
	fputs("\n", r->to);
}

static void put_name_of_process(const struct report *r, const struct model *m)
{
	fprintf(r->to, "%sconnleak: process %u: ", colour(r, BOLD), m->process.pid);
	phrase_command(r->to, m);
	fputs(colour(r, PLAIN), r->to);
}

static void put_head(const struct report *r, const struct model *m)
{
	put_name_of_process(r, m);
	fprintf(r->to, "\n  %s %u, ", m->process.forked ? "child of" : "started by", m->process.ppid);
	phrase_end(r->to, m);
	fputc('\n', r->to);
	put_summary(r, m);
}

/* ---- findings --------------------------------------------------------------------------------------------- */

static void put_example(const struct report *r, const struct model *m, const struct model_conn *c)
{
	const char *advice = phrase_advice(c->reason);
	struct prose p;

	if (!prose_begin(&p))
		return;
	fprintf(p.text, "for example connection %" PRIu64 " ", c->facts->id);
	put_where(p.text, m, c);
	for (unsigned i = 0; i < sizeof c->facts->fds / sizeof *c->facts->fds; i++)
		if (c->facts->fds[i] >= 0) { /* the first may have been closed, after a copy was made */
			fprintf(p.text, ", descriptor %d", c->facts->fds[i]);
			break;
		}
	if (c->protocol)
		fprintf(p.text, ", %s%s", c->facts->flags & DUMP_TLS && strcmp(c->protocol, "tls") ? "tls, " : "",
			c->protocol);
	prose_end(&p, r->to, r->width, 4, 6);
	if (!prose_begin(&p))
		return;
	fprintf(p.text, "%s: %s", reason_name(c->reason), reason_help(c->reason));
	prose_end(&p, r->to, r->width, 6, 8);
	if (!prose_begin(&p))
		return;
	fputs("evidence: ", p.text);
	phrase_evidence(p.text, c);
	prose_end(&p, r->to, r->width, 6, 8);
	if (!advice || !prose_begin(&p))
		return;
	fprintf(p.text, "what to do: %s", advice);
	prose_end(&p, r->to, r->width, 6, 8);
}

static void put_rate(const struct report *r, const struct model *m, const struct finding *f)
{
	struct prose p;

	if (!prose_begin(&p))
		return;
	phrase_rate(p.text, m, f);
	fprintf(p.text, ": %s", colour(r, RED));
	put_number(p.text, f->counts.of[VERDICT_LEAKED]);
	fprintf(p.text, " leaked%s", colour(r, PLAIN));
	if (f->counts.one_reason)
		fprintf(p.text, ", %s%s", f->counts.of[VERDICT_LEAKED] > 1 ? "all " : "",
			reason_name(m->conns[f->counts.example].reason));
	if (f->counts.of[VERDICT_DRAINED])
		fprintf(p.text, "; %" PRIu64 " drained", f->counts.of[VERDICT_DRAINED]);
	if (f->suppressed)
		fprintf(p.text, "; %" PRIu64 " suppressed", f->suppressed);
	prose_end(&p, r->to, r->width, 2, 4);
}

static void put_leaks(const struct report *r, const struct model *m, const struct findings *all)
{
	uint32_t shown = 0;

	if (all->leaked)
		put_title(r, "Leaked: never closed, and of no use to anyone");
	for (uint32_t i = 0; i < all->count && all->list[i].counts.of[VERDICT_LEAKED]; i++) {
		const struct finding *f = &all->list[i];

		if (shown++ == SITES_MAX) {
			fputs("\n  ... and more places; --format json has them all\n", r->to);
			break;
		}
		fputc('\n', r->to);
		put_rate(r, m, f);
		if (m->call_site_count > 1)
			put_over_time_of_site(r, m, m->conns[f->counts.example].site, 4);
		put_frames(r, m, f->stack);
		put_example(r, m, &m->conns[f->counts.example]);
		put_pinned_by_site(r, m, m->conns[f->counts.example].site);
	}
}

static void put_drained_line(const struct report *r, const struct model *m, const struct model_conn *c)
{
	struct prose p;

	if (!prose_begin(&p))
		return;
	fprintf(p.text, "connection %" PRIu64 " ", c->facts->id);
	put_where(p.text, m, c);
	fputs(": ", p.text);
	phrase_use(p.text, c);
	fputs("; opened by ", p.text);
	phrase_place(p.text, m, r->symbols, c->stack);
	prose_end(&p, r->to, r->width, 2, 4);
	put_pinned_by_connection(r, m, c->facts->id);
}

/* Too few for a verdict. */
static void put_starving(const struct report *r, const struct model *m)
{
	struct prose p;

	for (uint32_t i = 0; i < m->conn_count; i++) {
		if (m->conns[i].verdict != VERDICT_DRAINED || !m->conns[i].bypassed_by || !prose_begin(&p))
			continue;
		fprintf(p.text, "connections %" PRIu64 " and %" PRIu64 " were opened one after the other by one place, and neither "
			"was asked again: it looks like a pool to which nothing is given back, and whose users will starve",
			m->conns[i].facts->id, m->conns[i].bypassed_by);
		prose_end(&p, r->to, r->width, 2, 4);
	}
}

static void put_drained(const struct report *r, const struct model *m, const struct findings *all)
{
	uint64_t shown = 0;

	if (all->drained)
		put_title(r, "Drained: never closed, with nothing outstanding: idle, ready for reuse");
	for (uint32_t i = 0; i < m->conn_count && all->drained; i++) {
		if (m->conns[i].verdict != VERDICT_DRAINED || (r->suppressed && r->suppressed[i]))
			continue;
		if (shown++ == DRAINED_MAX) {
			fprintf(r->to, "  ... and %" PRIu64 " more\n", all->drained - DRAINED_MAX);
			break;
		}
		put_drained_line(r, m, &m->conns[i]);
	}
	put_starving(r, m);
}

/* ---- waiting ------------------------------------------------------------------------------------------------ */

static void put_waiting_line(const struct report *r, const struct model *m, const struct model_conn *c)
{
	struct prose p;

	if (!prose_begin(&p))
		return;
	fprintf(p.text, "connection %" PRIu64 " ", c->facts->id);
	put_where(p.text, m, c);
	fprintf(p.text, ": %" PRIu32 " request%s, %" PRIu32 " answered", c->requests, plural(c->requests),
		c->responses);
	if (c->kernel.unsent) {
		fputs("; ", p.text);
		put_number(p.text, c->kernel.unsent);
		fprintf(p.text, " bytes wait in the kernel until the %s reads",
			c->facts->role == DUMP_ROLE_SERVER ? "client" : "server");
	}
	prose_end(&p, r->to, r->width, 2, 4);
}

static void put_waiting(const struct report *r, const struct model *m)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->conn_count; i++) {
		if (m->conns[i].verdict != VERDICT_ACTIVE || m->conns[i].reason != REASON_WAITING)
			continue;
		if (n++ == 0)
			put_title(r, "Active: a thread waits for what comes next");
		if (n <= DRAINED_MAX)
			put_waiting_line(r, m, &m->conns[i]);
	}
	if (n > DRAINED_MAX)
		fprintf(r->to, "  ... and %" PRIu32 " more\n", n - DRAINED_MAX);
}

/* ---- the rest ---------------------------------------------------------------------------------------------- */

struct warned {
	const struct report *report;
	bool any;
};

static void warn(void *data, const char *line)
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
		warn(&w, m->warnings[i]);
	symbols_missing(r->symbols, warn, &w);
}

static void put_suppressed(const struct report *r, const struct findings *all)
{
	if (all->suppressed)
		fprintf(r->to, "\n%" PRIu64 " finding%s suppressed, and do%s not count\n", all->suppressed,
			all->suppressed == 1 ? " is" : "s are", all->suppressed == 1 ? "es" : "");
}

/* A process with nothing to say among others that have: one line. */
static void put_brief(const struct report *r, const struct model *m)
{
	put_name_of_process(r, m);
	fputs(": ", r->to);
	put_sockets(r, r->to, &m->summary);
	fputs("; ", r->to);
	phrase_end(r->to, m);
	fputs("\n\n", r->to);
}

void report_text(const struct report *r, const struct model *m)
{
	struct findings all;
	bool quiet;

	if (!findings_of(m, r->suppressed, &all))
		return;
	quiet = !all.leaked && !all.drained && !m->warning_count;
	if (quiet && r->among_others && !left_any(m)) {
		put_brief(r, m);
		findings_free(&all);
		return;
	}
	put_head(r, m);
	put_exhausted(r, m);
	put_leaks(r, m, &all);
	put_drained(r, m, &all);
	put_waiting(r, m);
	put_left(r, m);
	put_threads(r, m);
	if (quiet && !all.suppressed && m->summary.sockets && !left_any(m) && !m->summary.counts.of[VERDICT_ACTIVE])
		fprintf(r->to, "  %snothing was left behind%s\n", colour(r, GREEN), colour(r, PLAIN));
	put_warnings(r, m);
	put_suppressed(r, &all);
	if (r->dump) {
		fputs("\ndump: ", r->to);
		put_printable_text(r->to, r->dump);
		fputc('\n', r->to);
	}
	fputc('\n', r->to);
	findings_free(&all);
}

void report_text_total(const struct report *r, const struct model *const *all, size_t count)
{
	uint64_t leaked = 0, drained = 0, worst = 0;
	uint32_t pid = 0;
	size_t leaking = 0;

	if (count < 2)
		return;
	for (size_t i = 0; i < count; i++) {
		leaked += all[i]->summary.counts.of[VERDICT_LEAKED];
		drained += all[i]->summary.counts.of[VERDICT_DRAINED];
		leaking += all[i]->summary.counts.of[VERDICT_LEAKED] > 0;
		if (all[i]->summary.counts.of[VERDICT_LEAKED] > worst) {
			worst = all[i]->summary.counts.of[VERDICT_LEAKED];
			pid = all[i]->process.pid;
		}
	}
	fprintf(r->to, "%sconnleak: %zu process images: %s", colour(r, BOLD), count, colour(r, leaked ? RED : GREEN));
	put_number(r->to, leaked);
	fprintf(r->to, " leaked%s", colour(r, PLAIN));
	if (leaked)
		fprintf(r->to, "%s in %zu of them, most in process %u%s", colour(r, BOLD), leaking, pid, colour(r, PLAIN));
	fprintf(r->to, "%s, ", colour(r, BOLD));
	put_number(r->to, drained);
	fprintf(r->to, " drained%s\n", colour(r, PLAIN));
}
