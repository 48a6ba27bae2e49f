/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report as one page that needs nothing else: what to do first, as in the text; then every
 * connection and thread in tables that can be sorted and searched. Whatever a recorded program may
 * have chosen goes through the stream `text`, which escapes it; markup goes to `to`.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "name/frames.h"
#include "say/phrases.h"
#include "base/printable.h"
#include "say/report.h"
#include "model/verdicts.h"

#define ROWS_MAX 5000u /* a browser is no database; JSON has them all */
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

static void cell_text(const struct page *p, const char *text)
{
	fputs("<td>", p->to);
	put_printable_text(p->text, text ? text : "");
}

static void cell_number(const struct page *p, uint64_t n)
{
	fprintf(p->to, "<td class=n data-n=%" PRIu64 ">", n);
	put_number(p->to, n);
}

static void cell_time(const struct page *p, uint64_t mono)
{
	double s;

	if (model_seconds(p->m, mono, &s))
		fprintf(p->to, "<td class=n data-n=%.6f>%.3f", s, s);
	else
		fputs("<td class=n>", p->to);
}

static void cell_verdict(const struct page *p, const struct model_conn *c)
{
	fprintf(p->to, "<td class=%s>%s<td>%s<td>%s", verdict_name(c->verdict), verdict_name(c->verdict),
		reason_name(c->reason), evidence_name(c->evidence));
}

static void count(const struct page *p, uint64_t n, const char *class, const char *what)
{
	if (!n)
		return;
	fprintf(p->to, "<li class=\"%s\"><b>", class);
	put_number(p->to, n);
	fprintf(p->to, "</b> %s", what);
}

/* ---- the head of a process ------------------------------------------------------------------------------ */

static void put_head(const struct page *p)
{
	const struct model_summary *s = &p->m->summary;
	const uint64_t *of = s->counts.of;

	fprintf(p->to, "<h2>Process %u: <code>", p->m->process.pid);
	phrase_command(p->text, p->m);
	fprintf(p->to, "</code></h2>\n<p class=quiet>%s %u, ", p->m->process.forked ? "child of" : "started by",
		p->m->process.ppid);
	phrase_end(p->text, p->m);
	fputs("</p>\n<ul class=counts>", p->to);
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
		fputs("<p>No socket was opened.</p>\n", p->to);
}

/* ---- findings --------------------------------------------------------------------------------------------- */

static void put_stack(const struct page *p, uint32_t stack)
{
	struct frame_text frames[FRAMES_TEXT_MAX];
	unsigned n = frames_of(p->m, p->report->symbols, stack, frames);

	if (!n)
		fputs("<p class=quiet>No stack was taken.</p>", p->to);
	n = frames_without_start(frames, n);
	fputs(n ? "<ol class=\"stack mono\">" : "", p->to);
	for (unsigned i = 0; i < n && i < FRAMES_MAX; i++) {
		const struct frame_text *f = &frames[i];

		fputs("<li><b>", p->to);
		put_printable_text(p->text, f->function ? f->function : "???");
		fputs("</b> <span class=quiet>", p->to);
		put_printable_text(p->text, f->file ? f->file : f->module);
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
	const char *advice = phrase_advice(c->reason);
	uint32_t threads = pinned(p, c->site);

	fprintf(p->to, "<dl><dt>for example<dd>connection %" PRIu64 " ", c->facts->id);
	put_where(p->text, p->m, c);
	if (c->protocol)
		fprintf(p->text, ", %s", c->protocol);
	fprintf(p->to, "<dt>%s<dd>%s<dt>evidence<dd>", reason_name(c->reason), reason_help(c->reason));
	phrase_evidence(p->text, c);
	if (advice)
		fprintf(p->to, "<dt>what to do<dd><b>%s</b>", advice);
	if (threads)
		fprintf(p->to, "<dt>pins<dd>%u thread%s", threads, plural(threads));
	fputs("</dl>\n", p->to);
}

static void put_finding(const struct page *p, const struct finding *f)
{
	const struct counts *c = &f->counts;

	fputs("<details class=finding open><summary><span class=leaked>", p->to);
	put_number(p->to, c->of[VERDICT_LEAKED]);
	fprintf(p->to, " leaked%s%s</span>: ", c->one_reason ? c->of[VERDICT_LEAKED] > 1 ? ", all " : ", " : "",
		c->one_reason ? reason_name(p->m->conns[c->example].reason) : "");
	phrase_rate(p->text, p->m, f);
	if (c->of[VERDICT_DRAINED])
		fprintf(p->to, "; %" PRIu64 " drained", c->of[VERDICT_DRAINED]);
	if (f->suppressed)
		fprintf(p->to, "; %" PRIu64 " suppressed", f->suppressed);
	fputs("</summary>\n", p->to);
	put_stack(p, f->stack);
	put_example(p, f);
	fputs("</details>\n", p->to);
}

static void put_drained(const struct page *p, const struct finding *f)
{
	fputs("<details><summary><span class=drained>", p->to);
	put_number(p->to, f->counts.of[VERDICT_DRAINED]);
	fputs(" drained</span>, opened by <code>", p->to);
	phrase_place(p->text, p->m, p->report->symbols, f->stack);
	fputs("</code></summary>\n", p->to);
	put_stack(p, f->stack);
	fputs("</details>\n", p->to);
}

static void put_findings(const struct page *p)
{
	struct findings all;

	if (!findings_of(p->m, p->report->suppressed, &all))
		return;
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
		fprintf(p->to, "<p>%" PRIu64 " finding%s suppressed.</p>\n", all.suppressed,
			all.suppressed == 1 ? " is" : "s are");
	findings_free(&all);
}

/* ---- tables ------------------------------------------------------------------------------------------------ */

static void put_row(const struct page *p, uint32_t index)
{
	const struct model_conn *c = &p->m->conns[index];
	char local[MODEL_ADDRESS_MAX];

	fputs("<tr>", p->to);
	cell_number(p, c->facts->id);
	cell_verdict(p, c);
	cell_text(p, c->kind);
	cell_text(p, model_role(c));
	cell_text(p, model_local(p->m, c, local, sizeof local) ? local : NULL);
	fputs("<td>", p->to);
	put_where(p->text, p->m, c);
	cell_text(p, c->protocol);
	cell_text(p, model_tcp_state(c));
	cell_number(p, c->requests);
	cell_number(p, c->responses);
	cell_number(p, c->facts->in.bytes);
	cell_number(p, c->facts->out.bytes);
	cell_time(p, c->facts->opened_mono);
	cell_time(p, c->facts->closed_mono);
	fputs("<td>", p->to);
	phrase_place(p->text, p->m, p->report->symbols, c->stack);
	cell_text(p, p->report->suppressed ? p->report->suppressed[index] : NULL);
	fputc('\n', p->to);
}

/* Those that are not closed come first, when not all can be shown. */
static void put_rows(const struct page *p, bool closed, uint32_t *shown)
{
	for (uint32_t i = 0; i < p->m->conn_count && *shown < ROWS_MAX; i++)
		if (p->m->conns[i].closed == closed) {
			put_row(p, i);
			++*shown;
		}
}

static void put_connections(const struct page *p)
{
	uint32_t shown = 0;

	if (!p->m->conn_count)
		return;
	fprintf(p->to, "<details><summary>All connections and sockets (%" PRIu32 ")</summary>\n"
		"<input placeholder=\"search\" aria-label=\"search\"><div class=scroll><table><thead><tr><th>id<th>verdict"
		"<th>reason<th>evidence<th>kind<th>role<th>local<th>peer<th>protocol<th>state<th>requests<th>responses"
		"<th>bytes in<th>bytes out<th>opened&nbsp;s<th>closed&nbsp;s<th>opened by<th>suppressed</thead><tbody>\n",
		p->m->conn_count);
	put_rows(p, false, &shown);
	put_rows(p, true, &shown);
	fputs("</tbody></table></div>\n", p->to);
	if (shown < p->m->conn_count)
		fprintf(p->to, "<p>%" PRIu32 " more are not shown; --format json has them all.</p>\n",
			p->m->conn_count - shown);
	if (p->m->summary.unlisted)
		fprintf(p->to, "<p>%" PRIu64 " closed ones live on in the counters only.</p>\n", p->m->summary.unlisted);
	fputs("</details>\n", p->to);
}

static void put_threads(const struct page *p)
{
	if (p->m->thread_count < 2)
		return;
	fprintf(p->to, "<details><summary>Threads (%" PRIu32 ")</summary>\n<div class=scroll><table><thead><tr><th>id<th>tid"
		"<th>name<th>role<th>alive<th>pins<th>serves<th>waits in<th>waits on<th>created&nbsp;s<th>ended&nbsp;s"
		"<th>created by<th>started by</thead><tbody>\n", p->m->thread_count);
	for (uint32_t i = 0; i < p->m->thread_count && i < ROWS_MAX; i++) {
		const struct model_thread *t = &p->m->threads[i];

		fputs("<tr>", p->to);
		cell_number(p, t->id);
		fprintf(p->to, "<td class=n>%" PRIu32, t->tid);
		cell_text(p, t->name);
		fprintf(p->to, "<td>%s<td>%s<td%s", model_thread_role_name(t->role), t->alive ? "yes" : "no",
			t->pins ? " class=leaked>yes" : ">");
		fprintf(p->to, t->serves ? "<td class=n>%" PRIu64 : "<td>", t->serves);
		cell_text(p, t->waiting_in);
		fprintf(p->to, t->waiting_on ? "<td class=n>%" PRIu64 : "<td>", t->waiting_on);
		cell_time(p, t->created_mono);
		cell_time(p, t->ended_mono);
		fprintf(p->to, t->created_by ? "<td class=n>%" PRIu32 "<td>" : "<td><td>", t->created_by);
		if (!t->main)
			phrase_place(p->text, p->m, p->report->symbols, t->stack);
		fputc('\n', p->to);
	}
	fputs("</tbody></table></div></details>\n", p->to);
}

static void warn(void *data, const char *line)
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
		warn(p, p->m->warnings[i]);
	symbols_missing(p->report->symbols, warn, p);
	if (p->warned)
		fputs("</ul>\n", p->to);
}

void report_html(const struct report *r, const struct model *m)
{
	struct page p = {r, m, r->to, escaping(r->to), false};

	if (!p.text)
		return;
	fputs("<section>\n", p.to);
	put_head(&p);
	put_findings(&p);
	put_connections(&p);
	put_threads(&p);
	put_warnings(&p);
	fputs("</section>\n", p.to);
	fclose(p.text);
}
