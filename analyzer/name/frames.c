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

unsigned frames_of(const struct model *m, struct symbols *symbols, uint32_t stack,
		   struct frame_text to[FRAMES_TEXT_MAX])
{
	const struct model_stack *s = stack == MODEL_NONE ? NULL : &m->stacks[stack];
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

			*t = (struct frame_text){.function = names[k].function, .file = names[k].file,
						 .line = names[k].line, .offset = f->offset};
			snprintf(t->module, sizeof t->module, "%.*s", (int)path.size, path.bytes ? path.bytes : "");
		}
	}
	return n;
}

static bool is_start(const char *function)
{
	static const char *const names[] = {"_start", "__libc_start_call_main", "__libc_start_main_impl",
					    "__libc_start_main", "start_thread", "clone", "clone3", "__clone",
					    "__clone3", "runtime.main", "runtime.newproc", "runtime.rt0_go"};

	for (size_t i = 0; function && i < sizeof names / sizeof *names; i++)
		if (strcmp(function, names[i]) == 0)
			return true;
	return false;
}

unsigned frames_without_start(const struct frame_text *frames, unsigned n)
{
	while (n > 1 && is_start(frames[n - 1].function))
		n--;
	return n;
}

bool frames_of_libc(const struct frame_text *f)
{
	const char *slash = strrchr(f->module, '/');

	return strncmp(slash ? slash + 1 : f->module, "libc.so", 7) == 0;
}

static bool of_library(const struct frame_text *f)
{
	return golang_library(f->function, f->file);
}

unsigned frames_of_library(const struct frame_text *frames, unsigned n)
{
	unsigned i = 0;

	while (i < n && of_library(&frames[i]))
		i++;
	return i < n && i > 1 ? i - 1 : 0;
}

unsigned frames_telling(const struct frame_text *frames, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (frames[i].file && !frames_of_libc(&frames[i]) && !of_library(&frames[i]))
			return i;
	for (unsigned i = 0; i < n; i++)
		if (frames[i].file && !frames_of_libc(&frames[i]))
			return i;
	for (unsigned i = 0; i < n; i++)
		if (frames[i].function && !frames_of_libc(&frames[i]) && !is_start(frames[i].function))
			return i;
	return 0;
}
