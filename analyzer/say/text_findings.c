/* SPDX-License-Identifier: Apache-2.0 */
/* Places that leak, worst first: each with its counts, its stack, one example with its evidence,
 * what to do, and the threads that it pins. */
#include <inttypes.h>
#include <string.h>

#include "base/printable.h"
#include "model/verdicts.h"
#include "say/overtime.h"
#include "say/pieces.h"
#include "say/spot.h"
#include "say/text.h"

#define FRAMES_MAX 12 /* lines, unless all are asked for */

/* ---- the stack ----------------------------------------------------------------------------------------- */

static void text_put_frame(const struct report *r, const struct frame_text *f, bool innermost)
{
	const char *slash = strrchr(f->module, '/');

	fprintf(r->to, "      %s ", innermost ? "at" : "by");
	put_printable_text(r->to, f->brief ? f->brief : "???");
	fputs(" (", r->to);
	put_printable_text(r->to, f->file ? spot_path(f) : slash ? slash + 1 : f->module[0] ? f->module : "?");
	if (f->file && f->line)
		fprintf(r->to, ":%d)\n", f->line);
	else if (f->file)
		fputs(")\n", r->to);
	else
		fprintf(r->to, "+0x%" PRIx64 ")\n", f->offset);
}

static void put_run(const struct report *r, const struct frame_text *frames, const struct frame_run *run,
		    bool innermost)
{
	if (run->go) {
		fprintf(r->to, "      (%u call%s of Go's own library)\n", run->count, plural(run->count));
	} else if (run->count == 1) {
		text_put_frame(r, &frames[run->first], innermost);
	} else {
		fprintf(r->to, "      (%u frames%s", run->count, *run->of ? " of " : "");
		put_printable_text(r->to, run->of);
		fputs(")\n", r->to);
	}
}

/* The user's own, those of libraries folded. */
static void put_folded(const struct report *r, const struct frame_text *frames, unsigned n)
{
	struct frame_run runs[FRAMES_TEXT_MAX];
	unsigned count = frames_folded(frames, n, frames_telling(frames, n), runs);
	bool innermost = true;

	for (unsigned i = 0; i < count && i < FRAMES_MAX; i++) {
		put_run(r, frames, &runs[i], innermost);
		innermost = innermost && (runs[i].go || runs[i].count > 1);
	}
	if (count > FRAMES_MAX)
		fprintf(r->to, "      ... and %u more; -v shows all\n", n - runs[FRAMES_MAX].first);
}

void put_frames(const struct report *r, const struct model *m, uint32_t stack)
{
	struct frame_text frames[FRAMES_TEXT_MAX];
	unsigned n = frames_of(m, r->symbols, stack, frames);

	if (!n)
		fputs("      (no stack was taken)\n", r->to);
	else if (!r->view.verbose)
		put_folded(r, frames, frames_without_start(frames, n));
	for (unsigned i = 0; r->view.verbose && i < n; i++)
		text_put_frame(r, &frames[i], i == 0);
}

/* ---- one connection ------------------------------------------------------------------------------------ */

static void text_put_connection(const struct report *r, const struct model *m, const struct model_conn *c,
				const char *word)
{
	struct prose p;

	if (!prose_begin(&p))
		return;
	fprintf(p.text, "%sconnection %" PRIu64 " ", word, c->facts->id);
	put_where(p.text, m, c);
	for (unsigned i = 0; i < sizeof c->facts->fds / sizeof *c->facts->fds; i++)
		if (c->facts->fds[i] >= 0) { /* the first may have been closed, after a copy was made */
			fprintf(p.text, ", descriptor %d", c->facts->fds[i]);
			break;
		}
	if (c->protocol)
		fprintf(p.text, ", %s%s", c->facts->flags & DUMP_TLS && strcmp(c->protocol, "tls") ? "tls, " : "",
			c->protocol);
	prose_end(&p, r->to, r->width, 4, 6);
}

static void put_example(const struct report *r, const struct model *m, const struct model_conn *c)
{
	const char *advice = phrase_advice_for(c);
	struct prose p;

	text_put_connection(r, m, c, "for example ");
	if (!prose_begin(&p))
		return;
	fprintf(p.text, "%s: %s", reason_name(c->reason), reason_help(c->reason));
	prose_end(&p, r->to, r->width, 6, 8);
	if (!prose_begin(&p))
		return;
	fputs("evidence: ", p.text);
	phrase_evidence(p.text, c);
	prose_end(&p, r->to, r->width, 6, 8);
	put_task(r, c);
	put_starter(r, m, c);
	put_last_use(r, m, c);
	if (!prose_begin(&p))
		return;
	fputs("what to do: ", p.text);
	if (advice)
		fprintf(p.text, "%s; in your language: ", advice);
	fprintf(p.text, "connleak explain %s/%s", verdict_name(c->verdict), reason_name(c->reason));
	prose_end(&p, r->to, r->width, 6, 8);
}

/* All of them, where that is asked for. */
static void put_all_of_place(const struct report *r, const struct model *m, const struct finding *f,
			     const char *const *skip)
{
	for (uint32_t i = 0; i < m->conn_count; i++) {
		const struct model_conn *c = &m->conns[i];

		if (i != f->counts.example && c->verdict == VERDICT_LEAKED &&
		    c->site == m->conns[f->counts.example].site && !skip[i])
			text_put_connection(r, m, c, "also ");
	}
}

/* ---- a place ------------------------------------------------------------------------------------------- */

static void put_drained(FILE *to, uint64_t n)
{
	fputs("; ", to);
	put_number(to, n);
	fputs(" drained", to);
}

static void put_counts(const struct report *r, const struct model *m, const struct finding *f)
{
	struct prose p;

	if (!prose_begin(&p))
		return;
	fputs(colour(r, BOLD), p.text);
	if (f->site)
		phrase_spot(p.text, m, r->symbols, f->stack);
	else
		fputs("unknown places", p.text);
	fprintf(p.text, "%s ", colour(r, PLAIN));
	phrase_counts(p.text, m, f);
	fprintf(p.text, ": %s", colour(r, RED));
	put_number(p.text, f->counts.of[VERDICT_LEAKED]);
	fprintf(p.text, " leaked%s", colour(r, PLAIN));
	if (f->counts.one_reason)
		fprintf(p.text, ", %s%s", f->counts.of[VERDICT_LEAKED] > 1 ? "all " : "",
			reason_name(m->conns[f->counts.example].reason));
	if (f->counts.of[VERDICT_DRAINED])
		put_drained(p.text, f->counts.of[VERDICT_DRAINED]);
	if (f->site && f->site->open_max > 1) {
		fputs("; open now ", p.text);
		put_number(p.text, f->site->open_now);
		fputs(", most at once ", p.text);
		put_number(p.text, f->site->open_max);
	}
	prose_end(&p, r->to, r->width, 2, 4);
}

static void put_same(const struct report *r, uint32_t pid)
{
	put_title(r, "Leaked: never closed, and of no use to anyone");
	fprintf(r->to, "  at the same places as in process %" PRIu32 ", above; -v shows them again\n", pid);
}

void put_leaks(const struct report *r, const struct model *m, const struct findings *all,
	       const char *const *skip)
{
	uint64_t shown = 0, leaking = 0;
	uint32_t same = r->among_others && !r->view.verbose && all->leaked ? text_same_as(r, m, all) : 0;

	if (same) {
		put_same(r, same);
		return;
	}
	for (uint32_t i = 0; i < all->count; i++)
		leaking += all->list[i].counts.of[VERDICT_LEAKED] > 0;
	if (leaking)
		put_title(r, "Leaked: never closed, and of no use to anyone");
	for (uint32_t i = 0; i < all->count; i++) {
		const struct finding *f = &all->list[i];

		if (!f->counts.of[VERDICT_LEAKED])
			continue;
		fputc('\n', r->to);
		if (beyond_top(r, shown++)) {
			put_more(r, leaking - r->view.top, "place");
			break;
		}
		put_counts(r, m, f);
		if (m->call_site_count > 1)
			put_over_time_of_site(r, m, m->conns[f->counts.example].site, 4);
		if (!r->view.no_stacks)
			put_frames(r, m, f->stack);
		put_lost(r, m, f);
		put_example(r, m, &m->conns[f->counts.example]);
		if (r->view.verbose)
			put_all_of_place(r, m, f, skip);
		put_pinned_by_site(r, m, m->conns[f->counts.example].site);
	}
}
