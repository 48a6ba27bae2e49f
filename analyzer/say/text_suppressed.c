/* SPDX-License-Identifier: Apache-2.0 */
/* What was suppressed, by which suppression, and which of them matched nothing. */

#include "base/printable.h"
#include "judge/suppress.h"
#include "say/pieces.h"
#include "say/text.h"

#define NAMES_MAX 16

struct used {
	const char *name;
	uint64_t count;
};

/* The last one is for all that are more. */
static uint64_t count_all(const struct report *r, const struct model *m, struct used used[NAMES_MAX + 1])
{
	uint64_t all = 0;

	for (uint32_t i = 0; r->suppressed && i < m->conn_count; i++) {
		struct used *u = used;

		if (!r->suppressed[i])
			continue;
		while (u < used + NAMES_MAX && u->name && u->name != r->suppressed[i])
			u++;
		u->name = r->suppressed[i];
		u->count++;
		all++;
	}
	return all;
}

void put_suppressed(const struct report *r, const struct model *m)
{
	struct used used[NAMES_MAX + 1] = {0};
	uint64_t all = count_all(r, m, used);
	struct prose p;

	if (!all || !prose_begin(&p))
		return;
	fprintf(p.text, "%s finding%s suppressed, and do%s not count: ", NUMBER(all), all == 1 ? " is" : "s are",
		all == 1 ? "es" : "");
	for (unsigned i = 0; i <= NAMES_MAX && used[i].count; i++) {
		fprintf(p.text, "%s%s by '", i ? ", " : "", NUMBER(used[i].count));
		put_printable_text(p.text, i < NAMES_MAX ? used[i].name : "others");
		fputc('\'', p.text);
	}
	fputc('\n', r->to);
	prose_end(&p, r->to, r->width, 0, 2);
}

static void put_unused(void *data, const char *name, const char *file, unsigned line, uint64_t used)
{
	const struct report *r = data;

	if (used)
		return;
	fputs("connleak: suppression '", r->to);
	put_printable_text(r->to, name);
	fputs("' matched nothing (", r->to);
	put_printable_text(r->to, file);
	fprintf(r->to, ":%u)\n", line);
}

void put_unused_suppressions(const struct report *r)
{
	if (r->view.verbose)
		suppressions_tell(r->suppressions, put_unused, (void *)(uintptr_t)r);
}
