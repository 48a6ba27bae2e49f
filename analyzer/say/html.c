/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report as one page that needs nothing else: what to do first, as in the text; then the report as JSON,
 * of which the page's script (say/page) makes charts, tables, and each connection in detail. Whatever a
 * recorded program may have chosen goes through the stream `text`, which escapes it, or is JSON in ASCII
 * without a "<"; markup goes to `to`.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "name/frames.h"
#include "judge/pace.h"
#include "say/answers.h"
#include "say/exhausted.h"
#include "say/json.h"
#include "say/pairs.h"
#include "say/phrases.h"
#include "base/printable.h"
#include "say/report.h"
#include "say/spot.h"
#include "say/twice.h"
#include "model/verdicts.h"

#define CONNECTIONS_MAX 50000u /* a browser is no database; JSON has them all */
#define FRAMES_MAX 40

struct page {
	const struct report *report;
	const struct model *m;
	FILE *to;   /* markup */
	FILE *text; /* the same place, but what is written is escaped */
	bool warned;
};

/* ---- pieces ------------------------------------------------------------------------------------------- */

static ssize_t escape(void *to, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		switch (bytes[i]) {
		case '<': fputs("&lt;", to); break;
		case '>': fputs("&gt;", to); break;
		case '&': fputs("&amp;", to); break;
		case '"': fputs("&quot;", to); break;
		case '\'': fputs("&#39;", to); break;
		default: fputc(bytes[i], to);
		}
	return (ssize_t)size;
}

/* Unbuffered: its bytes and those of the markup come in the order in which they are written. */
static FILE *escaping(FILE *to)
{
	FILE *text = fopencookie(to, "w", (cookie_io_functions_t){.write = escape});

	if (text)
		setvbuf(text, NULL, _IONBF, 0);
	return text;
}

static void count(const struct page *p, uint64_t n, const char *class, const char *what)
{
	if (!n)
		return;
	fprintf(p->to, "<li class=\"%s\"><b>", class);
	put_number(p->to, n);
	fprintf(p->to, "</b> %s", what);
}

/* ---- the head of a process ----------------------------------------------------------------------------- */

static void put_title(const struct page *p)
{
	fprintf(p->to, "<h2>Process %u: <code>", p->m->process.pid);
	phrase_command(p->text, p->m);
	fprintf(p->to, "</code></h2>\n<p class=quiet>%s %u, ", p->m->process.forked ? "child of" : "started by",
		p->m->process.ppid);
	phrase_end(p->text, p->m);
	fputs("</p>\n", p->to);
}

static void put_counts(const struct page *p)
{
	const struct model_summary *s = &p->m->summary;
	const uint64_t *of = s->counts.of;
	_Static_assert(VERDICT_COUNT == 7, "each of them has its counter here");

	fputs("<ul class=counts>", p->to);
	count(p, of[VERDICT_LEAKED], "leaked", "leaked");
	count(p, of[VERDICT_DRAINED], "drained", "drained, never closed");
	count(p, of[VERDICT_ACTIVE], "active", "active");
	count(p, of[VERDICT_CLOSED], "closed", "closed");
	count(p, of[VERDICT_CLOSED_EARLY], "closed", "closed early");
	count(p, of[VERDICT_LISTENING], "", "listening");
	count(p, of[VERDICT_OPEN], "", "open otherwise");
	count(p, s->requests, "", "requests");
	count(p, s->responses, "", "responses read to the end");
	count(p, s->threads_alive, "", s->threads_alive == 1 ? "thread alive" : "threads alive");
	count(p, s->threads_pinned, of[VERDICT_LEAKED] ? "leaked" : "drained", "pinned");
	fputs("</ul>\n", p->to);
	if (!s->sockets)
		fprintf(p->to, "<p>No socket was %s.</p>\n", model_unrecorded(p->m) ? "seen being opened" : "opened");
}

static void put_alarm(const struct page *p)
{
	if (!p->m->exhaustion.near)
		return;
	fputs("<p class=alarm>", p->to);
	phrase_exhausted(p->text, p->m);
	fputs("</p>\n", p->to);
}

/* ---- findings ------------------------------------------------------------------------------------------ */

static void html_put_stack(const struct page *p, uint32_t stack)
{
	struct frame_text frames[FRAMES_TEXT_MAX];
	unsigned n = frames_of(p->m, p->report->symbols, stack, frames);

	if (!n)
		fputs("<p class=quiet>No stack was taken.</p>", p->to);
	n = frames_without_start(frames, n);
	fputs(n ? "<ol class=\"stack mono\">" : "", p->to);
	for (unsigned i = 0; i < n && i < FRAMES_MAX; i++) {
		const struct frame_text *f = &frames[i];

		fputs(f->whose == WHOSE_OWN ? "<li><b>" : "<li class=quiet><b>", p->to);
		put_printable_text(p->text, f->function ? f->function : "???");
		fputs(f->whose == WHOSE_OWN ? "</b> <span>" : "</b> <span class=quiet>", p->to);
		put_printable_text(p->text, spot_path(f));
		if (f->file)
			fprintf(p->to, ":%d</span>", f->line);
		else
			fprintf(p->to, "+0x%" PRIx64 "</span>", f->offset);
	}
	fputs(n ? "</ol>\n" : "", p->to);
}

static uint32_t pinned(const struct page *p, uint32_t site)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->m->thread_count; i++) {
		const struct model_thread *t = &p->m->threads[i];
		const struct model_conn *c = t->pins ? model_conn_by_id(p->m, t->serves) : NULL;

		n += c && c->site == site;
	}
	return n;
}

static void put_example(const struct page *p, const struct finding *f)
{
	const struct model_conn *c = &p->m->conns[f->counts.example];
	const char *advice = phrase_advice_for(c);
	uint32_t threads = pinned(p, c->site);

	fprintf(p->to, "<dl><dt>for example<dd>connection %" PRIu64 " ", c->facts->id);
	put_where(p->text, p->m, c);
	if (c->protocol)
		fprintf(p->text, ", %s", c->protocol);
	fprintf(p->to, "<dt>%s<dd>%s<dt>evidence<dd>", reason_name(c->reason), reason_help(c->reason));
	phrase_evidence(p->text, c);
	if (advice)
		fprintf(p->to, "<dt>what to do<dd><b>%s</b>; in your language: <code>connleak explain %s/%s</code>", advice,
			verdict_name(c->verdict), reason_name(c->reason));
	if (threads)
		fprintf(p->to, "<dt>pins<dd>%s thread%s", NUMBER(threads), plural(threads));
	fputs("</dl>\n", p->to);
}

static void put_more(const struct page *p, uint64_t n, const char *what)
{
	fputs("; ", p->to);
	put_number(p->to, n);
	fprintf(p->to, " %s", what);
}

static void put_finding(const struct page *p, const struct finding *f)
{
	const struct counts *c = &f->counts;

	fputs("<details class=finding open><summary>", p->to);
	if (f->site) {
		fputs("<code>", p->to);
		phrase_spot(p->text, p->m, p->report->symbols, f->stack);
		fputs("</code> ", p->to);
	} else {
		fputs("unknown places ", p->to);
	}
	phrase_counts(p->text, p->m, f);
	fputs(": <span class=leaked>", p->to);
	put_number(p->to, c->of[VERDICT_LEAKED]);
	fprintf(p->to, " leaked%s%s</span>", c->one_reason ? c->of[VERDICT_LEAKED] > 1 ? ", all " : ", " : "",
		c->one_reason ? reason_name(p->m->conns[c->example].reason) : "");
	if (c->of[VERDICT_DRAINED])
		put_more(p, c->of[VERDICT_DRAINED], "drained");
	if (f->suppressed)
		put_more(p, f->suppressed, "suppressed");
	fputs("</summary>\n", p->to);
	html_put_stack(p, f->stack);
	put_example(p, f);
	fputs("</details>\n", p->to);
}

static void put_drained(const struct page *p, const struct finding *f)
{
	fputs("<details><summary><span class=drained>", p->to);
	put_number(p->to, f->counts.of[VERDICT_DRAINED]);
	fputs(" drained</span>, opened at <code>", p->to);
	phrase_spot(p->text, p->m, p->report->symbols, f->stack);
	fputs("</code></summary>\n", p->to);
	html_put_stack(p, f->stack);
	fputs("</details>\n", p->to);
}

/* Is it leaking, where, how fast, how long until there are no descriptors left. */
static void put_answers(const struct page *p, const struct findings *all)
{
	struct pace pace = pace_of(p->m, p->report->suppressed);

	if (!all->leaked && p->m->summary.sockets && !p->m->summary.counts.of[VERDICT_LEAKED])
		fprintf(p->to, "<p class=answer>No leak%s.</p>\n",
			p->m->warning_count ? " was seen, but not all was (below)" : "");
	if (!all->leaked)
		return;
	fputs("<p class=\"answer leaking\"><b>LEAKING</b>: ", p->to);
	phrase_leaking(p->text, p->m, p->report->symbols, all, p->report->suppressed);
	if (pace.known)
		fputs("<br>", p->to);
	phrase_pace(p->text, p->m, &pace);
	fputs("</p>\n", p->to);
}

static void put_findings(const struct page *p, const struct findings *found)
{
	const struct findings all = *found;

	if (all.leaked)
		fputs("<h3>Leaked: never closed, and of no use to anyone</h3>\n", p->to);
	for (uint32_t i = 0; i < all.count && all.list[i].counts.of[VERDICT_LEAKED]; i++)
		put_finding(p, &all.list[i]);
	if (all.drained)
		fputs("<h3>Drained: never closed, with nothing outstanding: idle, ready for reuse</h3>\n", p->to);
	for (uint32_t i = 0; i < all.count; i++)
		if (all.list[i].counts.of[VERDICT_DRAINED])
			put_drained(p, &all.list[i]);
	if (all.suppressed)
		fprintf(p->to, "<p>%s finding%s suppressed.</p>\n", NUMBER(all.suppressed),
			all.suppressed == 1 ? " is" : "s are");
}

static void put_closed_twice(const struct page *p)
{
	if (p->m->twice_count)
		fputs("<h3>" TWICE_TITLE "</h3>\n", p->to);
	for (uint32_t i = 0; i < p->m->twice_count; i++) {
		const struct model_twice *t = &p->m->twice[i];

		fputs("<details class=finding open><summary>", p->to);
		phrase_twice(p->text, p->m, p->report->symbols, t);
		fputs("</summary>\n", p->to);
		html_put_stack(p, t->again);
		fputs("<p>", p->to);
		phrase_twice_was(p->text, p->m, p->report->symbols, t);
		fputs("</p>\n", p->to);
		html_put_stack(p, t->closed);
		fputs("<dl>", p->to);
		if (t->stranger || t->meant_before) {
			fputs("<dt>it looks like<dd>", p->to);
			phrase_twice_meant(p->text, t);
		}
		fputs("<dt>what to do<dd><b>" TWICE_ADVICE "</b></dl>\n</details>\n", p->to);
	}
}

/* ---- what the page's script works with ----------------------------------------------------------------- */

/* What the reasons that occur here mean, for who opens one connection. */
static void put_words(const struct page *p)
{
	static struct json buffer;
	struct json *g = &buffer;
	bool met[REASON_COUNT] = {false};

	fputs("<script type=\"application/json\" class=words>", p->to);
	json_begin(g, p->to);
	json_open(g, '{');
	for (uint32_t i = 0; i < p->m->conn_count; i++) {
		enum reason reason = p->m->conns[i].reason;

		if (met[reason])
			continue;
		met[reason] = true;
		json_name(g, reason_name(reason));
		json_open(g, '{');
		pair_text(g, "means", reason_help(reason));
		pair_text(g, "todo", phrase_advice(reason));
		json_close(g, '}');
	}
	json_close(g, '}');
	json_flush(g);
	fputs("</script>\n", p->to);
}

static void put_report(const struct page *p)
{
	struct report r = *p->report;
	uint32_t hidden = 0;

	r.in_page = true;
	r.connections_max = CONNECTIONS_MAX;
	fputs("<div class=lists></div>\n<script type=\"application/json\" class=report>", p->to);
	report_json(&r, p->m);
	fputs("</script>\n", p->to);
	put_words(p);
	for (uint32_t i = 0; i < p->m->conn_count; i++)
		hidden += !view_shows(&r.view, p->m, &p->m->conns[i]);
	if (p->m->conn_count - hidden > CONNECTIONS_MAX)
		fprintf(p->to, "<p>%s more are not shown; --format json has them all.</p>\n",
			NUMBER(p->m->conn_count - hidden - CONNECTIONS_MAX));
	if (hidden)
		fprintf(p->to, "<p>%s connection%s not listed: --verdict or --peer chose others.</p>\n", NUMBER(hidden),
			hidden == 1 ? " is" : "s are");
	if (p->m->summary.unlisted)
		fprintf(p->to, "<p>%s closed ones live on in the counters only.</p>\n", NUMBER(p->m->summary.unlisted));
}

static void html_warn(void *data, const char *line)
{
	struct page *p = data;

	if (!p->warned)
		fputs("<h3>Not observed</h3>\n<ul>", p->to);
	p->warned = true;
	fputs("<li>", p->to);
	put_printable_text(p->text, line);
}

static void put_warnings(struct page *p)
{
	for (uint32_t i = 0; i < p->m->warning_count; i++)
		html_warn(p, p->m->warnings[i]);
	symbols_missing(p->report->symbols, html_warn, p);
	if (p->warned)
		fputs("</ul>\n", p->to);
}

void report_html(const struct report *r, const struct model *m)
{
	struct page p = {r, m, r->to, escaping(r->to), false};
	struct findings all;

	if (!p.text)
		return;
	if (!findings_of(m, r->suppressed, &all))
		all = (struct findings){0};
	fprintf(p.to, "<section class=process data-leaked=%" PRIu64 " data-drained=%" PRIu64 ">\n",
		m->summary.counts.of[VERDICT_LEAKED], m->summary.counts.of[VERDICT_DRAINED]);
	put_title(&p);
	put_answers(&p, &all);
	put_alarm(&p);
	put_counts(&p);
	fputs("<div class=over-time></div>\n", p.to);
	put_findings(&p, &all);
	put_closed_twice(&p);
	put_report(&p);
	put_warnings(&p);
	fputs("</section>\n", p.to);
	findings_free(&all);
	fclose(p.text);
}
