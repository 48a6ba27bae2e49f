/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prometheus' text format, for node_exporter's textfile collector. A series must not occur twice and
 * those of one metric stand together: so images are gathered, and printed at the end. Processes of one
 * program are added up; a pid would be a new series with each start.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <uthash.h>

#include "base/printable.h"
#include "model/verdicts.h"
#include "say/phrases.h"
#include "say/report.h"

enum metric { OPENED, CLOSED, OPEN, PROCESSES, THREADS, PINNED, REFUSED, UNRECORDED, METRICS };

static const struct {
	const char *name, *type, *help;
} metrics[METRICS] = {
	[OPENED] = {"connleak_opened_total", "counter", "Sockets that this place opened or accepted."},
	[CLOSED] = {"connleak_closed_total", "counter", "Sockets of this place that were closed, early or not."},
	[OPEN] = {"connleak_open_sockets", "gauge", "Sockets of this place that are open, by verdict."},
	[PROCESSES] = {"connleak_processes", "gauge", "Process images in the report."},
	[THREADS] = {"connleak_threads", "gauge", "Threads alive in the processes of the report."},
	[PINNED] = {"connleak_pinned_threads", "gauge", "Threads pinned by connections that were never closed."},
	[REFUSED] = {"connleak_refused_total", "counter",
		     "Calls that were refused a descriptor: too many open files."},
	[UNRECORDED] = {"connleak_unrecorded", "gauge", "Programs that ran and could not be recorded."},
};

struct series {
	UT_hash_handle hh;
	uint64_t value;
	char labels[]; /* {...}, escaped: the key, behind the metric's number */
};

static struct series *all[METRICS];

static void prometheus_add(enum metric metric, const char *labels, uint64_t value)
{
	struct series *s = NULL;

	HASH_FIND_STR(all[metric], labels, s);
	if (!s) {
		s = calloc(1, sizeof *s + strlen(labels) + 1);
		if (!s)
			return;
		strcpy(s->labels, labels);
		HASH_ADD_KEYPTR(hh, all[metric], s->labels, strlen(s->labels), s);
	}
	s->value += value;
}

/* A label's value: backslash, quote and newline are escaped, and what is no UTF-8 is a question mark. */
static void put_value(FILE *to, const char *bytes, size_t size)
{
	const unsigned char *p = (const unsigned char *)bytes, *end = p + size;

	while (p < end) {
		size_t n = utf8_length(p, (size_t)(end - p));

		if (*p == '\\' || *p == '"')
			fprintf(to, "\\%c", *p);
		else if (*p == '\n')
			fputs("\\n", to);
		else if (n)
			fwrite(p, 1, n, to);
		else
			fputc('?', to);
		p += n ? n : 1;
	}
}

struct labels {
	FILE *to;
	char *text;
	size_t size;
};

static bool labels_begin(struct labels *l, const struct model *m)
{
	*l = (struct labels){0};
	l->to = open_memstream(&l->text, &l->size);
	if (!l->to)
		return false;
	fputs("{exe=\"", l->to);
	put_value(l->to, m->process.exe.bytes ? m->process.exe.bytes : "", m->process.exe.size);
	fputc('"', l->to);
	return true;
}

static void labels_end(struct labels *l, enum metric metric, uint64_t value)
{
	fputc('}', l->to);
	if (fclose(l->to) == 0)
		prometheus_add(metric, l->text, value);
	free(l->text);
}

static void add_process(const struct model *m, enum metric metric, uint64_t value)
{
	struct labels l;

	if (labels_begin(&l, m))
		labels_end(&l, metric, value);
}

/* `verdict` may be NULL. */
static void add_site(const struct report *r, const struct model *m, const struct model_call_site *s,
		     enum metric metric, const char *verdict, uint64_t value)
{
	char *place = phrase_place_text(m, r->symbols, s->stack);
	struct labels l;

	if (!place)
		return;
	if (labels_begin(&l, m)) {
		fputs(",place=\"", l.to);
		put_value(l.to, place, strlen(place));
		fputc('"', l.to);
		if (verdict)
			fprintf(l.to, ",verdict=\"%s\"", verdict);
		labels_end(&l, metric, value);
	}
	free(place);
}

_Static_assert(VERDICT_COUNT == 7, "each of them is closed, or open under its name");

void report_prometheus(const struct report *r, const struct model *m)
{
	add_process(m, PROCESSES, 1);
	add_process(m, THREADS, m->summary.threads_alive);
	add_process(m, PINNED, m->summary.threads_pinned);
	add_process(m, REFUSED, m->exhaustion.count);
	add_process(m, UNRECORDED, model_unrecorded(m));
	for (uint32_t i = 0; i < m->call_site_count; i++) {
		const struct model_call_site *s = &m->call_sites[i];

		add_site(r, m, s, OPENED, NULL, s->opened);
		add_site(r, m, s, CLOSED, NULL, counts_closed(&s->counts));
		add_site(r, m, s, OPEN, verdict_name(VERDICT_LEAKED), s->counts.of[VERDICT_LEAKED]);
		add_site(r, m, s, OPEN, verdict_name(VERDICT_DRAINED), s->counts.of[VERDICT_DRAINED]);
		add_site(r, m, s, OPEN, verdict_name(VERDICT_ACTIVE), s->counts.of[VERDICT_ACTIVE]);
		add_site(r, m, s, OPEN, verdict_name(VERDICT_LISTENING), s->counts.of[VERDICT_LISTENING]);
		add_site(r, m, s, OPEN, verdict_name(VERDICT_OPEN), s->counts.of[VERDICT_OPEN]);
	}
}

void report_prometheus_total(const struct report *r, const struct model *const *models, size_t count)
{
	(void)models, (void)count;
	for (int i = 0; i < METRICS; i++) {
		if (!all[i])
			continue;
		fprintf(r->to, "# HELP %s %s\n# TYPE %s %s\n", metrics[i].name, metrics[i].help, metrics[i].name,
			metrics[i].type);
		for (const struct series *s = all[i]; s; s = s->hh.next)
			fprintf(r->to, "%s%s %" PRIu64 "\n", metrics[i].name, s->labels, s->value);
	}
	fprintf(r->to, "# HELP connleak_report_timestamp_seconds When this report was made.\n"
		       "# TYPE connleak_report_timestamp_seconds gauge\nconnleak_report_timestamp_seconds %lld\n",
		(long long)time(NULL));
}
