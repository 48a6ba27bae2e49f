/* SPDX-License-Identifier: Apache-2.0 */
/* Several process images in one report: first a table of those that have something to say, the worst first,
 * and a line for all the others; what they say follows, image by image; at the end the sum. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "model/verdicts.h"
#include "say/pieces.h"
#include "say/text.h"

#define PROGRAM_MAX 32 /* columns */
#define PROGRAMS_MAX 8 /* different ones that are named in the line for the quiet ones */

struct row {
	const struct model *m;
	const char *const *suppressed;
	size_t number; /* in the order of the report */
};

static int many_worst_first(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	const uint64_t *p = x->m->summary.counts.of, *q = y->m->summary.counts.of;

	if (p[VERDICT_LEAKED] != q[VERDICT_LEAKED])
		return p[VERDICT_LEAKED] > q[VERDICT_LEAKED] ? -1 : 1;
	if (p[VERDICT_DRAINED] != q[VERDICT_DRAINED])
		return p[VERDICT_DRAINED] > q[VERDICT_DRAINED] ? -1 : 1;
	return x->number < y->number ? -1 : 1;
}

/* ---- the table ----------------------------------------------------------------------------------------- */

static void put_program(const struct report *r, const struct model *m)
{
	struct prose p;
	size_t n, from;
	const char *slash;

	if (!prose_begin(&p))
		return;
	phrase_command(p.text, m);
	if (fclose(p.text) != 0)
		return;
	slash = *p.bytes == '/' ? memrchr(p.bytes, '/', strcspn(p.bytes, " ")) : NULL;
	from = slash ? (size_t)(slash + 1 - p.bytes) : 0; /* where it is installed is in its own paragraph */
	n = from;
	for (unsigned columns = 0; n < p.size && columns < PROGRAM_MAX; columns++) {
		size_t length = utf8_length((const unsigned char *)p.bytes + n, p.size - n);

		n += length ? length : 1;
	}
	fprintf(r->to, "%.*s%s", (int)(n - from), p.bytes + from, n < p.size ? "..." : "");
	free(p.bytes);
}

/* Symbols are opened for it alone: those of a hundred processes at once would be too many. */
static void put_worst_place(const struct report *r, const struct row *row)
{
	const char **skip = view_skip(&r->view, row->m, row->suppressed);
	struct findings all = {NULL, 0, 0, 0, 0};
	struct symbols *symbols = NULL;

	if (skip && findings_of(row->m, skip, &all) && all.leaked && all.list[0].site) {
		symbols = symbols_open(row->m);
		fputs(", at ", r->to);
		phrase_spot(r->to, row->m, symbols, all.list[0].stack);
	}
	symbols_close(symbols);
	findings_free(&all);
	free(skip);
}

static void put_row(const struct report *r, const struct row *row)
{
	const struct model *m = row->m;
	const uint64_t *of = m->summary.counts.of;

	fprintf(r->to, "%9" PRIu32 " %9" PRIu64 " %9" PRIu64 " %7" PRIu64 " %7" PRIu64 " %s%7" PRIu64 "%s  ",
		m->process.pid, m->summary.sockets, counts_closed(&m->summary.counts), of[VERDICT_ACTIVE],
		of[VERDICT_DRAINED], of[VERDICT_LEAKED] ? colour(r, RED) : "", of[VERDICT_LEAKED],
		of[VERDICT_LEAKED] ? colour(r, PLAIN) : "");
	put_program(r, m);
	put_worst_place(r, row);
	fputc('\n', r->to);
}

static void put_table(const struct report *r, struct row *rows, size_t count)
{
	qsort(rows, count, sizeof *rows, many_worst_first);
	fprintf(r->to, "%sconnleak: process  sockets    closed  active drained  leaked  program%s\n",
		colour(r, BOLD), colour(r, PLAIN));
	for (size_t i = 0; i < count; i++) {
		if (beyond_top(r, i)) {
			put_more(r, count - i, "process image");
			break;
		}
		put_row(r, &rows[i]);
	}
}

/* ---- those that have nothing to say -------------------------------------------------------------------- */

struct program {
	const char *name;
	int size;
	size_t count;
};

static struct program program_of(const struct model *m)
{
	struct dump_text path = m->process.exe.bytes ? m->process.exe : m->process.cmdline;
	size_t n = path.bytes ? strnlen(path.bytes, path.size) : 0;
	const char *slash = n ? memrchr(path.bytes, '/', n) : NULL;

	if (!n)
		return (struct program){"?", 1, 1};
	return (struct program){slash ? slash + 1 : path.bytes,
				(int)(slash ? path.bytes + n - slash - 1 : (long)n), 1};
}

static void count_program(struct program programs[PROGRAMS_MAX + 1], const struct model *m)
{
	struct program it = program_of(m), *at = programs;

	while (at < programs + PROGRAMS_MAX && at->count &&
	       (at->size != it.size || memcmp(at->name, it.name, (size_t)it.size) != 0))
		at++;
	if (at->count)
		at->count++;
	else
		*at = it;
}

/* "nothing was left behind in 12 more: 9 x curl, 3 x make" */
static void put_quiet(const struct report *r, const struct program programs[PROGRAMS_MAX + 1],
		      uint64_t sockets, bool more)
{
	struct prose p;
	size_t count = 0;

	for (unsigned i = 0; i <= PROGRAMS_MAX; i++)
		count += programs[i].count;
	if (!count || !prose_begin(&p))
		return;
	fprintf(p.text, "%sconnleak: nothing was left behind%s in %s %sprocess image%s (%s socket%s):",
		colour(r, GREEN), colour(r, PLAIN), NUMBER(count), more ? "other " : "", plural(count), NUMBER(sockets),
		plural(sockets));
	for (unsigned i = 0; i <= PROGRAMS_MAX && programs[i].count; i++) {
		fprintf(p.text, "%s %s x ", i ? "," : "", NUMBER(programs[i].count));
		if (i == PROGRAMS_MAX)
			fputs("others", p.text);
		else
			put_printable(p.text, programs[i].name, (size_t)programs[i].size);
	}
	prose_end(&p, r->to, r->width, 0, 2);
}

static void put_each_quiet(const struct report *r, const struct model *m)
{
	fprintf(r->to, "  process %u: ", m->process.pid);
	phrase_command(r->to, m);
	fputs(": ", r->to);
	put_sockets(r, r->to, m);
	fputs("; ", r->to);
	phrase_end(r->to, m);
	fputc('\n', r->to);
}

void report_text_begin(const struct report *r, const struct model *const *all,
		       const char *const *const *suppressed, size_t count)
{
	struct program programs[PROGRAMS_MAX + 1] = {0};
	struct row *rows = calloc(count + 1, sizeof *rows);
	uint64_t sockets = 0;
	size_t n = 0;

	for (size_t i = 0; rows && i < count; i++) {
		if (!text_quiet(all[i])) {
			rows[n++] = (struct row){all[i], suppressed[i], i};
			continue;
		}
		count_program(programs, all[i]);
		sockets += all[i]->summary.sockets;
	}
	if (n)
		put_table(r, rows, n);
	put_quiet(r, programs, sockets, n > 0);
	for (size_t i = 0; r->view.verbose && i < count; i++)
		if (text_quiet(all[i]))
			put_each_quiet(r, all[i]);
	fputc('\n', r->to);
	free(rows);
}

/* ---- the sum ------------------------------------------------------------------------------------------- */

void report_text_total(const struct report *r, const struct model *const *all, size_t count)
{
	uint64_t leaked = 0, drained = 0, worst = 0;
	uint32_t pid = 0;
	size_t leaking = 0;

	put_unused_suppressions(r);
	if (count < 2)
		return;
	for (size_t i = 0; i < count; i++) {
		const uint64_t *of = all[i]->summary.counts.of;

		leaked += of[VERDICT_LEAKED];
		drained += of[VERDICT_DRAINED];
		leaking += of[VERDICT_LEAKED] > 0;
		if (of[VERDICT_LEAKED] > worst) {
			worst = of[VERDICT_LEAKED];
			pid = all[i]->process.pid;
		}
	}
	fprintf(r->to, "%sconnleak: %s process images: %s", colour(r, BOLD), NUMBER(count),
		colour(r, leaked ? RED : GREEN));
	put_number(r->to, leaked);
	fprintf(r->to, " leaked%s", colour(r, PLAIN));
	if (leaked)
		fprintf(r->to, "%s in %s of them, most in process %u%s", colour(r, BOLD), NUMBER(leaking), pid,
			colour(r, PLAIN));
	fprintf(r->to, "%s, ", colour(r, BOLD));
	put_number(r->to, drained);
	fprintf(r->to, " drained%s\n", colour(r, PLAIN));
}
