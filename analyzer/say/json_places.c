/* SPDX-License-Identifier: Apache-2.0 */
/* The report as JSON: stacks, frame by frame, and the places that opened connections. */
#include "say/json_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "name/frames.h"
#include "say/overtime.h"
#include "say/phrases.h"

static void put_frame(struct json *g, const struct model *m, const struct model_frame *f,
		      const struct symbol *symbol)
{
	const struct model_module *module = f->module == MODEL_NONE ? NULL : &m->modules[f->module];
	bool script = f->place != MODEL_NONE; /* which has no address */
	char hex[48] = "";

	json_open(g, '{');
	snprintf(hex, sizeof hex, "0x%" PRIx64, script ? 0 : f->address);
	pair_text(g, "address", hex);
	pair_view(g, "module", module ? module->path : (struct dump_text){NULL, 0});
	for (unsigned i = 0; module && i < module->build_id_size; i++)
		snprintf(hex + 2 * i, sizeof hex - 2 * i, "%02x", module->build_id[i]);
	pair_text(g, "build_id", module && module->build_id_size ? hex : NULL);
	snprintf(hex, sizeof hex, "0x%" PRIx64, f->offset);
	pair_text(g, "offset", hex);
	pair_text(g, "function", symbol->function);
	pair_text(g, "file", symbol->file);
	if (symbol->line)
		pair_integer(g, "line", (uint64_t)symbol->line);
	else
		pair_null(g, "line");
	pair_bool(g, "inlined", symbol->inlined);
	pair_text(g, "language", model_language_name(symbol->language));
	json_close(g, '}');
}

void json_stacks(struct json *g, const struct report *r, const struct model *m)
{
	char id[16];

	json_name(g, "stacks");
	json_open(g, '{');
	for (uint32_t i = 0; i < m->stack_count; i++) {
		const struct model_stack *s = &m->stacks[i];

		if (!s->used)
			continue;
		snprintf(id, sizeof id, "%" PRIu32, s->id);
		json_name(g, id);
		json_open(g, '[');
		for (uint32_t f = 0; f < s->depth; f++) {
			uint32_t count;
			const struct symbol *symbols;

			if (frames_recorder(m, &s->frames[f]))
				continue;
			symbols = symbols_at(r->symbols, &s->frames[f], &count);
			for (uint32_t k = 0; k < count; k++)
				put_frame(g, m, &s->frames[f], &symbols[k]);
		}
		json_close(g, ']');
	}
	json_close(g, '}');
}

/* Where people would look, in one line. */
static char *place_text(const struct report *r, const struct model *m, uint32_t stack)
{
	return stack == MODEL_NONE ? NULL : phrase_place_text(m, r->symbols, stack);
}

static void put_place(struct json *g, const struct report *r, const struct model *m, uint32_t stack)
{
	char *text = place_text(r, m, stack);

	pair_text(g, "place", text ? text : "");
	free(text);
}

/* The other half of where it was lost. */
static void put_traces(struct json *g, const struct report *r, const struct model *m,
		       const struct model_call_site *s)
{
	char *text = place_text(r, m, s->first_used);

	pair_text(g, "first_used_at", text);
	free(text);
	json_name(g, "closed_at");
	json_open(g, '[');
	for (unsigned i = 0; i < s->closed_at_count; i++) {
		text = place_text(r, m, s->closed_at[i]);
		if (text)
			json_text(g, text, strlen(text));
		free(text);
	}
	json_close(g, ']');
}

/* Each of them is one place: `stack` is an example's. */
static void put_stacks_of(struct json *g, const struct model *m, uint32_t site)
{
	json_name(g, "stacks");
	json_open(g, '[');
	for (uint32_t i = 0; i < m->stack_count; i++) {
		const struct model_stack *s = &m->stacks[i];
		char id[16];

		if (s->used && s->place == m->call_sites[site].place &&
		    (s->facts->opened || i == m->call_sites[site].stack))
			json_text(g, id, (size_t)snprintf(id, sizeof id, "%" PRIu32, s->id));
	}
	json_close(g, ']');
}

void json_call_sites(struct json *g, const struct report *r, const struct model *m)
{
	json_name(g, "call_sites");
	json_open(g, '[');
	for (uint32_t i = 0; i < m->call_site_count; i++) {
		const struct model_call_site *s = &m->call_sites[i];

		json_open(g, '{');
		json_stack(g, "stack", m, s->stack);
		put_stacks_of(g, m, i);
		put_place(g, r, m, s->stack);
		pair_integer(g, "opened", s->opened);
		pair_integer(g, "closed", s->counts.of[VERDICT_CLOSED]);
		pair_integer(g, "closed_early", s->counts.of[VERDICT_CLOSED_EARLY]);
		pair_integer(g, "open_now", s->open_now);
		pair_integer(g, "open_max", s->open_max);
		pair_integer(g, "drained", s->counts.of[VERDICT_DRAINED]);
		pair_integer(g, "leaked", s->counts.of[VERDICT_LEAKED]);
		put_traces(g, r, m, s);
		pair_over_time_of_place(g, m, s->place);
		json_close(g, '}');
	}
	json_close(g, ']');
}
