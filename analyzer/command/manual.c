/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "command/lists.h"
#include "command/manual.h"
#include "command/options.h"
#include "model/verdicts.h"

/* A name and its sentence, as a tagged paragraph of man(7). */
static void entry(const char *name, const char *text)
{
	printf(".TP\n.B %s\n%s.\n", name, text);
}

static void verdicts(void)
{
	for (int v = 0; v < VERDICT_COUNT; v++)
		entry(verdict_name((enum verdict)v), verdict_help((enum verdict)v));
}

/* By verdict: the same reason may explain several. */
static void reasons(void)
{
	for (int v = 0; v < VERDICT_COUNT; v++) {
		printf(".SS Reasons of %s\n", verdict_name((enum verdict)v));
		for (int r = 0; r < REASON_COUNT; r++)
			if (reason_explains((enum reason)r, (enum verdict)v))
				entry(reason_name((enum reason)r), reason_help((enum reason)r));
	}
}

static void evidences(void)
{
	for (int e = 0; e < EVIDENCE_COUNT; e++)
		entry(evidence_name((enum evidence)e), evidence_help((enum evidence)e));
}

static void roles(void)
{
#define X(name, text, help) entry(text, help);
	MODEL_THREAD_ROLES(X)
#undef X
}

static void formats(void)
{
#define X(name, print, begin, total, help, head, foot) entry(name, help);
	REPORT_FORMATS(X)
#undef X
}

static void protocols(void)
{
#define X(name, text) printf("%s\n", text);
	DUMP_PROTOCOLS(X)
#undef X
}

static void run_options(void) { options_man(stdout, COMMAND_RUN); }
static void report_options(void) { options_man(stdout, COMMAND_REPORT); }
static void diff_options(void) { options_man(stdout, COMMAND_DIFF); }
static void watch_options(void) { options_man(stdout, COMMAND_WATCH); }

/* Tab-separated, for programs: what may be typed. */
static void words(void)
{
	options_words(stdout);
#define X(name, print, begin, total, help, head, foot) printf("format\t%s\t%s\n", name, help);
	REPORT_FORMATS(X)
#undef X
	lists_words(stdout);
}

bool manual_part(const char *part)
{
	static const struct {
		const char *name;
		void (*print)(void);
	} parts[] = {
		{"run", run_options}, {"report", report_options}, {"diff", diff_options}, {"watch", watch_options},
		{"verdicts", verdicts}, {"reasons", reasons}, {"evidences", evidences},
		{"roles", roles}, {"formats", formats}, {"protocols", protocols}, {"words", words},
	};

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (strcmp(parts[i].name, part) == 0) {
			parts[i].print();
			return true;
		}
	return false;
}
