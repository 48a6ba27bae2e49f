/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports: a decided model, printed. Knows formats and nothing of how the model came about. A new
 * format is one file and one row.
 */
#ifndef CONNLEAK_REPORT_H
#define CONNLEAK_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "model/model.h"
#include "name/symbol.h"
#include "say/view.h"

struct report {
	FILE *to;
	struct symbols *symbols; /* NULL: addresses only */
	bool colour;
	unsigned width; /* columns that prose is wrapped to; 0: it is not */
	bool among_others; /* one of several images: what has nothing to say is brief */
	/* By index into model.conns: the name of the suppression that matched, else NULL. The whole
	 * array may be NULL. */
	const char *const *suppressed;
	const struct suppressed *walked; /* the same of a model whose connections are walked; else NULL */
	const struct suppressions *suppressions; /* all that were read; NULL: none */
	unsigned failing; /* bits 1 << enum verdict: what counts as a failure (--fail-on) */
	bool failing_exhausted; /* so does running out of descriptors */
	struct view view; /* what of it is wanted, for people */
	bool in_page;     /* of JSON: harmless inside a page's script element, and plain ASCII */
	uint32_t connections_max; /* of JSON: no more are listed, those that are not closed first; 0: all */
	bool *broken;     /* set when a part of it could not be written; NULL: nobody asks */
	const char *dump; /* where the dump is kept, to be named at the end; NULL: it is not */
};

/* Prints one process image. */
typedef void report_print(const struct report *report, const struct model *m);

report_print report_text, report_json, report_html, report_sarif, report_junit, report_folded, report_pprof,
	report_prometheus, report_rows;

/* Closes a report, of one image or of several. */
typedef void report_total(const struct report *report, const struct model *const *all, size_t count);

/* Opens a report of several images: what is to be said before the first of them. `suppressed` by image. */
typedef void report_begin(const struct report *report, const struct model *const *all,
			  const char *const *const *suppressed, size_t count);

report_begin report_text_begin;

report_total report_text_total, report_sarif_total, report_pprof_total, report_prometheus_total;

/* name, function, functions that open and that close the report or NULL, help, what goes before the first and
 * after the last image */
#define REPORT_FORMATS(X)                                                                         \
	X("text", report_text, report_text_begin, report_text_total, "for people", "", "")              \
	X("json", report_json, NULL, NULL, "one object for each process image, one a line", "", "")     \
	X("html", report_html, NULL, NULL, "one self-contained page", report_html_head, report_html_foot) \
	X("sarif", report_sarif, NULL, report_sarif_total, "SARIF 2.1.0, for code scanning", "", "")    \
	X("junit", report_junit, NULL, NULL,                                                            \
	  "JUnit's XML, for CI servers: a place with a finding that counts has failed",                 \
	  report_junit_head, report_junit_foot)                                                   \
	X("folded", report_folded, NULL, NULL, "folded stacks, for flamegraph.pl and speedscope", "", "") \
	X("pprof", report_pprof, NULL, report_pprof_total, "a gzip'ed profile, for go tool pprof", "", "") \
	X("prometheus", report_prometheus, NULL, report_prometheus_total,                               \
	  "metrics, for node_exporter's textfile collector", "", "")                              \
	X("rows", report_rows, NULL, NULL,                                                              \
	  "a flat JSON object a line for each place and connection, for databases", "", "")

extern const char report_html_head[], report_html_foot[], report_junit_head[], report_junit_foot[];

struct report_format {
	const char *name;
	report_print *print;
	report_begin *begin;
	report_total *total;
	const char *help, *head, *foot;
};

/* NULL when there is none of this name. */
const struct report_format *report_format_by_name(const char *name);
/* Does it take a model whose connections are walked (each.h)? Text and the page list them, with examples. */
bool report_walks(const struct report_format *format);
/* Does it list only what struct view chooses by verdict and peer? Its counts are of all. */
bool report_chooses(const struct report_format *format);
/* "text, json, ..." */
const char *report_format_names(void);

#endif
