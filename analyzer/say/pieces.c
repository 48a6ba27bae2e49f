/* SPDX-License-Identifier: Apache-2.0 */
#include "say/pieces.h"

const char *colour(const struct report *r, const char *code)
{
	return r->colour ? code : "";
}

void put_title(const struct report *r, const char *title)
{
	fprintf(r->to, "\n%s%s%s\n", colour(r, BOLD), title, colour(r, PLAIN));
}

bool beyond_top(const struct report *r, uint64_t n)
{
	return r->view.top && n >= r->view.top;
}

void put_more(const struct report *r, uint64_t more, const char *what)
{
	fputs("  ... and ", r->to);
	put_number(r->to, more);
	fprintf(r->to, " more %s%s; --top 0 shows all\n", what, plural(more));
}
