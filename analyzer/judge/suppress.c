/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/suppress.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "name/frames.h"
#include "base/trouble.h"
#include "model/each.h"
#include "model/verdicts.h"

#define FRAMES_MAX 64

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
	const char *file; /* the caller's */
	unsigned line;    /* where it begins */
	uint64_t used;    /* findings that it matched, of all models */
	struct suppression *next;
};

struct suppressions {
	struct suppression *first, **end; /* the first one that matches counts */
};

/* ---- reading ------------------------------------------------------------------------------------------ */

struct place {
	const char *file;
	unsigned line;
	FILE *from;
	const char *why; /* what cannot be read to its end cannot be; NULL */
	char text[4096];
};

/* As fgets() does, which would take a NUL byte for the end of its line. */
static bool read_line(struct place *p)
{
	size_t n = 0;
	int c = 0;

	while (c != '\n' && n < sizeof p->text - 1 && (c = getc(p->from)) > 0)
		p->text[n++] = (char)c;
	p->text[n] = 0;
	if (c == EOF && ferror(p->from))
		p->why = strerror(errno);
	else if (c == 0)
		p->why = "it is no text";
	return n && !p->why;
}

/* The next line that is not empty and no comment, without blanks around it. NULL at the end. */
static char *next_line(struct place *p)
{
	while (read_line(p)) {
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

static bool unreadable(const char *file, const char *why)
{
	trouble("%s: cannot read the suppressions: %s; name a file with what --gen-suppressions prints", file, why);
	return false;
}

static bool wrong(const struct place *p, const char *what)
{
	if (p->why)
		return unreadable(p->file, p->why);
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
	*all->end = s;
	all->end = &s->next;
	s->name = strdup(text);
	s->file = p->file;
	s->line = p->line - 1;
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
		return unreadable(file, strerror(errno));
	while (good && (text = next_line(&p)))
		good = strcmp(text, "{") == 0 ? read_one(&p, all) : wrong(&p, "expected '{'");
	fclose(p.from);
	return good && p.why ? unreadable(file, p.why) : good;
}

struct suppressions *suppressions_read(const char *const *files, unsigned count)
{
	struct suppressions *all = calloc(1, sizeof *all);

	if (all)
		all->end = &all->first;
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

/* Reports show paths as short as they can: a pattern without a folder is for a file in any. */
static bool like_path(const char *pattern, const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return like(pattern, path) || (slash && !strchr(pattern, '/') && like(pattern, slash + 1));
}

static bool line_matches(const struct line *l, const struct frame_text *f)
{
	char where[4200];

	switch (l->kind) {
	case FUN: return like(l->pattern, f->function) || like(l->pattern, f->brief) || like(l->pattern, f->mangled);
	case OBJ: return like_path(l->pattern, f->module);
	case SRC:
		if (!f->file)
			return false;
		snprintf(where, sizeof where, "%s:%d", f->file, f->line);
		return like_path(l->pattern, f->file) || like_path(l->pattern, where);
	default: return true;
	}
}

/* Line by line from the outermost on: does what is left of the lines match from frame `i` on? However many
 * "..." there are, each pair of a line and a frame is looked at once. */
static bool frames_match(const struct line *l, unsigned lines, const struct frame_text *f, unsigned frames)
{
	bool rest[FRAMES_TEXT_MAX + 1], here[FRAMES_TEXT_MAX + 1];

	memset(rest, true, sizeof rest); /* a suppression may name the innermost frames only */
	while (lines--) {
		for (unsigned i = frames + 1; i-- > 0;)
			if (l[lines].kind == ANY)
				here[i] = rest[i] || (i < frames && here[i + 1]);
			else
				here[i] = i < frames && rest[i + 1] && line_matches(&l[lines], &f[i]);
		memcpy(rest, here, sizeof rest);
	}
	return rest[0];
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

static struct suppression *match(const struct suppressions *all, const struct model *m,
				 struct symbols *symbols, const struct model_conn *c)
{
	struct frame_text frames[FRAMES_TEXT_MAX];
	unsigned n = frames_of(m, symbols, c->stack, frames);

	for (struct suppression *s = all->first; s; s = s->next)
		if (matches(s, c, frames, n))
			return s;
	return NULL;
}

const char **suppressions_apply(struct suppressions *all, const struct model *m, struct symbols *symbols)
{
	const char **names;

	if (!all || !all->first)
		return NULL;
	names = calloc(m->conn_count + 1u, sizeof *names);
	for (uint32_t i = 0; names && i < m->conn_count; i++) {
		struct suppression *s = is_finding(&m->conns[i]) ? match(all, m, symbols, &m->conns[i]) : NULL;

		if (!s)
			continue;
		names[i] = s->name;
		s->used++;
	}
	return names;
}

/* ---- of connections that are walked -------------------------------------------------------------------- */

struct kind_of { /* of findings that one suppression matches, or none */
	uint32_t stack;
	uint16_t verdict, reason;
};

struct answer {
	struct kind_of key;
	struct suppression *by;
	UT_hash_handle hh;
};

struct suppressed {
	struct answer *answers;
};

static struct answer *find(const struct suppressed *s, const struct model_conn *c)
{
	const struct kind_of key = {c->stack, (uint16_t)c->verdict, (uint16_t)c->reason};
	struct answer *it;

	HASH_FIND(hh, s->answers, &key, sizeof key, it);
	return it;
}

static struct answer *ask(struct suppressed *s, const struct suppressions *all, const struct model *m,
			  struct symbols *symbols, const struct model_conn *c)
{
	struct answer *it = find(s, c);

	if (it)
		return it;
	it = calloc(1, sizeof *it);
	if (!it)
		return NULL;
	it->key = (struct kind_of){c->stack, (uint16_t)c->verdict, (uint16_t)c->reason};
	it->by = match(all, m, symbols, c);
	HASH_ADD(hh, s->answers, key, sizeof it->key, it);
	return it;
}

struct suppressed *suppressions_walk(struct suppressions *all, struct model *m, struct symbols *symbols,
				     uint64_t left[VERDICT_COUNT])
{
	struct suppressed *s = calloc(1, sizeof *s);
	bool enough = s;
	struct each e;

	memcpy(left, m->summary.counts.of, VERDICT_COUNT * sizeof *left);
	if (!s || !all || !all->first)
		return s;
	each_begin(&e, m);
	for (const struct model_conn *c; enough && (c = each_next(&e));) {
		struct answer *it = is_finding(c) ? ask(s, all, m, symbols, c) : NULL;

		enough = it || !is_finding(c);
		if (!it || !it->by)
			continue;
		it->by->used++;
		left[c->verdict]--;
	}
	if (each_end(&e, m->why) && enough)
		return s;
	suppressed_free(s);
	return NULL;
}

const char *suppressed_by(const struct suppressed *s, const struct model_conn *c)
{
	const struct answer *it = s->answers && is_finding(c) ? find(s, c) : NULL;

	return it && it->by ? it->by->name : NULL;
}

void suppressed_free(struct suppressed *s)
{
	struct answer *all = s ? s->answers : NULL, *next;

	if (all)
		HASH_CLEAR(hh, s->answers);
	for (; all; all = next) {
		next = all->hh.next;
		free(all);
	}
	free(s);
}

void suppressions_tell(const struct suppressions *all, suppressions_told *tell, void *data)
{
	for (const struct suppression *s = all ? all->first : NULL; s; s = s->next)
		tell(data, s->name, s->file, s->line, s->used);
}
