/* SPDX-License-Identifier: Apache-2.0 */
/* The report for people, as a page: the text, escaped. */
#include <stdlib.h>

#include "report.h"

void report_html(const struct report *r, const struct model *m)
{
	struct report plain = *r;
	char *text = NULL;
	size_t size = 0;

	plain.colour = false;
	plain.to = open_memstream(&text, &size);
	if (!plain.to)
		return;
	report_text(&plain, m);
	fclose(plain.to);
	fputs("<pre>", r->to);
	for (size_t i = 0; i < size; i++)
		if (text[i] == '<')
			fputs("&lt;", r->to);
		else if (text[i] == '&')
			fputs("&amp;", r->to);
		else
			fputc(text[i], r->to);
	fputs("</pre>\n", r->to);
	free(text);
}
