/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/suppress.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "name/frames.h"
#include "base/trouble.h"
#include "judge/findings.h"
#include "model/verdicts.h"

#define FRAMES_MAX 64
#define GENERATED_FRAMES_MAX 12

enum kind { FUN, OBJ, SRC, ANY };

struct line {
	enum kind kind;
	char *pattern;
};

struct suppression {
	char *name;
	enum verdict verdict;
	char *reason; /* NULL: any */
	struct line lines[FRAMES_MAX];
	unsigned count;
	struct suppression *next;
};

struct suppressions {
	struct suppression *first;
};

/* ---- reading ------------------------------------------------------------------------------------------ */

struct place {
	const char *file;
	unsigned line;
	FILE *from;
	char text[4096];
};

/* The next line that is not empty and no comment, without blanks around it. NULL at the end. */
static char *next_line(struct place *p)
{
	while (fgets(p->text, sizeof p->text, p->from)) {
		char *begin = p->text, *end;

		p->line++;
		while (isspace((unsigned char)*begin))
			begin++;
		for (end = begin + strlen(begin); end > begin && isspace((unsigned char)end[-1]);)
			*--end = 0;
		if (*begin && *begin != '#')
			return begin;
	}
	return NULL;
}

static bool wrong(const struct place *p, const char *what)
{
	trouble("%s:%u: bad suppression: %s", p->file, p->line, what);
	return false;
}

static bool read_verdict(struct place *p, struct suppression *s, char *text)
{
	char *slash;
	int verdict;

	if (!text || strncmp(text, "connleak:", 9) != 0)
		return wrong(p, "expected 'connleak:VERDICT' or 'connleak:VERDICT/REASON'");
	text += 9;
	slash = strchr(text, '/');
	verdict = verdict_by_name(text, slash ? (size_t)(slash - text) : strlen(text));
	if (verdict < 0)
		return wrong(p, "no such verdict; use leaked, drained, ...");
	s->verdict = (enum verdict)verdict;
	if (slash)
		s->reason = strdup(slash + 1);
	return true;
}

static bool read_frame(struct place *p, struct suppression *s, const char *text)
{
	struct line *l = &s->lines[s->count];

	if (s->count == FRAMES_MAX)
		return wrong(p, "more frames than there can be");
	if (strcmp(text, "...") == 0)
		*l = (struct line){ANY, NULL};
	else if (strncmp(text, "fun:", 4) == 0)
		*l = (struct line){FUN, strdup(text + 4)};
	else if (strncmp(text, "obj:", 4) == 0)
		*l = (struct line){OBJ, strdup(text + 4)};
	else if (strncmp(text, "src:", 4) == 0)
		*l = (struct line){SRC, strdup(text + 4)};
	else
		return wrong(p, "expected fun:, obj:, src:, ... or }");
	s->count++;
	return true;
}

static bool read_one(struct place *p, struct suppressions *all)
{
	struct suppression *s = calloc(1, sizeof *s);
	char *text = s ? next_line(p) : NULL;

	if (!text) {
		free(s);
		return wrong(p, "it ends after '{'");
	}
	s->next = all->first;
	all->first = s;
	s->name = strdup(text);
	if (!read_verdict(p, s, next_line(p)))
		return false;
	while ((text = next_line(p)) && strcmp(text, "}") != 0)
		if (!read_frame(p, s, text))
			return false;
	return text ? true : wrong(p, "there is no '}'");
}

static bool read_file(struct suppressions *all, const char *file)
{
	struct place p = {.file = file, .from = fopen(file, "re")};
	bool good = p.from != NULL;
	char *text;

	if (!good)
		trouble("%s: cannot read the suppressions: %s", file, strerror(errno));
	while (good && (text = next_line(&p)))
		good = strcmp(text, "{") == 0 ? read_one(&p, all) : wrong(&p, "expected '{'");
	if (p.from)
		fclose(p.from);
	return good;
}

struct suppressions *suppressions_read(const char *const *files, unsigned count)
{
	struct suppressions *all = calloc(1, sizeof *all);

	for (unsigned i = 0; all && i < count; i++)
		if (!read_file(all, files[i])) {
			suppressions_free(all);
			return NULL;
		}
	return all;
}

void suppressions_free(struct suppressions *all)
{
	while (all && all->first) {
		struct suppression *s = all->first;

		all->first = s->next;
		for (unsigned i = 0; i < s->count; i++)
			free(s->lines[i].pattern);
		free(s->name);
		free(s->reason);
		free(s);
	}
	free(all);
}

/* ---- matching ------------------------------------------------------------------------------------------ */

static bool like(const char *pattern, const char *text)
{
	return text && fnmatch(pattern, text, FNM_NOESCAPE) == 0;
}

static bool line_matches(const struct line *l, const struct frame_text *f)
{
	char where[4200];

	switch (l->kind) {
	case FUN: return like(l->pattern, f->function) || like(l->pattern, f->brief) || like(l->pattern, f->mangled);
	case OBJ: return like(l->pattern, f->module);
	case SRC:
		if (!f->file)
			return false;
		snprintf(where, sizeof where, "%s:%d", f->file, f->line);
		return like(l->pattern, f->file) || like(l->pattern, where);
	default: return true;
	}
}

static bool frames_match(const struct line *l, unsigned lines, const struct frame_text *f, unsigned frames)
{
	if (!lines)
		return true; /* a suppression may name the innermost frames only */
	if (l->kind == ANY)
		return frames_match(l + 1, lines - 1, f, frames) ||
		       (frames && frames_match(l, lines, f + 1, frames - 1));
	return frames && line_matches(l, f) && frames_match(l + 1, lines - 1, f + 1, frames - 1);
}

static bool matches(const struct suppression *s, const struct model_conn *c, const struct frame_text *f,
		    unsigned frames)
{
	return s->verdict == c->verdict && (!s->reason || like(s->reason, reason_name(c->reason))) &&
	       frames_match(s->lines, s->count, f, frames);
}

static bool is_finding(const struct model_conn *c)
{
	return c->verdict == VERDICT_LEAKED || c->verdict == VERDICT_DRAINED;
}

const char **suppressions_apply(struct suppressions *all, const struct model *m, struct symbols *symbols)
{
	const char **names;

	if (!all || !all->first)
		return NULL;
	names = calloc(m->conn_count + 1u, sizeof *names);
	for (uint32_t i = 0; names && i < m->conn_count; i++) {
		struct frame_text frames[FRAMES_TEXT_MAX];
		unsigned n;

		if (!is_finding(&m->conns[i]))
			continue;
		n = frames_of(m, symbols, m->conns[i].stack, frames);
		for (const struct suppression *s = all->first; s && !names[i]; s = s->next)
			if (matches(s, &m->conns[i], frames, n))
				names[i] = s->name;
	}
	return names;
}

/* ---- generating ------------------------------------------------------------------------------------------ */

/* A name as a pattern that matches it: what would break the line, or mean something in a pattern, is
 * any one character. */
static void put_pattern(FILE *to, const char *name)
{
	for (const char *p = *name ? name : "*"; *p; p++)
		fputc(*name && ((unsigned char)*p < ' ' || *p == 127 || strchr("[]*\\", *p)) ? '?' : *p, to);
}

static void generate(const struct model *m, struct symbols *symbols, const struct finding *f, enum verdict v,
		     FILE *to)
{
	struct frame_text frames[FRAMES_TEXT_MAX];
	unsigned n = frames_of(m, symbols, f->stack, frames);

	fprintf(to, "{\n   <insert_a_name>\n   connleak:%s", verdict_name(v));
	if (v == VERDICT_LEAKED && f->counts.one_reason)
		fprintf(to, "/%s", reason_name(m->conns[f->counts.example].reason));
	fputc('\n', to);
	for (unsigned i = 0; i < n && i < GENERATED_FRAMES_MAX; i++) {
		fputs(frames[i].brief ? "   fun:" : "   obj:", to);
		put_pattern(to, frames[i].brief ? frames[i].brief : frames[i].module);
		fputc('\n', to);
	}
	fputs("}\n", to);
}

void suppressions_generate(const struct model *m, const char *const *suppressed, struct symbols *symbols, FILE *to)
{
	struct findings all;

	if (!findings_of(m, suppressed, &all))
		return;
	for (uint32_t i = 0; i < all.count; i++) {
		if (all.list[i].counts.of[VERDICT_LEAKED])
			generate(m, symbols, &all.list[i], VERDICT_LEAKED, to);
		if (all.list[i].counts.of[VERDICT_DRAINED])
			generate(m, symbols, &all.list[i], VERDICT_DRAINED, to);
	}
	findings_free(&all);
}
