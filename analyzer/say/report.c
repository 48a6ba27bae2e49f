/* SPDX-License-Identifier: Apache-2.0 */
#include "say/report.h"

#include <string.h>

static const struct report_format formats[] = {
#define X(name, print, begin, total, help, head, foot) {name, print, begin, total, help, head, foot},
	REPORT_FORMATS(X)
#undef X
};

const struct report_format *report_format_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

bool report_walks(const struct report_format *format)
{
	return format->print != report_text && format->print != report_html;
}

bool report_chooses(const struct report_format *format)
{
	return format->print == report_text || format->print == report_json || format->print == report_rows ||
	       format->print == report_html || format->print == report_sarif;
}

const char *report_format_names(void)
{
#define X(name, print, begin, total, help, head, foot) name ", "
	static char names[] = REPORT_FORMATS(X);
#undef X
	names[sizeof names - 3] = 0; /* the last comma */
	return names;
}
