/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folded stacks, as flamegraph.pl and speedscope read them: program;verdict;main;...;connect N, a
 * line for each place and verdict, by sockets.
 */
#include <inttypes.h>
#include <string.h>

#include "model/verdicts.h"
#include "say/report.h"
#include "say/spot.h"

/* A frame's name: what separates frames and counts, and ends a line, cannot be in it. */
static void put_name(FILE *to, const char *name, size_t size)
{
	for (size_t i = 0; i < size; i++)
		fputc(name[i] == ';' ? ':' : (unsigned char)name[i] <= ' ' ? '_' : name[i], to);
}

static void put_line(const struct report *r, const struct model *m, const struct spot *s, const char *verdict,
		     uint64_t count)
{
	struct dump_text exe = m->process.exe;
	const char *slash = exe.bytes ? memrchr(exe.bytes, '/', exe.size) : NULL;
	size_t skip = slash ? (size_t)(slash + 1 - exe.bytes) : 0;
	char name[512];

	if (!count)
		return;
	if (exe.size > skip)
		put_name(r->to, exe.bytes + skip, exe.size - skip);
	else
		fputs("unknown", r->to);
	fprintf(r->to, ";%s", verdict);
	for (unsigned i = s->count; i-- > 0;) {
		fputc(';', r->to);
		spot_name(&s->frames[i], name, sizeof name);
		put_name(r->to, name, strlen(name));
	}
	fprintf(r->to, " %" PRIu64 "\n", count);
}

void report_folded(const struct report *r, const struct model *m)
{
	struct spot s;

	for (uint32_t i = 0; i < m->call_site_count; i++) {
		const struct model_call_site *site = &m->call_sites[i];

		spot_of(&s, m, r->symbols, site->stack);
		put_line(r, m, &s, verdict_name(VERDICT_LEAKED), site->counts.of[VERDICT_LEAKED]);
		put_line(r, m, &s, verdict_name(VERDICT_DRAINED), site->counts.of[VERDICT_DRAINED]);
		put_line(r, m, &s, verdict_name(VERDICT_ACTIVE), site->counts.of[VERDICT_ACTIVE]);
		put_line(r, m, &s, verdict_name(VERDICT_CLOSED_EARLY), site->counts.of[VERDICT_CLOSED_EARLY]);
		put_line(r, m, &s, verdict_name(VERDICT_CLOSED), site->counts.of[VERDICT_CLOSED]);
	}
}
