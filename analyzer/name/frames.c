/* SPDX-License-Identifier: Apache-2.0 */
#include "name/frames.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "name/golang.h"


bool frames_recorder(const struct model *m, const struct model_frame *f)
{
	static const char name[] = "/libconnleak.so";
	const size_t n = sizeof name - 1;
	struct dump_text path = {NULL, 0};

	if (f->module != MODEL_NONE)
		path = m->modules[f->module].path;
	return path.bytes && path.size >= n && memcmp(path.bytes + path.size - n, name, n) == 0;
}

enum whose frames_whose(const struct own *own, const struct frame_text *f)
{
	return own_whose(own, &(struct own_names){f->function, f->file, f->module});
}

unsigned frames_of(const struct model *m, struct symbols *symbols, uint32_t stack,
		   struct frame_text to[FRAMES_TEXT_MAX])
{
	const struct model_stack *s = stack == MODEL_NONE ? NULL : &m->stacks[model_whole(m, stack)];
	unsigned n = 0;

	for (uint32_t i = 0; s && i < s->depth; i++) {
		const struct model_frame *f = &s->frames[i];
		struct dump_text path = {NULL, 0};
		uint32_t count;
		const struct symbol *names;

		if (frames_recorder(m, f))
			continue;
		names = symbols_at(symbols, f, &count);
		if (f->module != MODEL_NONE)
			path = m->modules[f->module].path;
		for (uint32_t k = 0; k < count && n < FRAMES_TEXT_MAX; k++) {
			struct frame_text *t = &to[n++];

			*t = (struct frame_text){.function = names[k].function, .brief = names[k].brief,
						 .mangled = names[k].mangled, .file = names[k].file,
						 .line = names[k].line, .language = names[k].language, .offset = f->offset};
			snprintf(t->module, sizeof t->module, "%.*s", (int)path.size, path.bytes ? path.bytes : "");
			t->whose = frames_whose(m->options.own, t);
		}
	}
	return n;
}

static bool any_own(const struct frame_text *frames, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (frames[i].whose == WHOSE_OWN)
			return true;
	return false;
}

/* An interpreter's main(); below a line of the user's what the interpreter has loaded (phar.so), too. */
unsigned frames_without_start(const struct frame_text *frames, unsigned n)
{
	enum whose most = any_own(frames, n) ? WHOSE_LIBRARY : WHOSE_RUNTIME;

	while (n > 1 && (symbols_start(frames[n - 1].function) ||
			 (!frames[n - 1].function && frames[n - 1].whose >= most)))
		n--;
	return n;
}

bool frames_of_libc(const struct frame_text *f)
{
	const char *slash = strrchr(f->module, '/');

	return strncmp(slash ? slash + 1 : f->module, "libc.so", 7) == 0;
}

/* ---- the place ----------------------------------------------------------------------------------------- */

static bool has_line(const struct frame_text *f)
{
	return f->file && f->line && !frames_of_libc(f);
}

/* A method that is native has a file only. */
static bool has_file(const struct frame_text *f)
{
	return f->file && !frames_of_libc(f);
}

static bool has_name(const struct frame_text *f)
{
	return f->function && !frames_of_libc(f) && !symbols_start(f->function);
}

static bool first_of(const struct frame_text *frames, unsigned n, enum whose whose, unsigned *at)
{
	bool (*const tell[])(const struct frame_text *) = {has_line, has_file, has_name};

	for (unsigned t = 0; t < sizeof tell / sizeof *tell; t++)
		for (*at = 0; *at < n; ++*at)
			if (frames[*at].whose == whose && tell[t](&frames[*at]))
				return true;
	return false;
}

static bool of_go(const struct frame_text *f)
{
	return golang_library(f->function, f->file);
}

unsigned frames_telling(const struct frame_text *frames, unsigned n)
{
	unsigned at;

	if (first_of(frames, n, WHOSE_OWN, &at) || first_of(frames, n, WHOSE_LIBRARY, &at))
		return at;
	if (!first_of(frames, n, WHOSE_RUNTIME, &at))
		return 0;
	while (at + 1 < n && of_go(&frames[at]) && of_go(&frames[at + 1])) /* where it was entered, or began */
		at++;
	return at;
}

/* ---- what lies between --------------------------------------------------------------------------------- */

#define PACKAGES_MAX 4

/* Is it there, between commas? */
static bool listed(const char *list, const char *name)
{
	size_t size = strlen(name);

	for (const char *at = list; (at = strstr(at, name)); at++)
		if ((at == list || at[-1] == ' ') && (!at[size] || at[size] == ','))
			return true;
	return false;
}

/* Libraries are news, the runtime only where there is nothing else. */
static void put_packages(const struct frame_text *frames, struct frame_run *r, enum whose whose)
{
	size_t used = 0;
	unsigned count = 0;

	for (unsigned i = r->count; i-- > 0;) {
		const struct frame_text *f = &frames[r->first + i];
		char name[64];

		if (f->whose != whose)
			continue;
		own_package(&(struct own_names){f->function, f->file, f->module}, name, sizeof name);
		if (!*name || listed(r->of, name))
			continue;
		if (count++ == PACKAGES_MAX || used + strlen(name) + 6 > sizeof r->of) {
			snprintf(r->of + used, sizeof r->of - used, ", ...");
			return;
		}
		used += (size_t)snprintf(r->of + used, sizeof r->of - used, "%s%s", used ? ", " : "", name);
	}
}

/* Go's own library comes with the language, under many names: the function that the program called tells. */
static void leave_called_of_go(const struct frame_text *frames, struct frame_run *r)
{
	for (unsigned i = 0; i < r->count; i++)
		if (!of_go(&frames[r->first + i]))
			return;
	if (r->count < 2)
		return;
	r->count--;
	r->go = true;
}

unsigned frames_folded(const struct frame_text *frames, unsigned n, unsigned at,
		       struct frame_run to[FRAMES_TEXT_MAX])
{
	bool above = n && frames[at].whose == WHOSE_OWN;
	unsigned runs = 0;

	for (unsigned i = 0; i < n; i += to[runs++].count) {
		struct frame_run *r = &to[runs];

		*r = (struct frame_run){.first = i, .count = 1};
		if (i >= at && !above)
			continue;
		if (i == at || frames[i].whose == WHOSE_OWN)
			continue;
		while (i + r->count < n && i + r->count != at && frames[i + r->count].whose != WHOSE_OWN)
			r->count++;
		leave_called_of_go(frames, r);
		put_packages(frames, r, WHOSE_LIBRARY);
		if (!*r->of)
			put_packages(frames, r, WHOSE_RUNTIME);
	}
	return runs;
}
