/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report for people. It leads with what to do: call sites, worst first, each with its rate, one
 * example with its evidence, and the threads it pins; then what is drained and what waits, in a line
 * each; then the threads, then what was not observed.
 */
#include <inttypes.h>
#include <string.h>

#include "frames.h"
#include "report_pieces.h"
#include "verdict.h"

#define SITES_MAX 20   /* call sites with leaks that are shown in full */
#define DRAINED_MAX 20 /* connections in a line each, of one verdict */
#define FRAMES_MAX 12

static void put_frames(const struct report *r, const struct model *m, uint32_t stack, const char *indent)
{
	struct frame_text frames[FRAMES_TEXT_MAX];
	unsigned n = frames_of(m, r->symbols, stack, frames);

	if (!n)
		fprintf(r->to, "%s(no stack was taken)\n", indent);
	for (unsigned i = 0; i < n && i < FRAMES_MAX; i++) {
		const struct frame_text *f = &frames[i];
		const char *slash = strrchr(f->module, '/');

		fprintf(r->to, "%s%s %s", indent, i ? "by" : "at", f->function ? f->function : "???");
		if (f->file)
			fprintf(r->to, " (%s:%d)\n", f->file, f->line);
		else
			fprintf(r->to, " (%s+0x%" PRIx64 ")\n", slash ? slash + 1 : f->module[0] ? f->module : "?",
				f->offset);
	}
	if (n > FRAMES_MAX)
		fprintf(r->to, "%s... and %u more\n", indent, n - FRAMES_MAX);
}

/* ---- the head ------------------------------------------------------------------------------------------ */

static void put_process(const struct report *r, const struct model *m)
{
	const struct model_process *p = &m->process;
	double seconds = 0;
	size_t shown = 0;

	fprintf(r->to, "%sconnleak: process %u", colour(r, BOLD), p->pid);
	for (size_t at = 0; at < p->cmdline.size && shown < 100;) {
		size_t n = strnlen(p->cmdline.bytes + at, p->cmdline.size - at);

		shown += (size_t)fprintf(r->to, "%s%.*s", at ? " " : ": ", (int)(n < 60 ? n : 60),
					 p->cmdline.bytes + at);
		at += n + 1;
	}
	fprintf(r->to, "%s\n", colour(r, PLAIN));
	model_seconds(m, p->ended_mono, &seconds);
	fprintf(r->to, "  %s", p->forked ? "child of " : "started by ");
	fprintf(r->to, "%u, ", p->ppid);
	if (p->end == MODEL_END_RUNNING)
		fputs("still running after ", r->to);
	else if (p->end == MODEL_END_EXEC)
		fputs("became another program after ", r->to);
	else if (p->signal_known)
		fprintf(r->to, "killed by signal %d (%s) after ", p->signal, sigdescr_np(p->signal));
	else if (p->end == MODEL_END_KILLED)
		fputs("killed, or ended without a word, after ", r->to);
	else if (p->status_known)
		fprintf(r->to, "exited with %d after ", p->exit_status);
	else
		fputs("exited after ", r->to);
	put_duration(r->to, seconds);
	fputc('\n', r->to);
}

static void put_count(const struct report *r, uint64_t n, const char *name, const char *code)
{
	if (!n)
		return;
	fprintf(r->to, ", %s", colour(r, code));
	put_number(r->to, n);
	fprintf(r->to, " %s%s", name, colour(r, PLAIN));
}

static void put_summary(const struct report *r, const struct model *m)
{
	const struct model_summary *s = &m->summary;

	fputs("  ", r->to);
	put_number(r->to, s->sockets);
	fprintf(r->to, " socket%s, ", plural(s->sockets));
	put_number(r->to, s->connections);
	fprintf(r->to, " connection%s: ", plural(s->connections));
	put_number(r->to, s->closed);
	fputs(" closed", r->to);
	put_count(r, s->closed_early, "closed early", PLAIN);
	put_count(r, s->active, "active", PLAIN);
	put_count(r, s->drained, "drained but never closed", YELLOW);
	put_count(r, s->leaked, "LEAKED", RED);
	put_count(r, s->listening, "listening", PLAIN);
	put_count(r, s->open, "open otherwise", PLAIN);
	fputc('\n', r->to);
	if (s->requests || s->responses)
		fprintf(r->to, "  %" PRIu64 " request%s, %" PRIu64 " response%s read to the end\n", s->requests,
			plural(s->requests), s->responses, plural(s->responses));
	fprintf(r->to, "  %" PRIu64 " thread%s alive", s->threads_alive, plural(s->threads_alive));
	if (s->threads_pinned)
		fprintf(r->to, ", %s%" PRIu64 " pinned by connections that were never closed%s",
			colour(r, s->leaked ? RED : YELLOW), s->threads_pinned, colour(r, PLAIN));
	fputs("\n", r->to);
}

/* ---- findings --------------------------------------------------------------------------------------------- */

static void put_seen(const struct report *r, const struct model_conn *c)
{
	const char *state = model_tcp_state(c), *between = "      seen: ";
	uint64_t queued;

	if (c->facts->flags & DUMP_CONNECT_FAILED) {
		fprintf(r->to, "%sconnect: %s", between, strerrordesc_np(c->facts->connect_errno));
		between = "; ";
	}
	if (c->has_body_expected && c->body_received < c->body_expected) {
		fprintf(r->to, "%s%" PRIu64 " of %" PRIu64 " bytes of the body were read", between, c->body_received,
			c->body_expected);
		between = "; ";
	}
	if (model_queued(c, &queued) && queued) {
		fprintf(r->to, "%s%" PRIu64 " bytes wait unread in the kernel", between, queued);
		between = "; ";
	}
	if (state)
		fprintf(r->to, "%s%s", between, state);
	if (state || between[0] == ';')
		fputc('\n', r->to);
}

static void put_facts(const struct report *r, const struct model *m, const struct model_conn *c)
{
	fprintf(r->to, "    for example connection %" PRIu64 " ", c->facts->id);
	put_where(r->to, m, c);
	if (c->facts->fds[0] >= 0)
		fprintf(r->to, ", descriptor %d", c->facts->fds[0]);
	if (c->protocol)
		fprintf(r->to, ", %s%s", c->facts->flags & DUMP_TLS && strcmp(c->protocol, "tls") ? "tls, " : "",
			c->protocol);
	fprintf(r->to, "\n      %s: %s\n      evidence: %s (%s)\n", reason_name(c->reason), reason_help(c->reason),
		evidence_name(c->evidence), evidence_help(c->evidence));
	put_seen(r, c);
}

static void put_rate(const struct report *r, const struct model_call_site *s)
{
	fputs("  this place opened ", r->to);
	put_number(r->to, s->opened);
	fprintf(r->to, " connection%s and closed ", plural(s->opened));
	put_number(r->to, s->closed + s->closed_early);
	fprintf(r->to, ": %s", colour(r, RED));
	put_number(r->to, s->leaked);
	fprintf(r->to, " leaked%s", colour(r, PLAIN));
	if (s->one_reason)
		fprintf(r->to, ", %s%s", s->leaked > 1 ? "all " : "", reason_name(s->reason));
	if (s->drained)
		fprintf(r->to, "; %" PRIu64 " drained", s->drained);
	fputs("\n", r->to);
}

static void put_leaks(const struct report *r, const struct model *m)
{
	uint32_t shown = 0;

	if (!m->summary.leaked)
		return;
	fprintf(r->to, "\n%sLeaked: never closed, and of no use to anyone%s\n", colour(r, BOLD), colour(r, PLAIN));
	for (uint32_t i = 0; i < m->call_site_count; i++) {
		const struct model_call_site *s = &m->call_sites[i];

		if (!s->leaked)
			break; /* worst first */
		if (shown++ == SITES_MAX) {
			fprintf(r->to, "\n  ... and more places; --format json has them all\n");
			break;
		}
		fputc('\n', r->to);
		put_rate(r, s);
		put_frames(r, m, s->stack, "      ");
		put_facts(r, m, &m->conns[s->example]);
		put_pinned_by_site(r, m, s->stack);
	}
}

static void put_drained_line(const struct report *r, const struct model *m, const struct model_conn *c)
{
	fprintf(r->to, "  connection %" PRIu64 " ", c->facts->id);
	put_where(r->to, m, c);
	fprintf(r->to, ": %s", reason_name(c->reason));
	if (c->requests)
		fprintf(r->to, ", %" PRIu32 " request%s, reused %" PRIu32 " time%s", c->requests,
			plural(c->requests), c->reused, plural(c->reused));
	if (c->evidence == EVIDENCE_HEURISTIC)
		fputs(" (heuristic)", r->to);
	fputc('\n', r->to);
	put_pinned_by_connection(r, m, c->facts->id);
}

static void put_drained(const struct report *r, const struct model *m)
{
	uint64_t shown = 0;

	if (!m->summary.drained)
		return;
	fprintf(r->to, "\n%sDrained: never closed, but every response was read: idle, ready for reuse%s\n",
		colour(r, BOLD), colour(r, PLAIN));
	for (uint32_t i = 0; i < m->conn_count; i++) {
		if (m->conns[i].verdict != VERDICT_DRAINED)
			continue;
		if (shown++ == DRAINED_MAX) {
			fprintf(r->to, "  ... and %" PRIu64 " more\n", m->summary.drained - DRAINED_MAX);
			break;
		}
		put_drained_line(r, m, &m->conns[i]);
	}
}

/* ---- waiting ------------------------------------------------------------------------------------------------ */

static void put_waiting_line(const struct report *r, const struct model *m, const struct model_conn *c)
{
	bool answers = c->facts->role == DUMP_ROLE_SERVER;

	fprintf(r->to, "  connection %" PRIu64 " ", c->facts->id);
	put_where(r->to, m, c);
	fprintf(r->to, ": %" PRIu32 " request%s, %" PRIu32 " answered", c->requests, plural(c->requests), c->responses);
	if (c->kernel.unsent) {
		fputs("; ", r->to);
		put_number(r->to, c->kernel.unsent);
		fprintf(r->to, " bytes wait in the kernel until the %s reads", answers ? "client" : "server");
	}
	fputc('\n', r->to);
}

static void put_waiting(const struct report *r, const struct model *m)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->conn_count; i++) {
		if (m->conns[i].verdict != VERDICT_ACTIVE || m->conns[i].reason != REASON_WAITING)
			continue;
		if (n++ == 0)
			fprintf(r->to, "\n%sActive: a request is out and a thread waits%s\n", colour(r, BOLD), colour(r, PLAIN));
		if (n <= DRAINED_MAX)
			put_waiting_line(r, m, &m->conns[i]);
	}
	if (n > DRAINED_MAX)
		fprintf(r->to, "  ... and %" PRIu32 " more\n", n - DRAINED_MAX);
}

/* ---- the rest ---------------------------------------------------------------------------------------------- */

static void warn(void *to, const char *line)
{
	fprintf(to, "  %s\n", line);
}

static void put_warnings(const struct report *r, const struct model *m)
{
	if (m->warning_count)
		fprintf(r->to, "\n%sNot observed%s\n", colour(r, BOLD), colour(r, PLAIN));
	for (uint32_t i = 0; i < m->warning_count; i++)
		warn(r->to, m->warnings[i]);
	symbols_missing(r->symbols, warn, r->to);
}

static void put_suppressed(const struct report *r, const struct model *m)
{
	uint32_t n = 0;

	for (uint32_t i = 0; r->suppressed && i < m->conn_count; i++)
		n += r->suppressed[i] != NULL;
	if (n)
		fprintf(r->to, "\n%u of these findings %s suppressed and do%s not count\n", n, n == 1 ? "is" : "are",
			n == 1 ? "es" : "");
}

void report_text(const struct report *r, const struct model *m)
{
	put_process(r, m);
	put_summary(r, m);
	put_leaks(r, m);
	put_drained(r, m);
	put_waiting(r, m);
	put_threads(r, m);
	if (!m->summary.leaked && !m->summary.drained && !m->warning_count)
		fprintf(r->to, "  %snothing was left behind%s\n", colour(r, GREEN), colour(r, PLAIN));
	put_warnings(r, m);
	put_suppressed(r, m);
	if (r->dump)
		fprintf(r->to, "\ndump: %s\n", r->dump);
	fputc('\n', r->to);
}
