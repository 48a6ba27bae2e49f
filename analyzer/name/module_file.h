/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of a module, with its debug information: where the user says, where it was recorded, by its build
 * id in /usr/lib/debug, by .gnu_debuglink, and from the debuginfod servers in DEBUGINFOD_URLS, the only use
 * of the network. A file of another build id is none. Knows modules, no addresses.
 */
#ifndef CONNLEAK_MODULE_FILE_H
#define CONNLEAK_MODULE_FILE_H

#include <elfutils/libdwfl.h>
#include <stdbool.h>

#include "model/model.h"

#define SYMBOL_FOLDERS_MAX 16

/* What the user says (--debug-dir, --sysroot). */
struct symbol_folders {
	const char *debug[SYMBOL_FOLDERS_MAX];
	unsigned debug_count;
	const char *sysroot; /* NULL: none */
};

/* Where to look, for libdwfl. */
struct module_search {
	const struct symbol_folders *folders; /* NULL: nothing said */
	Dwfl_Callbacks callbacks;
	char *path; /* as in dwfl_standard_find_debuginfo(): folders with colons between them */
};

struct module_file {
	Dwfl *dwfl;
	Dwfl_Module *module; /* NULL: there is no such file */
	char *path;          /* of what stands for the module: its file, or that of its debug information alone */
};

/* The search must outlive the files; it is not to be copied. */
void module_search_begin(struct module_search *s, const struct symbol_folders *folders);
void module_search_end(struct module_search *s);

/* Opens a module that was recorded at an absolute path. */
void module_file_open(struct module_file *f, struct module_search *s, const struct model_module *recorded);
void module_file_close(struct module_file *f);

/* Has it lines and functions, not only the names of a symbol table? It may be fetched for that. */
bool module_file_has_debug(const struct module_file *f);

#endif
