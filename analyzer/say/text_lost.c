/* SPDX-License-Identifier: Apache-2.0 */
/* Where it was lost: the line that opened a connection is half of the truth. Where such connections are used,
 * where those are closed that are, and who used this one last is the other half. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "model/verdicts.h"
#include "say/pieces.h"
#include "say/spot.h"
#include "say/text.h"

static char *spot_text(const struct report *r, const struct model *m, uint32_t stack)
{
	struct prose p;

	if (!prose_begin(&p))
		return NULL;
	phrase_spot(p.text, m, r->symbols, stack);
	if (fclose(p.text) == 0)
		return p.bytes;
	free(p.bytes);
	return NULL;
}

static void put_line(const struct report *r, const char *format, const char *text, const char *rest)
{
	struct prose p;

	if (!prose_begin(&p))
		return;
	fprintf(p.text, format, text, rest);
	prose_end(&p, r->to, r->width, 4, 6);
}

/* Is it a line of the program's own, and not only what a library or the runtime does for it? */
static bool own_spot(const struct report *r, const struct model *m, uint32_t stack)
{
	struct spot s;

	spot_of(&s, m, r->symbols, stack);
	return s.count && s.frames[s.at].whose == WHOSE_OWN;
}

/* Nothing where it is the line that opens it, which has been said, and nothing where it tells
 * nothing: the loop that writes for all. */
static void put_first_used(const struct report *r, const struct model *m, const struct model_call_site *site)
{
	char *opened = spot_text(r, m, site->stack);
	char *used = site->first_used == MODEL_NONE ? NULL : spot_text(r, m, site->first_used);

	if (opened && used && strcmp(opened, used) != 0 && own_spot(r, m, site->first_used))
		put_line(r, "first used at %s%s", used, "");
	free(opened);
	free(used);
}

static void put_closed_at(const struct report *r, const struct model *m, const struct model_call_site *site)
{
	char *spots[MODEL_CLOSED_AT_MAX];
	unsigned count = 0;
	struct prose p;

	for (unsigned i = 0; i < site->closed_at_count; i++) {
		char *spot = spot_text(r, m, site->closed_at[i]);
		bool again = !spot;

		for (unsigned k = 0; k < count && !again; k++)
			again = strcmp(spots[k], spot) == 0;
		if (again)
			free(spot);
		else
			spots[count++] = spot;
	}
	if (count && prose_begin(&p)) {
		fputs("those that were closed were closed at ", p.text);
		for (unsigned i = 0; i < count; i++)
			fprintf(p.text, "%s%s", i ? i + 1 == count ? " and at " : ", " : "", spots[i]);
		fputs("; these were not", p.text);
		prose_end(&p, r->to, r->width, 4, 6);
	}
	while (count)
		free(spots[--count]);
}

void put_task(const struct report *r, const struct model_conn *c)
{
	struct prose p;

	if (!c->task || !prose_begin(&p))
		return;
	fputs("opened by task '", p.text);
	put_printable_text(p.text, c->task);
	fputc('\'', p.text);
	prose_end(&p, r->to, r->width, 6, 8);
}

static void put_thread(FILE *to, const struct model_thread *t)
{
	fprintf(to, "thread %" PRIu32, t->id);
	if (!*t->name)
		return;
	fputs(" '", to);
	put_printable_text(to, t->name);
	fputc('\'', to);
}

static bool is_own(const struct report *r, const struct model *m, uint32_t stack, struct spot *to)
{
	spot_of(to, m, r->symbols, stack);
	return to->count && to->frames[to->at].whose == WHOSE_OWN;
}

#define MADE_BY_MAX 4
void put_starter(const struct report *r, const struct model *m, const struct model_conn *c)
{
	const struct model_thread *by[MADE_BY_MAX], *t = model_thread_by_id(m, c->facts->opened_by);
	unsigned n = 0;
	struct spot spot;
	struct prose p;

	if (!t || is_own(r, m, c->stack, &spot))
		return;
	for (; t && n < MADE_BY_MAX; t = model_thread_by_id(m, t->created_by)) {
		by[n++] = t;
		if (is_own(r, m, t->stack, &spot))
			break;
	}
	if (!t || !is_own(r, m, t->stack, &spot) || !prose_begin(&p))
		return;
	for (unsigned i = 0; i < n; i++) {
		fputs(i ? ", which was made by " : "opened by ", p.text);
		put_thread(p.text, by[i]);
	}
	fputs(", which was started at ", p.text);
	phrase_spot(p.text, m, r->symbols, t->stack);
	prose_end(&p, r->to, r->width, 6, 8);
}

/* Worth a line where there is more than one who may have been it. */
void put_last_use(const struct report *r, const struct model *m, const struct model_conn *c)
{
	const struct dump_half *last = model_last_used(c);
	const struct model_thread *t = last ? model_thread_by_id(m, last->thread) : NULL;
	struct prose p;

	if (!last || !last->thread || m->thread_count < 2 || !prose_begin(&p))
		return;
	fputs("last used by ", p.text);
	if (t)
		put_thread(p.text, t);
	else
		fprintf(p.text, "thread %" PRIu32, last->thread);
	if (t && !t->alive)
		fputs(", which has ended", p.text);
	if (m->process.ended_mono > last->last_mono) {
		fputs(", ", p.text);
		put_duration(p.text, (double)(m->process.ended_mono - last->last_mono) / 1e9);
		fputs(m->process.end == MODEL_END_RUNNING ? " ago" : " before the end", p.text);
	}
	prose_end(&p, r->to, r->width, 6, 8);
}

void put_lost(const struct report *r, const struct model *m, const struct finding *f)
{
	if (!f->site || !f->site->place)
		return;
	put_first_used(r, m, f->site);
	if (f->site->counts.of[VERDICT_CLOSED] + f->site->counts.of[VERDICT_CLOSED_EARLY])
		put_closed_at(r, m, f->site);
}
