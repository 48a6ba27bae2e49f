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

struct report {
	FILE *to;
	struct symbols *symbols; /* NULL: addresses only */
	bool colour;
	unsigned width; /* columns that prose is wrapped to; 0: it is not */
	bool among_others; /* one of several images: what has nothing to say is brief */
	/* By index into model.conns: the name of the suppression that matched, else NULL. The whole
	 * array may be NULL. */
	const char *const *suppressed;
	const char *dump; /* where the dump is kept, to be named at the end; NULL: it is not */
};

/* Prints one process image. */
typedef void report_print(const struct report *report, const struct model *m);

report_print report_text, report_json, report_html;

/* Closes a report of several images. */
typedef void report_total(const struct report *report, const struct model *const *all, size_t count);

report_total report_text_total;

/* name, function, function that closes several or NULL, help, what goes before the first and after
 * the last image */
#define REPORT_FORMATS(X)                                                                         \
	X("text", report_text, report_text_total, "for people", "", "")                           \
	X("json", report_json, NULL, "one object for each process image, one a line", "", "")     \
	X("html", report_html, NULL, "one self-contained page", report_html_head, report_html_foot)

extern const char report_html_head[], report_html_foot[];

struct report_format {
	const char *name;
	report_print *print;
	report_total *total;
	const char *help, *head, *foot;
};

/* NULL when there is none of this name. */
const struct report_format *report_format_by_name(const char *name);
/* "text, json or html" */
const char *report_format_names(void);

#endif
