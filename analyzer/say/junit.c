/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JUnit's XML, as CI servers read it: a suite for each process image, a case for each place that opened
 * something. A place with a finding that counts (--fail-on) has failed. That descriptors ran out, or nearly,
 * is a case before them; it fails with them, or when it counts itself: never where the exit status says that
 * all is well. A program that could not be recorded is a skipped case: nobody knows whether it leaks.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "model/verdicts.h"
#include "say/exhausted.h"
#include "say/phrases.h"
#include "say/report.h"
#include "say/spot.h"
#include "say/walked.h"

const char report_junit_head[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
				 "<testsuites name=\"connleak\">\n";
const char report_junit_foot[] = "</testsuites>\n";

/* Text of any bytes, within an attribute or an element: XML 1.0 has no way to say a control character. */
static void put_escaped(FILE *to, const char *text, size_t size)
{
	const unsigned char *p = (const unsigned char *)text, *end = p + size;

	while (p < end) {
		size_t n = utf8_length(p, (size_t)(end - p));

		if (*p == '<' || *p == '>' || *p == '&' || *p == '"')
			fputs(*p == '<' ? "&lt;" : *p == '>' ? "&gt;" : *p == '&' ? "&amp;" : "&quot;", to);
		else if (n && (*p >= ' ' || *p == '\n' || *p == '\t') && *p != 127)
			fwrite(p, 1, n, to);
		else
			fputs("\xef\xbf\xbd", to);
		p += n ? n : 1;
	}
}

static void put_text(FILE *to, const char *text)
{
	put_escaped(to, text, strlen(text));
}

static bool counts(const struct report *r, enum verdict v)
{
	return r->failing >> v & 1;
}

struct site { /* of model.call_sites */
	uint64_t failures;  /* findings that are neither suppressed nor not to be failures */
	const char *advice; /* for its example */
};

static struct site *count(const struct report *r, const struct model *m)
{
	struct site *sites = calloc(m->call_site_count + 1u, sizeof *sites);
	struct each e;

	if (!sites)
		return NULL;
	each_begin(&e, m);
	for (const struct model_conn *c; (c = each_next(&e));) {
		if (c->site == MODEL_NONE)
			continue;
		sites[c->site].failures += counts(r, c->verdict) && !report_suppressed(r, c);
		if (m->call_sites[c->site].counts.example == c->index)
			sites[c->site].advice = phrase_advice_for(c);
	}
	report_end_each(r, &e);
	return sites;
}

static void junit_put_stack(const struct report *r, const struct spot *s)
{
	char name[512];

	for (unsigned i = 0; i < s->count; i++) {
		const struct frame_text *f = &s->frames[i];

		spot_name(f, name, sizeof name);
		fputs(i ? "    by " : "    at ", r->to);
		put_text(r->to, name);
		if (f->file) {
			fputs(" (", r->to);
			put_text(r->to, f->file);
			fprintf(r->to, ":%d)", f->line);
		}
		fputc('\n', r->to);
	}
}

static void put_failure(const struct report *r, const struct model_call_site *s, const struct spot *spot,
			const struct site *site)
{
	const struct counts *c = s->counts.example == MODEL_NONE ? NULL : &s->counts;

	fprintf(r->to, "      <failure type=\"%s/%s\" message=\"%" PRIu64 " of %" PRIu64 " %ss opened here: %s\">",
		c ? verdict_name(c->verdict) : "leaked", c ? reason_name(c->reason) : "", site->failures, s->opened,
		phrase_opened(s), c ? verdict_name(c->verdict) : "leaked");
	if (c) {
		put_text(r->to, reason_name(c->reason));
		fputs(": ", r->to);
		put_text(r->to, reason_help(c->reason));
		fputc('\n', r->to);
	}
	if (site->advice) {
		fputs("what to do: ", r->to);
		put_text(r->to, site->advice);
		fputc('\n', r->to);
	}
	junit_put_stack(r, spot);
	fputs("</failure>\n", r->to);
}

/* The case's file and line, for who shows them. */
static void put_file(const struct report *r, const struct spot *s)
{
	if (!s->count || !s->frames[s->at].file)
		return;
	fputs(" file=\"", r->to);
	put_text(r->to, spot_path(&s->frames[s->at]));
	fprintf(r->to, "\" line=\"%d\"", s->frames[s->at].line);
}

static bool limit_fails(const struct report *r, const struct model *m, uint64_t failing)
{
	return m->exhaustion.near && (failing || (r->failing_exhausted && m->exhaustion.count));
}

static void put_limit(const struct report *r, const struct model *m, bool failed)
{
	const char *name = m->exhaustion.count ? "too many open files" : "near the limit on open files";
	struct spot spot;
	char *text = NULL;
	size_t size;
	FILE *to = m->exhaustion.near ? open_memstream(&text, &size) : NULL;

	if (!to)
		return;
	phrase_exhausted(to, m);
	if (fclose(to) == 0) {
		spot_of(&spot, m, r->symbols, exhausted_stack(m));
		fprintf(r->to, "    <testcase classname=\"connleak\" name=\"%s\"", name);
		put_file(r, &spot);
		fputs(" time=\"0\">\n", r->to);
		if (failed)
			fprintf(r->to, "      <failure type=\"exhausted/%s\" message=\"",
				m->exhaustion.count ? "too-many-open-files" : "near");
		else
			fputs("      <system-out>", r->to);
		put_text(r->to, text);
		fputs(failed ? "\">held most of the sockets:\n" : "\nheld most of the sockets:\n", r->to);
		junit_put_stack(r, &spot);
		fputs(failed ? "</failure>\n    </testcase>\n" : "</system-out>\n    </testcase>\n", r->to);
	}
	free(text);
}

static void put_case(const struct report *r, const struct model *m, uint32_t site, const struct site *counted)
{
	const struct model_call_site *s = &m->call_sites[site];
	struct spot spot;
	char name[512] = "an unknown place";

	spot_of(&spot, m, r->symbols, s->stack);
	fputs("    <testcase classname=\"connleak\" name=\"", r->to);
	if (spot.count)
		spot_name(&spot.frames[spot.at], name, sizeof name);
	put_text(r->to, name);
	if (spot.count && spot.frames[spot.at].file) {
		fputs(" (", r->to);
		put_text(r->to, spot_path(&spot.frames[spot.at]));
		fprintf(r->to, ":%d)", spot.frames[spot.at].line);
	}
	fputs("\"", r->to);
	put_file(r, &spot);
	fputs(" time=\"0\">\n", r->to);
	if (counted->failures)
		put_failure(r, s, &spot, counted);
	fprintf(r->to, "      <system-out>opened %" PRIu64 ", closed %" PRIu64 ", closed early %" PRIu64
		", open %" PRIu64 ", drained %" PRIu64 ", leaked %" PRIu64 "</system-out>\n    </testcase>\n",
		s->opened, s->counts.of[VERDICT_CLOSED], s->counts.of[VERDICT_CLOSED_EARLY], s->open_now,
		s->counts.of[VERDICT_DRAINED], s->counts.of[VERDICT_LEAKED]);
}

static void put_unrecorded(const struct report *r, const struct model *m)
{
	for (uint32_t i = 0; i < m->warning_count; i++) {
		if (!model_is_unrecorded(m->warnings[i]))
			continue;
		fputs("    <testcase classname=\"connleak\" name=\"", r->to);
		put_text(r->to, m->warnings[i]);
		fputs("\" time=\"0\">\n      <skipped message=\"", r->to);
		put_text(r->to, m->warnings[i]);
		fputs("\"/>\n    </testcase>\n", r->to);
	}
}

static void put_warnings(const struct report *r, const struct model *m)
{
	if (m->warning_count)
		fputs("    <system-err>", r->to);
	for (uint32_t i = 0; i < m->warning_count; i++) {
		put_text(r->to, m->warnings[i]);
		fputc('\n', r->to);
	}
	if (m->warning_count)
		fputs("</system-err>\n", r->to);
}

void report_junit(const struct report *r, const struct model *m)
{
	struct site *sites = count(r, m);
	uint64_t failing = 0;
	uint32_t skipped = model_unrecorded(m), cases = m->call_site_count + m->exhaustion.near + skipped;
	struct dump_text exe = m->process.exe;
	double seconds = 0;
	bool limit;

	for (uint32_t i = 0; sites && i < m->call_site_count; i++)
		failing += sites[i].failures != 0;
	limit = limit_fails(r, m, failing);
	model_seconds(m, m->process.ended_mono, &seconds);
	fputs("  <testsuite name=\"", r->to);
	put_escaped(r->to, exe.bytes ? exe.bytes : "unknown", exe.bytes ? exe.size : 7);
	fprintf(r->to, " (%u)\" tests=\"%u\" failures=\"%" PRIu64 "\" errors=\"0\" skipped=\"%u\" time=\"%.6f\">\n",
		m->process.pid, cases ? cases : 1, failing + limit, skipped, seconds);
	put_limit(r, m, limit);
	for (uint32_t i = 0; sites && i < m->call_site_count; i++)
		put_case(r, m, i, &sites[i]);
	put_unrecorded(r, m);
	if (!cases)
		fputs("    <testcase classname=\"connleak\" name=\"no socket was seen\" time=\"0\"/>\n", r->to);
	put_warnings(r, m);
	fputs("  </testsuite>\n", r->to);
	free(sites);
}
