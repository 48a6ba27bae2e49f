/* SPDX-License-Identifier: Apache-2.0 */
#include "name/module_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- where to look ------------------------------------------------------------------------------------- */

/* libdwfl takes a relative folder for one beside the file. */
static void put_folder(FILE *to, const char *folder)
{
	char absolute[PATH_MAX];

	if (realpath(folder, absolute))
		fprintf(to, ":%s", absolute);
}

static char *path_of(const struct symbol_folders *folders)
{
	char *path = NULL, under_root[PATH_MAX];
	size_t size;
	FILE *to = open_memstream(&path, &size);

	if (!to)
		return NULL;
	fputs(":.debug", to); /* libdwfl's own default: beside the file, and in .debug there */
	for (unsigned i = 0; folders && i < folders->debug_count; i++)
		put_folder(to, folders->debug[i]);
	if (folders && folders->sysroot &&
	    (size_t)snprintf(under_root, sizeof under_root, "%s/usr/lib/debug", folders->sysroot) <
		    sizeof under_root)
		put_folder(to, under_root);
	fputs(":/usr/lib/debug", to);
	fclose(to);
	return path;
}

/* Is there a file of that name in one of the folders? Of whatever build id: this module has none. */
static bool lies_in_folders(struct module_search *s, const char *file, const char *link)
{
	Dwfl *dwfl = dwfl_begin(&s->callbacks);
	Dwfl_Module *module;
	char *found = NULL;
	int fd;

	if (!dwfl)
		return true;
	dwfl_report_begin(dwfl);
	module = dwfl_report_module(dwfl, "", 0, 1);
	dwfl_report_end(dwfl, NULL, NULL);
	fd = module ? dwfl_standard_find_debuginfo(module, NULL, NULL, 0, file, link, 0, &found) : -1;
	if (fd >= 0)
		close(fd);
	free(found);
	dwfl_end(dwfl);
	return fd >= 0;
}

/* As dwfl_standard_find_debuginfo(), which before it asks nobody loads who would ask: libdebuginfod, libcurl
 * and thirty libraries more. So what .gnu_debuglink names, as in each file of a distribution, is looked for
 * first. `data`: the module's, which has the search. */
static int find_debuginfo(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
			  const char *file, const char *link, GElf_Word crc, char **found)
{
	const char *servers = getenv("DEBUGINFOD_URLS");
	int fd;

	if ((!servers || !*servers) && link && crc) { /* no sum: what dwz took out of several */
		errno = 0;
		fd = dwfl_build_id_find_debuginfo(module, data, name, base, file, link, crc, found);
		if (fd >= 0 || errno || !lies_in_folders(*data, file, link))
			return fd;
	}
	return dwfl_standard_find_debuginfo(module, data, name, base, file, link, crc, found);
}

/* What find_debuginfo() is given. */
static void **search_of(Dwfl_Module *module, struct module_search *s)
{
	void **data;

	dwfl_module_info(module, &data, NULL, NULL, NULL, NULL, NULL, NULL);
	*data = s;
	return data;
}

void module_search_begin(struct module_search *s, const struct symbol_folders *folders)
{
	*s = (struct module_search){
		.folders = folders,
		.path = path_of(folders),
		.callbacks = {.find_elf = dwfl_build_id_find_elf, .find_debuginfo = find_debuginfo,
			      .section_address = dwfl_offline_section_address},
	};
	if (s->path)
		s->callbacks.debuginfo_path = &s->path;
}

void module_search_end(struct module_search *s)
{
	free(s->path);
	s->path = NULL;
}

/* ---- is it the one? ------------------------------------------------------------------------------------ */

/* The end of what Go's linker left, as the recorder has it (preload/stacks/module.c). */
static int go_id_in(Elf_Data *notes, const uint8_t **id)
{
	size_t name, description;
	GElf_Nhdr note;

	for (size_t at = 0, next; notes && (next = gelf_getnote(notes, at, &note, &name, &description)); at = next) {
		const uint8_t *bytes = notes->d_buf;
		int size = note.n_descsz < 20 ? (int)note.n_descsz : 20;

		if (note.n_type == 4 && note.n_namesz == 4 && memcmp(bytes + name, "Go\0", 4) == 0) {
			*id = bytes + description + note.n_descsz - (size_t)size;
			return size;
		}
	}
	return -1;
}

/* As dwfl_module_build_id(): -1 none. */
static int go_id_of(Dwfl_Module *module, const uint8_t **id)
{
	GElf_Addr bias;
	Elf *elf = dwfl_module_getelf(module, &bias);
	size_t count = 0;
	GElf_Phdr ph;
	int size;

	if (!elf || elf_getphdrnum(elf, &count) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (gelf_getphdr(elf, (int)i, &ph) && ph.p_type == PT_NOTE &&
		    (size = go_id_in(elf_getdata_rawchunk(elf, (int64_t)ph.p_offset, ph.p_filesz, ELF_T_NHDR), id)) >= 0)
			return size;
	return -1;
}

static bool same_go_id(Dwfl_Module *module, const struct model_module *recorded)
{
	const uint8_t *id;

	return go_id_of(module, &id) == recorded->go_id_size &&
	       memcmp(id, recorded->go_id, recorded->go_id_size) == 0;
}

/* All names that it has are in itself: it is no worse for being stripped. */
static bool is_go(const struct module_file *f)
{
	const uint8_t *id;

	return f->module && go_id_of(f->module, &id) >= 0;
}

static bool same_build_id(Dwfl_Module *module, const struct model_module *recorded)
{
	const unsigned char *id;
	GElf_Addr at;
	int size = dwfl_module_build_id(module, &id, &at);

	if (recorded->go_id_size)
		return same_go_id(module, recorded);
	return !recorded->build_id_size || size <= 0 ||
	       (size == recorded->build_id_size && memcmp(id, recorded->build_id, (size_t)size) == 0);
}

/* `fd` is taken, -1: `path` is opened. */
static bool module_open_as(struct module_file *f, struct module_search *s,
			   const struct model_module *recorded, const char *path, int fd)
{
	struct module_file it = {.dwfl = dwfl_begin(&s->callbacks)};

	if (it.dwfl) {
		dwfl_report_begin(it.dwfl);
		it.module = dwfl_report_elf(it.dwfl, path, path, fd, recorded->bias, false);
		dwfl_report_end(it.dwfl, NULL, NULL);
	}
	if (!it.module && fd >= 0)
		close(fd);
	if (it.module)
		search_of(it.module, s);
	if (it.module && same_build_id(it.module, recorded) && (it.path = strdup(path))) {
		*f = it;
		return true;
	}
	if (it.dwfl)
		dwfl_end(it.dwfl);
	return false;
}

/* ---- one place after another --------------------------------------------------------------------------- */

static bool open_under(struct module_file *f, struct module_search *s, const struct model_module *recorded,
		       const char *folder, const char *name)
{
	char path[PATH_MAX];

	return (size_t)snprintf(path, sizeof path, "%s/%s", folder, name) < sizeof path && access(path, R_OK) == 0 &&
	       module_open_as(f, s, recorded, path, -1);
}

/* The program with its symbols may lie in a folder of its own, as it was built, beside no stripped one. */
static bool open_in_folders(struct module_file *f, struct module_search *s,
			    const struct model_module *recorded, const char *path)
{
	const struct symbol_folders *folders = s->folders;
	const char *name = strrchr(path, '/') + 1;
	char separate[PATH_MAX + 8];

	if (!folders)
		return false;
	snprintf(separate, sizeof separate, "%s.debug", name);
	for (unsigned i = 0; (recorded->build_id_size || recorded->go_id_size) && i < folders->debug_count; i++) {
		if ((open_under(f, s, recorded, folders->debug[i], name) && (module_file_has_debug(f) || is_go(f))) ||
		    (module_file_close(f), open_under(f, s, recorded, folders->debug[i], separate)))
			return true;
		module_file_close(f);
	}
	return folders->sysroot && open_under(f, s, recorded, folders->sysroot, path + 1);
}

/* Debug information alone, by its build id: it has all names, and the addresses of the module. */
static bool open_debug(struct module_file *f, struct module_search *s, const struct model_module *recorded,
		       const char *path)
{
	Dwfl *dwfl = recorded->build_id_size ? dwfl_begin(&s->callbacks) : NULL;
	Dwfl_Module *module;
	char *found = NULL;
	void **data = NULL;
	Elf *elf = NULL;
	int fd = -1;
	bool good;

	if (!dwfl)
		return false;
	dwfl_report_begin(dwfl);
	module = dwfl_report_module(dwfl, path, recorded->start, recorded->end);
	if (module && dwfl_module_report_build_id(module, recorded->build_id, recorded->build_id_size, 0) == 0) {
		dwfl_report_end(dwfl, NULL, NULL);
		data = search_of(module, s);
		fd = find_debuginfo(module, data, path, recorded->start, NULL, NULL, 0, &found);
	}
	if (fd < 0 && data) /* the program itself, by its build id: a stripped one in Go has all names */
		fd = dwfl_build_id_find_elf(module, data, path, recorded->start, &found, &elf);
	elf_end(elf);
	good = fd >= 0 && module_open_as(f, s, recorded, found ? found : path, fd);
	free(found);
	dwfl_end(dwfl);
	return good;
}

void module_file_open(struct module_file *f, struct module_search *s, const struct model_module *recorded)
{
	char path[PATH_MAX];

	*f = (struct module_file){0};
	if (!recorded->path.bytes || recorded->path.size >= sizeof path || recorded->path.bytes[0] != '/')
		return;
	memcpy(path, recorded->path.bytes, recorded->path.size);
	path[recorded->path.size] = 0;
	if (open_in_folders(f, s, recorded, path) || module_open_as(f, s, recorded, path, -1))
		return;
	open_debug(f, s, recorded, path);
}

void module_file_close(struct module_file *f)
{
	if (f->dwfl)
		dwfl_end(f->dwfl);
	free(f->path);
	*f = (struct module_file){0};
}

bool module_file_has_debug(const struct module_file *f)
{
	Dwarf_Addr bias;

	return f->module && dwfl_module_getdwarf(f->module, &bias) != NULL;
}
