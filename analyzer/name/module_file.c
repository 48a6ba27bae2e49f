/* SPDX-License-Identifier: Apache-2.0 */
#include "name/module_file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- where to look ------------------------------------------------------------------------------------------ */

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
	    (size_t)snprintf(under_root, sizeof under_root, "%s/usr/lib/debug", folders->sysroot) < sizeof under_root)
		put_folder(to, under_root);
	fputs(":/usr/lib/debug", to);
	fclose(to);
	return path;
}

void module_search_begin(struct module_search *s, const struct symbol_folders *folders)
{
	*s = (struct module_search){
		.folders = folders,
		.path = path_of(folders),
		.callbacks = {.find_elf = dwfl_build_id_find_elf, .find_debuginfo = dwfl_standard_find_debuginfo,
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

/* ---- is it the one? ------------------------------------------------------------------------------------------- */

static bool same_build_id(Dwfl_Module *module, const struct model_module *recorded)
{
	const unsigned char *id;
	GElf_Addr at;
	int size = dwfl_module_build_id(module, &id, &at);

	return !recorded->build_id_size || size <= 0 ||
	       (size == recorded->build_id_size && memcmp(id, recorded->build_id, (size_t)size) == 0);
}

/* `fd` is taken, -1: `path` is opened. */
static bool open_as(struct module_file *f, struct module_search *s, const struct model_module *recorded,
		    const char *path, int fd)
{
	struct module_file it = {.dwfl = dwfl_begin(&s->callbacks)};

	if (it.dwfl) {
		dwfl_report_begin(it.dwfl);
		it.module = dwfl_report_elf(it.dwfl, path, path, fd, recorded->bias, false);
		dwfl_report_end(it.dwfl, NULL, NULL);
	}
	if (!it.module && fd >= 0)
		close(fd);
	if (it.module && same_build_id(it.module, recorded) && (it.path = strdup(path))) {
		*f = it;
		return true;
	}
	if (it.dwfl)
		dwfl_end(it.dwfl);
	return false;
}

/* ---- one place after another ------------------------------------------------------------------------------------ */

static bool open_under(struct module_file *f, struct module_search *s, const struct model_module *recorded,
		       const char *folder, const char *name)
{
	char path[PATH_MAX];

	return (size_t)snprintf(path, sizeof path, "%s/%s", folder, name) < sizeof path && access(path, R_OK) == 0 &&
	       open_as(f, s, recorded, path, -1);
}

/* The program with its symbols may lie in a folder of its own, as it was built, beside no stripped one. */
static bool open_in_folders(struct module_file *f, struct module_search *s, const struct model_module *recorded,
			    const char *path)
{
	const struct symbol_folders *folders = s->folders;
	const char *name = strrchr(path, '/') + 1;
	char separate[PATH_MAX + 8];

	if (!folders)
		return false;
	snprintf(separate, sizeof separate, "%s.debug", name);
	for (unsigned i = 0; recorded->build_id_size && i < folders->debug_count; i++) {
		if ((open_under(f, s, recorded, folders->debug[i], name) && module_file_has_debug(f)) ||
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
	int fd = -1;
	bool good;

	if (!dwfl)
		return false;
	dwfl_report_begin(dwfl);
	module = dwfl_report_module(dwfl, path, recorded->start, recorded->end);
	if (module && dwfl_module_report_build_id(module, recorded->build_id, recorded->build_id_size, 0) == 0) {
		dwfl_report_end(dwfl, NULL, NULL);
		dwfl_module_info(module, &data, NULL, NULL, NULL, NULL, NULL, NULL);
		fd = dwfl_standard_find_debuginfo(module, data, path, recorded->start, NULL, NULL, 0, &found);
	}
	good = fd >= 0 && open_as(f, s, recorded, found ? found : path, fd);
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
	if (open_in_folders(f, s, recorded, path) || open_as(f, s, recorded, path, -1))
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
