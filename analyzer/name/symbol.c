/* SPDX-License-Identifier: Apache-2.0 */
#include "name/symbol.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uthash.h>

#include "name/demangle.h"
#include "name/golang.h"
#include "name/module_file.h"

#define INLINED_MAX 16

struct answer {
	uint64_t address;
	uint32_t module;
	uint32_t count;
	struct symbol *symbols;
	UT_hash_handle hh;
};

struct file { /* one for each module of the model */
	struct module_file file;
	struct golang *go; /* NULL: none of Go's */
	bool tried, foreign;
};

struct symbols {
	const struct model *model;
	struct module_search search;
	struct file *files;
	struct answer *answers;
	struct symbol *places; /* one for each of the model */
};

/* ---- modules ------------------------------------------------------------------------------------ */

static void open_file(struct symbols *s, uint32_t module)
{
	const struct model_module *recorded = &s->model->modules[module];
	struct file *f = &s->files[module];

	f->tried = true;
	if (!recorded->path.bytes || recorded->path.bytes[0] != '/')
		return; /* the vdso, or nobody knows */
	module_file_open(&f->file, &s->search, recorded);
	if (f->file.module)
		f->go = golang_open(f->file.path);
	else
		f->foreign = true;
}

struct symbols *symbols_open(const struct model *m)
{
	struct symbols *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->model = m;
	module_search_begin(&s->search, m->options.symbols);
	s->files = calloc(m->module_count + 1u, sizeof *s->files);
	s->places = calloc(m->place_count + 1u, sizeof *s->places);
	if (!s->files || !s->places) {
		module_search_end(&s->search);
		free(s->files);
		free(s->places);
		free(s);
		return NULL;
	}
	for (uint32_t i = 0; i < m->place_count; i++)
		s->places[i] = (struct symbol){.function = m->places[i].function, .brief = m->places[i].function,
					       .mangled = m->places[i].function, .file = m->places[i].file,
					       .line = m->places[i].line, .language = m->places[i].language};
	return s;
}

/* Called once for each symbol of an answer. */
static void name(struct symbol *s, bool as_it_is)
{
	char *full = as_it_is ? NULL : demangle(s->function, true);
	char *brief = full ? demangle(s->function, false) : NULL;

	s->mangled = s->brief = s->function;
	if (!brief) {
		free(full);
		return;
	}
	s->function = full;
	s->brief = brief;
}

static void forget_name(const struct symbol *s)
{
	if (s->function == s->mangled)
		return;
	free((void *)(uintptr_t)s->function);
	free((void *)(uintptr_t)s->brief);
}

void symbols_close(struct symbols *s)
{
	struct answer *a, *next;

	if (!s)
		return;
	HASH_ITER(hh, s->answers, a, next) {
		HASH_DEL(s->answers, a);
		for (uint32_t i = 0; i < a->count; i++)
			forget_name(&a->symbols[i]);
		free(a->symbols);
		free(a);
	}
	for (uint32_t i = 0; i < s->model->module_count; i++) {
		golang_close(s->files[i].go);
		module_file_close(&s->files[i].file);
	}
	module_search_end(&s->search);
	free(s->files);
	free(s->places);
	free(s);
}

/* ---- addresses ------------------------------------------------------------------------------------ */

static const char *linkage_name(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;

	return dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute) ? dwarf_formstring(&attribute) : NULL;
}

static const char *name_of(Dwarf_Die *die)
{
	const char *name = linkage_name(die);

	return name ? name : dwarf_diename(die);
}

/* A lambda's operator() has no linkage name in DWARF, but a symbol that says whose lambda it is. */
static const char *name_of_function(Dwarf_Die *die, Dwfl_Module *module, Dwarf_Addr address)
{
	const char *symbol = linkage_name(die) ? NULL : dwfl_module_addrname(module, address);

	return symbol && strncmp(symbol, "_Z", 2) == 0 ? symbol : name_of(die);
}

/* The call of an inlined function is where the next one outwards is. */
static void called_from(Dwarf_Die *inlined, Dwarf_Die *cu, struct symbol *outer)
{
	Dwarf_Attribute attribute;
	Dwarf_Word word;
	Dwarf_Files *files;
	size_t count;

	if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &word) == 0)
		outer->line = (int)word;
	if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &word) == 0 &&
	    dwarf_getsrcfiles(cu, &files, &count) == 0 && word < count)
		outer->file = dwarf_filesrc(files, word, NULL, NULL);
}

/* Where the code is, innermost first. dwarf_getscopes() goes on from an inlined function to where that was
 * written; dwarf_getscopes_die() goes on to where it was put. The caller frees. */
static int scopes_at(Dwarf_Die *cu, Dwarf_Addr address, Dwarf_Die **scopes)
{
	Dwarf_Die *written = NULL;
	int n = cu ? dwarf_getscopes(cu, address, &written) : 0;

	*scopes = NULL;
	if (n > 0)
		n = dwarf_getscopes_die(&written[0], scopes);
	free(written);
	return n;
}

static uint32_t look_up_inlined(Dwfl_Module *module, Dwarf_Addr address, struct symbol *to)
{
	Dwarf_Addr bias = 0;
	Dwarf_Die *cu = dwfl_module_addrdie(module, address, &bias), *scopes;
	int n = scopes_at(cu, address - bias, &scopes);
	uint32_t count = 0;

	for (int i = 0; i < n && count < INLINED_MAX; i++) {
		int tag = dwarf_tag(&scopes[i]);

		if (tag == DW_TAG_inlined_subroutine) {
			to[count].function = name_of(&scopes[i]);
			to[count].inlined = true;
			called_from(&scopes[i], cu, &to[count + 1]);
			count++;
		} else if (tag == DW_TAG_subprogram) {
			to[count++].function = name_of_function(&scopes[i], module, address);
			break;
		}
	}
	free(scopes);
	return count && !to[count - 1].inlined ? count : 0;
}

const char *symbols_start(const char *function)
{
	static const char *const names[] = {"_start", "__libc_start_call_main", "__libc_start_main_impl",
					    "__libc_start_main", "start_thread", "clone", "clone3", "__clone",
					    "__clone3", "runtime.main", "runtime.newproc", "runtime.rt0_go"};
	size_t size = function ? strcspn(function, "@") : 0; /* "__libc_start_main@@GLIBC_2.34" */

	for (size_t i = 0; size && i < sizeof names / sizeof *names; i++)
		if (strlen(names[i]) == size && memcmp(function, names[i], size) == 0)
			return names[i];
	return NULL;
}

/* Also libc-2.31.so and libpthread, as they were before glibc 2.34. */
static bool is_libc(const struct model_module *m)
{
	const char *slash = m->path.bytes ? memrchr(m->path.bytes, '/', m->path.size) : NULL;
	size_t size = slash ? m->path.size - (size_t)(slash + 1 - m->path.bytes) : 0;

	return size > 7 && (memcmp(slash, "/libc.", 6) == 0 || memcmp(slash, "/libc-", 6) == 0 ||
			    memcmp(slash, "/libpth", 7) == 0);
}

/* Nearly each stack begins in libc. Where its debug information is there (libc6-dbg), libdw uncompresses
 * all of it at the first question, which takes longer than the rest of a report; and nobody asks for that
 * line. */
static uint32_t look_up(Dwfl_Module *module, bool libc, Dwarf_Addr address, struct symbol *to)
{
	const char *symbol = dwfl_module_addrname(module, address);
	Dwfl_Line *line;
	uint32_t count;

	to->function = libc ? symbols_start(symbol) : NULL;
	if (to->function)
		return 1;
	line = dwfl_module_getsrc(module, address);
	count = look_up_inlined(module, address, to);
	if (!count) {
		memset(to, 0, sizeof *to);
		to->function = symbol;
		count = 1;
	}
	if (line)
		to[0].file = dwfl_lineinfo(line, NULL, &to[0].line, NULL, NULL, NULL);
	return count;
}

/* Go's own table: it needs no DWARF, and says what Go's own tracebacks say. */
static uint32_t look_up_go(const struct golang *go, uint64_t address, struct symbol *to)
{
	struct go_place places[INLINED_MAX];
	uint32_t n = go ? golang_places(go, address, places, INLINED_MAX) : 0;

	for (uint32_t i = 0; i < n; i++)
		to[i] = (struct symbol){.function = places[i].function, .file = places[i].file,
					.line = places[i].line, .inlined = places[i].inlined,
					.language = DUMP_LANGUAGE_GO};
	return n;
}

static struct answer *keep(struct symbols *s, uint64_t address, uint32_t module,
			   const struct symbol *found, uint32_t count)
{
	struct answer *a = calloc(1, sizeof *a);

	if (!a)
		return NULL;
	a->symbols = calloc(count, sizeof *a->symbols);
	if (!a->symbols) {
		free(a);
		return NULL;
	}
	memcpy(a->symbols, found, count * sizeof *found);
	for (uint32_t i = 0; i < count; i++)
		name(&a->symbols[i], s->model->options.mangled);
	a->address = address;
	a->module = module;
	a->count = count;
	HASH_ADD_KEYPTR(hh, s->answers, &a->address, sizeof a->address + sizeof a->module, a);
	return a;
}

const struct symbol *symbols_at(struct symbols *s, const struct model_frame *frame,
				uint32_t *count)
{
	static const struct symbol unknown;
	struct {
		uint64_t address;
		uint32_t module;
	} __attribute__((packed)) key = {frame->address, frame->module};
	struct symbol found[INLINED_MAX + 2] = {0};
	struct answer *a = NULL;
	struct file *f;
	uint32_t n = 1;

	*count = 1;
	if (s && frame->place != MODEL_NONE)
		return &s->places[frame->place];
	if (!s || frame->module == MODEL_NONE)
		return &unknown;
	HASH_FIND(hh, s->answers, &key, sizeof key, a);
	if (!a) {
		f = &s->files[frame->module];
		if (!f->tried)
			open_file(s, frame->module);
		if (f->file.module && !(n = look_up_go(f->go, frame->offset - 1, found)))
			n = look_up(f->file.module, is_libc(&s->model->modules[frame->module]), frame->address - 1,
				    found);
		a = keep(s, frame->address, frame->module, found, n);
		if (!a)
			return &unknown;
	}
	*count = a->count;
	return a->symbols;
}

uint64_t symbols_begin(const struct symbols *s, const struct model_frame *frame)
{
	Dwarf_Addr bias = 0, begin = 0, end;
	Dwarf_Frame *found = NULL;
	Dwarf_CFI *table;

	if (!s || frame->place != MODEL_NONE || frame->module == MODEL_NONE || !s->files[frame->module].file.module)
		return 0;
	table = dwfl_module_eh_cfi(s->files[frame->module].file.module, &bias);
	if (!table || dwarf_cfi_addrframe(table, frame->address - 1 - bias, &found) != 0)
		return 0;
	if (dwarf_frame_info(found, &begin, &end, NULL) < 0)
		begin = 0;
	free(found);
	return begin ? begin + bias : 0;
}

static bool same_path(const struct model_module *m, const char *path)
{
	return m->path.bytes && m->path.size == strlen(path) && memcmp(m->path.bytes, path, m->path.size) == 0;
}

bool symbols_stripped(const struct symbols *s, const char *path)
{
	for (uint32_t i = 0; s && i < s->model->module_count; i++)
		if (s->files[i].file.module && !s->files[i].go && same_path(&s->model->modules[i], path))
			return !module_file_has_debug(&s->files[i].file);
	return false;
}

void symbols_missing(struct symbols *s, void (*tell)(void *data, const char *line), void *data)
{
	char line[4300];
	bool any = false;

	for (uint32_t i = 0; s && i < s->model->module_count; i++) {
		const struct dump_text *path = &s->model->modules[i].path;

		if (!s->files[i].foreign)
			continue;
		snprintf(line, sizeof line, "no symbols of %.*s: the file is not there, or is not the one "
			 "that was recorded (another build id)", (int)path->size, path->bytes);
		tell(data, line);
		any = true;
	}
	if (any)
		tell(data, "to find them: connleak report --debug-dir FOLDER or --sysroot FOLDER, or "
		     "DEBUGINFOD_URLS=" SYMBOLS_SERVER " connleak report");
}
