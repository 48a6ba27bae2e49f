/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports: a decided model, printed. Knows formats and nothing of how the model came about. A new
 * format is one file and one row.
 */
#ifndef CONNLEAK_REPORT_H
#define CONNLEAK_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "model.h"
#include "symbol.h"

struct report {
	FILE *to;
	struct symbols *symbols; /* NULL: addresses only */
	bool colour;
	/* By index into model.conns: the name of the suppression that matched, else NULL. The whole
	 * array may be NULL. */
	const char *const *suppressed;
	const char *dump; /* where the dump is kept, to be named at the end; NULL: it is not */
};

/* Prints one process image. */
typedef void report_print(const struct report *report, const struct model *m);

report_print report_text, report_json, report_html;

/* name, function, help, what goes before the first and after the last image */
#define REPORT_FORMATS(X)                                                                         \
	X("text", report_text, "for people", "", "")                                              \
	X("json", report_json, "one object for each process image, one a line", "", "")           \
	X("html", report_html, "one self-contained page", REPORT_HTML_HEAD, REPORT_HTML_FOOT)

#define REPORT_HTML_HEAD                                                                          \
	"<!DOCTYPE html>\n<meta charset=\"utf-8\"><title>connleak</title>\n<style>"               \
	"body{font:15px/1.5 sans-serif;max-width:70em;margin:2em auto;padding:0 1em}"             \
	"pre{background:#f4f4f4;padding:1em;overflow:auto}</style>\n<h1>connleak</h1>\n"
#define REPORT_HTML_FOOT "\n"

struct report_format {
	const char *name;
	report_print *print;
	const char *help, *head, *foot;
};

/* NULL when there is none of this name. */
const struct report_format *report_format_by_name(const char *name);
/* "text, json or html" */
const char *report_format_names(void);

#endif
