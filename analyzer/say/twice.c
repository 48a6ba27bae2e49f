/* SPDX-License-Identifier: Apache-2.0 */
#include "say/twice.h"

#include <inttypes.h>
#include <stdlib.h>

#include "say/pairs.h"
#include "say/pieces.h"
#include "say/text.h"

/* ---- for people ---------------------------------------------------------------------------------------- */

void phrase_twice(FILE *to, const struct model *m, struct symbols *symbols, const struct model_twice *t)
{
	phrase_spot(to, m, symbols, t->again);
	fprintf(to, " closed descriptor %" PRId32 " again", t->facts->fd);
	if (t->facts->count > 1) {
		fputs(", or others as that one, ", to);
		put_number(to, t->facts->count);
		fputs(" times", to);
	}
	fputs(": close said EBADF", to);
}

static void phrase_by(FILE *to, const struct model *m, uint32_t thread)
{
	if (thread && m->thread_count > 1)
		fprintf(to, " by thread %" PRIu32, thread);
}

void phrase_twice_was(FILE *to, const struct model *m, struct symbols *symbols, const struct model_twice *t)
{
	fprintf(to, "when it was last seen it was connection %" PRIu64, t->facts->conn);
	if (t->conn) {
		fputc(' ', to);
		put_where(to, m, t->conn);
	}
	fputs(", opened at ", to);
	phrase_spot(to, m, symbols, t->opened);
	fputs(" and closed", to);
	phrase_by(to, m, t->facts->closed_by);
	fputs(" at ", to);
	phrase_spot(to, m, symbols, t->closed);
}

bool phrase_twice_meant(FILE *to, const struct model_twice *t)
{
	const struct dump_twice *f = t->facts;

	if (t->stranger)
		fprintf(to, "thread %" PRIu32 ", which closed it, had nothing else to do with it; thread %" PRIu32
			", which had, was told EBADF", f->closed_by, f->again_by);
	if (t->meant_before)
		fprintf(to, "%s the number had been connection %" PRIu64 "'s before, which %s had closed, too: was that "
			"one closed twice, and this one hit?", t->stranger ? ";" : "", f->before,
			t->stranger ? "that thread" : "the same place");
	return t->stranger || t->meant_before;
}

static void put_one(const struct report *r, const struct model *m, const struct model_twice *t)
{
	struct prose p;

	if (!prose_begin(&p))
		return;
	phrase_twice(p.text, m, r->symbols, t);
	prose_end(&p, r->to, r->width, 2, 4);
	if (!r->view.no_stacks)
		put_frames(r, m, t->again);
	if (!prose_begin(&p))
		return;
	phrase_twice_was(p.text, m, r->symbols, t);
	prose_end(&p, r->to, r->width, 4, 6);
	if (!r->view.no_stacks)
		put_frames(r, m, t->closed);
	if ((!t->stranger && !t->meant_before) || !prose_begin(&p))
		return;
	phrase_twice_meant(p.text, t);
	prose_end(&p, r->to, r->width, 4, 6);
}

void put_twice(const struct report *r, const struct model *m)
{
	struct prose p;

	if (!m->twice_count)
		return;
	put_title(r, TWICE_TITLE);
	for (uint32_t i = 0; i < m->twice_count && !beyond_top(r, i); i++) {
		fputc('\n', r->to);
		put_one(r, m, &m->twice[i]);
	}
	if (r->view.top && m->twice_count > r->view.top)
		put_more(r, m->twice_count - r->view.top, "place");
	if (!prose_begin(&p))
		return;
	fputs("what to do: " TWICE_ADVICE, p.text);
	prose_end(&p, r->to, r->width, 4, 6);
}

/* ---- for programs -------------------------------------------------------------------------------------- */

static void pair_stack(struct json *g, const struct report *r, const struct model *m, const char *name,
		       const char *place, uint32_t stack)
{
	char *text = stack == MODEL_NONE ? NULL : phrase_place_text(m, r->symbols, stack), id[16];

	if (text)
		snprintf(id, sizeof id, "%" PRIu32, m->stacks[stack].id);
	pair_text(g, name, text ? id : NULL);
	pair_text(g, place, text);
	free(text);
}

static void pair_id(struct json *g, const char *name, uint64_t id)
{
	if (id)
		pair_integer(g, name, id);
	else
		pair_null(g, name);
}

static void put_json(struct json *g, const struct report *r, const struct model *m,
		     const struct model_twice *t)
{
	const struct dump_twice *f = t->facts;
	double at;

	json_open(g, '{');
	json_name(g, "fd");
	json_integer(g, f->fd);
	pair_integer(g, "count", f->count);
	pair_integer(g, "connection", f->conn);
	pair_stack(g, r, m, "stack", "place", t->again);
	pair_id(g, "thread", f->again_by);
	if (model_seconds(m, f->again_mono, &at)) {
		json_name(g, "at_s");
		json_seconds(g, at);
	} else {
		pair_null(g, "at_s");
	}
	pair_stack(g, r, m, "closed_stack", "closed_place", t->closed);
	pair_id(g, "closed_by", f->closed_by);
	pair_stack(g, r, m, "opened_stack", "opened_place", t->opened);
	pair_id(g, "before", f->before);
	pair_stack(g, r, m, "before_closed_stack", "before_closed_place", t->before_closed);
	pair_id(g, "before_closed_by", f->before_closed_by);
	pair_bool(g, "by_another", t->stranger);
	pair_bool(g, "meant_before", t->meant_before);
	json_close(g, '}');
}

void pair_twice(struct json *g, const struct report *r, const struct model *m)
{
	json_name(g, "closed_twice");
	json_open(g, '[');
	for (uint32_t i = 0; i < m->twice_count; i++)
		put_json(g, r, m, &m->twice[i]);
	json_close(g, ']');
}
