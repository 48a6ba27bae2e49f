/* SPDX-License-Identifier: Apache-2.0 */
#include "say/exhausted.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "say/pairs.h"
#include "say/pieces.h"

/* ---- who held them: by place, most first --------------------------------------------------------------- */

struct holder {
	uint32_t stack; /* index into model.stacks */
	uint64_t open;
};

static uint32_t holders_of(const struct model *m, struct holder to[DUMP_EXHAUSTION_TOP])
{
	const struct model_exhaustion *e = &m->exhaustion;
	uint32_t n = 0;

	for (unsigned i = 0; e->facts && i < DUMP_EXHAUSTION_TOP; i++) {
		uint32_t at = 0;

		if (e->top[i] == MODEL_NONE)
			continue;
		while (at < n && m->stacks[to[at].stack].place != m->stacks[e->top[i]].place)
			at++;
		if (at == n)
			to[n++] = (struct holder){.stack = e->top[i]};
		to[at].open += e->facts->top[i].open;
	}
	return n;
}

uint32_t exhausted_stack(const struct model *m)
{
	struct holder holders[DUMP_EXHAUSTION_TOP], *most = NULL;
	const struct model_call_site *site = NULL;
	uint32_t n = holders_of(m, holders);

	for (uint32_t i = 0; i < n; i++)
		if (!most || holders[i].open > most->open)
			most = &holders[i];
	for (uint32_t i = 0; !most && i < m->call_site_count; i++)
		if (m->call_sites[i].stack != MODEL_NONE && (!site || m->call_sites[i].open_max > site->open_max))
			site = &m->call_sites[i];
	return most ? most->stack : site ? site->stack : m->exhaustion.stack;
}

/* ---- for people ---------------------------------------------------------------------------------------- */

static const char *error_name(uint32_t error)
{
	return error == ENFILE ? "ENFILE, the machine's limit on open files" : "EMFILE";
}

static void put_limit(FILE *to, uint64_t limit)
{
	if (!limit || limit == UINT64_MAX)
		return;
	fputs("; the limit is ", to);
	put_number(to, limit);
	fputs(" descriptors", to);
}

static void phrase_near(FILE *to, const struct model *m)
{
	fputs("the program came near the limit on open files: at least ", to);
	put_number(to, m->exhaustion.most);
	fputs(" of ", to);
	put_number(to, m->process.nofile);
	fputs(" descriptors were open at once", to);
}

bool phrase_exhausted(FILE *to, const struct model *m)
{
	const struct model_exhaustion *e = &m->exhaustion;
	double at;

	if (!e->near)
		return false;
	if (!e->count) {
		phrase_near(to, m);
		return true;
	}
	if (e->facts && model_seconds(m, e->facts->mono, &at)) {
		put_duration(to, at);
		fputs(" after the start ", to);
	}
	fprintf(to, "the program ran into \"too many open files\" (%s), ",
		error_name(e->facts ? e->facts->error : EMFILE));
	if (e->count == 1) {
		fputs("once", to);
	} else {
		fputs("and ", to);
		put_number(to, e->count);
		fputs(" times in all", to);
	}
	put_limit(to, e->facts && e->facts->limit ? e->facts->limit : m->process.nofile);
	if (e->facts) {
		fputs(", of which ", to);
		put_number(to, e->facts->open);
		fputs(e->facts->open == 1 ? " was a socket" : " were sockets", to);
	}
	return true;
}

static char *spot_text(const struct report *r, const struct model *m, uint32_t stack)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	phrase_spot(to, m, r->symbols, stack);
	fclose(to);
	return text;
}

/* Places that differ further out only read alike. How many are left. */
static uint32_t merge_alike(struct holder of[DUMP_EXHAUSTION_TOP], uint32_t count, const struct report *r,
			    const struct model *m)
{
	char *texts[DUMP_EXHAUSTION_TOP];
	uint32_t n = 0;

	for (uint32_t i = 0; i < count; i++) {
		char *text = spot_text(r, m, of[i].stack);
		uint32_t at = 0;

		while (at < n && !(text && texts[at] && strcmp(text, texts[at]) == 0))
			at++;
		if (at < n) {
			of[at].open += of[i].open;
			free(text);
			continue;
		}
		of[n] = of[i];
		texts[n++] = text;
	}
	for (uint32_t i = 0; i < n; i++)
		free(texts[i]);
	return n;
}

void put_exhausted(const struct report *r, const struct model *m)
{
	struct holder holders[DUMP_EXHAUSTION_TOP];
	uint32_t n = holders_of(m, holders);
	struct prose p;

	if (!m->exhaustion.near || !prose_begin(&p))
		return;
	phrase_exhausted(p.text, m);
	fprintf(r->to, "\n%s%s%s\n", colour(r, BOLD),
		m->exhaustion.count ? "Out of descriptors" : "Few descriptors left", colour(r, PLAIN));
	prose_end(&p, r->to, r->width, 2, 4);
	n = merge_alike(holders, n, r, m);
	for (uint32_t i = 0; i < n && prose_begin(&p); i++) {
		fputs(i ? "" : "held just then: ", p.text);
		put_number(p.text, holders[i].open);
		fputs(" opened at ", p.text);
		phrase_spot(p.text, m, r->symbols, holders[i].stack);
		prose_end(&p, r->to, r->width, i ? 20 : 4, 22);
	}
	if (m->exhaustion.facts && m->exhaustion.stack != MODEL_NONE && prose_begin(&p)) {
		fputs("one more was refused at ", p.text);
		phrase_spot(p.text, m, r->symbols, m->exhaustion.stack);
		prose_end(&p, r->to, r->width, 4, 6);
	}
	if (prose_begin(&p)) {
		fputs("what to do: " EXHAUSTED_ADVICE, p.text);
		prose_end(&p, r->to, r->width, 4, 6);
	}
}

/* ---- for programs -------------------------------------------------------------------------------------- */

static void pair_stack(struct json *g, const struct model *m, uint32_t stack)
{
	char id[16];

	if (stack == MODEL_NONE) {
		pair_null(g, "stack");
		return;
	}
	snprintf(id, sizeof id, "%" PRIu32, m->stacks[stack].id);
	pair_text(g, "stack", id);
}

static void pair_place(struct json *g, const struct report *r, const struct model *m, uint32_t stack)
{
	char *text = stack == MODEL_NONE ? NULL : phrase_place_text(m, r->symbols, stack);

	pair_text(g, "place", text);
	free(text);
}

static void pair_seconds(struct json *g, const char *name, const struct model *m, uint64_t mono)
{
	double at;

	if (!model_seconds(m, mono, &at)) {
		pair_null(g, name);
		return;
	}
	json_name(g, name);
	json_seconds(g, at);
}

static void pair_first(struct json *g, const struct report *r, const struct model *m)
{
	const struct dump_exhaustion *e = m->exhaustion.facts;
	struct holder holders[DUMP_EXHAUSTION_TOP];
	uint32_t n = holders_of(m, holders);

	pair_text(g, "error", e->error == ENFILE ? "ENFILE" : "EMFILE");
	pair_seconds(g, "at_s", m, e->mono);
	pair_seconds(g, "last_s", m, e->last_mono);
	pair_integer(g, "open", e->open);
	pair_stack(g, m, m->exhaustion.stack);
	pair_place(g, r, m, m->exhaustion.stack);
	pair_integer(g, "thread", e->thread);
	json_name(g, "held_by");
	json_open(g, '[');
	for (uint32_t i = 0; i < n; i++) {
		json_open(g, '{');
		pair_stack(g, m, holders[i].stack);
		pair_place(g, r, m, holders[i].stack);
		pair_integer(g, "open", holders[i].open);
		json_close(g, '}');
	}
	json_close(g, ']');
}

void pair_exhaustion(struct json *g, const struct report *r, const struct model *m)
{
	const struct model_exhaustion *e = &m->exhaustion;
	uint64_t limit = e->facts && e->facts->limit ? e->facts->limit : m->process.nofile;

	if (!e->near) {
		pair_null(g, "exhaustion");
		return;
	}
	json_name(g, "exhaustion");
	json_open(g, '{');
	pair_integer(g, "count", e->count);
	if (limit && limit != UINT64_MAX)
		pair_integer(g, "limit", limit);
	else
		pair_null(g, "limit");
	pair_integer(g, "most", e->most);
	if (e->facts)
		pair_first(g, r, m);
	json_close(g, '}');
}
