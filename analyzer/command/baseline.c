/* SPDX-License-Identifier: Apache-2.0 */
#include "command/baseline.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "base/printable.h"
#include "command/find.h"
#include "command/image.h"
#include "model/verdicts.h"
#include "name/demangle.h"
#include "say/spot.h"

/* ---- one leak ---------------------------------------------------------------------------------------- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static char *key_of(const struct spot *s)
{
	char *text = NULL, name[512];
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	for (unsigned i = s->at; to && i < s->count; i++) {
		const struct frame_text *f = &s->frames[i];

		snprintf(name, sizeof name, "%s", f->function ? f->function : base_name(f->module));
		fprintf(to, "%s|%s\n", name, f->file ? base_name(f->file) : "");
	}
	if (to)
		fclose(to);
	return text;
}

static void baseline_put_frame(FILE *to, const struct frame_text *f)
{
	char name[512];

	spot_name(f, name, sizeof name);
	put_printable_text(to, name);
	if (!f->file)
		return;
	fputs(" (", to);
	put_printable_text(to, spot_path(f));
	fprintf(to, ":%d)", f->line);
}

static char *place_of(const struct spot *s)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	if (to && s->count)
		baseline_put_frame(to, &s->frames[s->at]);
	else if (to)
		fputs("an unknown place", to);
	if (to)
		fclose(to);
	return text;
}

static char *frames_text(const struct spot *s)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	for (unsigned i = 0; to && i < s->count; i++) {
		fputs(i ? "      by " : "      at ", to);
		baseline_put_frame(to, &s->frames[i]);
		fputc('\n', to);
	}
	if (to)
		fclose(to);
	return text;
}

/* Adds to the place that is there already: another stack, another process. */
static bool baseline_add(struct baseline *b, const struct spot *s, const char *reason, uint64_t leaked)
{
	int line = s->count ? s->frames[s->at].line : 0;
	char *key = key_of(s);
	struct leak *list;

	for (size_t i = 0; key && i < b->count; i++)
		if (b->leak[i].line == line && strcmp(b->leak[i].key, key) == 0) {
			b->leak[i].leaked += leaked;
			free(key);
			return true;
		}
	list = key ? reallocarray(b->leak, b->count + 1, sizeof *list) : NULL;
	if (!list) {
		free(key);
		return false;
	}
	b->leak = list;
	list[b->count++] = (struct leak){.key = key, .place = place_of(s), .frames = frames_text(s),
					 .reason = strdup(reason), .line = line, .leaked = leaked};
	return list[b->count - 1].place && list[b->count - 1].frames && list[b->count - 1].reason;
}

void baseline_free(struct baseline *b)
{
	for (size_t i = 0; i < b->count; i++) {
		free(b->leak[i].key);
		free(b->leak[i].place);
		free(b->leak[i].frames);
		free(b->leak[i].reason);
	}
	free(b->leak);
	*b = (struct baseline){NULL, 0};
}

/* ---- from dumps ---------------------------------------------------------------------------------------- */

/* Of each place its leaks, and the reason of one of them. */
static bool add_image(struct baseline *b, const struct image *i)
{
	const struct model *m = &i->model;
	uint64_t *leaked = calloc(m->stack_count + 1ul, sizeof *leaked);
	uint8_t *reason = calloc(m->stack_count + 1ul, 1);
	struct symbols *symbols = symbols_open(m);
	bool enough = leaked && reason && symbols;

	for (uint32_t c = 0; enough && c < m->conn_count; c++) {
		uint32_t at = m->conns[c].stack == MODEL_NONE ? m->stack_count : m->conns[c].stack;

		if (m->conns[c].verdict != VERDICT_LEAKED || (i->suppressed && i->suppressed[c]))
			continue;
		leaked[at]++;
		reason[at] = m->conns[c].reason;
	}
	for (uint32_t s = 0; enough && s <= m->stack_count; s++) {
		struct spot spot;

		if (!leaked[s])
			continue;
		spot_of(&spot, m, symbols, s < m->stack_count ? s : MODEL_NONE);
		enough = baseline_add(b, &spot, reason_name(reason[s]), leaked[s]);
	}
	symbols_close(symbols);
	free(leaked);
	free(reason);
	return enough;
}

static int read_dumps(struct baseline *b, const char *argument, const struct options *o,
		      struct suppressions *s)
{
	struct paths paths = {NULL, 0};
	int status = find_argument(&paths, argument);

	for (size_t i = 0; status < 0 && i < paths.count; i++) {
		struct image image;

		if (!image_open(&image, paths.path[i], o, s)) {
			status = EXIT_TROUBLE;
			break;
		}
		if (!add_image(b, &image))
			status = trouble("%s: not enough memory", paths.path[i]);
		image_close(&image);
	}
	paths_free(&paths);
	return status;
}

/* ---- from a report in JSON ----------------------------------------------------------------------------- */

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text && *text ? text : NULL;
}

/* A report made with --no-demangle has its names as compilers made them. */
static const char *function_of(json_t *frame, const struct options *o)
{
	char *name = o->no_demangle ? NULL : demangle(text_of(frame, "function"), true);

	if (name)
		json_object_set_new(frame, "function", json_string(name));
	free(name);
	return text_of(frame, "function");
}

static void spot_from(struct spot *s, const json_t *frames, const struct options *o)
{
	size_t i;
	json_t *frame;

	s->count = 0;
	json_array_foreach(frames, i, frame) {
		struct frame_text *f = &s->frames[s->count];

		if (s->count == FRAMES_TEXT_MAX)
			break;
		*f = (struct frame_text){.function = function_of(frame, o), .file = text_of(frame, "file"),
					 .line = (int)json_integer_value(json_object_get(frame, "line")),
					 .language = model_language_of(text_of(frame, "language"))};
		snprintf(f->module, sizeof f->module, "%s", text_of(frame, "module") ? text_of(frame, "module") : "");
		if (text_of(frame, "offset"))
			f->offset = strtoull(text_of(frame, "offset"), NULL, 16);
		f->brief = f->mangled = f->function;
		f->whose = frames_whose(&o->own, f);
		s->count++;
	}
	s->count = frames_without_start(s->frames, s->count);
	s->at = s->count ? frames_telling(s->frames, s->count) : 0;
}

static bool add_report(struct baseline *b, const json_t *report, const struct options *o)
{
	const json_t *stacks = json_object_get(report, "stacks");
	size_t i;
	json_t *c;

	json_array_foreach(json_object_get(report, "connections"), i, c) {
		const char *verdict = text_of(c, "verdict"), *reason = text_of(c, "reason"), *stack = text_of(c, "stack");
		struct spot spot;

		if (!verdict || strcmp(verdict, "leaked") != 0 || text_of(c, "suppressed"))
			continue;
		spot_from(&spot, stack ? json_object_get(stacks, stack) : NULL, o);
		if (!baseline_add(b, &spot, reason ? reason : "", 1))
			return false;
	}
	return true;
}

/* One object for each process image, one after the other. */
static int read_json(struct baseline *b, const char *path, FILE *from, const struct options *o)
{
	int status = -1, c;

	while (status < 0 && (c = fgetc(from)) != EOF) {
		json_error_t error;
		json_t *report;
		const char *schema;

		if (isspace(c))
			continue;
		ungetc(c, from);
		report = json_loadf(from, JSON_DISABLE_EOF_CHECK, &error);
		schema = report ? text_of(report, "schema") : NULL;
		if (!report)
			status = trouble("%s: line %d: %s: it is damaged; write it anew with --format json", path, error.line,
					 error.text);
		else if (!schema || strcmp(schema, "connleak-report/1") != 0)
			status = trouble("%s: is no report in JSON: its \"schema\" is not connleak-report/1; write one with "
					 "--format json", path);
		else if (!add_report(b, report, o))
			status = trouble("%s: not enough memory", path);
		json_decref(report);
	}
	return status;
}

int baseline_read(struct baseline *b, const char *argument, const struct options *o, struct suppressions *s)
{
	struct stat it;
	FILE *from = stat(argument, &it) == 0 && S_ISREG(it.st_mode) ? fopen(argument, "re") : NULL;
	int first, status;

	if (from) {
		do
			first = fgetc(from);
		while (first != EOF && isspace(first));
		if (first == '{') {
			rewind(from);
			status = read_json(b, argument, from, o);
			fclose(from);
			return status;
		}
		fclose(from);
	}
	return read_dumps(b, argument, o, s);
}

/* ---- which are the same -------------------------------------------------------------------------------- */

/* The nearest pair of lines first, so that what was moved by a few lines stays what it was. */
static bool match_nearest(struct baseline *a, struct baseline *b, const char *key)
{
	struct leak *best_a = NULL, *best_b = NULL;

	for (size_t i = 0; i < a->count; i++) {
		struct leak *x = &a->leak[i];

		if (x->match || strcmp(x->key, key) != 0)
			continue;
		for (size_t k = 0; k < b->count; k++) {
			struct leak *y = &b->leak[k];

			if (y->match || strcmp(y->key, key) != 0)
				continue;
			if (!best_a || abs(x->line - y->line) < abs(best_a->line - best_b->line)) {
				best_a = x;
				best_b = y;
			}
		}
	}
	if (!best_a)
		return false;
	best_a->match = best_b;
	best_b->match = best_a;
	return true;
}

void baseline_match(struct baseline *a, struct baseline *b)
{
	for (size_t i = 0; i < a->count; i++)
		while (!a->leak[i].match && match_nearest(a, b, a->leak[i].key))
			;
}
