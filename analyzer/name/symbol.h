/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Symbols: from an address in a module to function, file and line, by elfutils' libdwfl, offline.
 * A module's file is only believed when its build id is the one that was recorded. Knows modules
 * and addresses, nothing of connections.
 */
#ifndef CONNLEAK_SYMBOL_H
#define CONNLEAK_SYMBOL_H

#include <stdbool.h>

#include "model/model.h"

struct symbol {
	const char *function; /* NULL unknown; demangled, unless model_options.mangled */
	const char *brief;    /* the same without parameters: "shop::Pool::take" */
	const char *mangled;  /* as the file has it */
	const char *file;     /* NULL unknown */
	int line;             /* 0 unknown */
	bool inlined;         /* its code was inlined into the next one's */
	enum dump_language language;
};

struct symbols;

/* For the modules of one model, which must outlive it. NULL without memory. */
struct symbols *symbols_open(const struct model *m);
void symbols_close(struct symbols *s);

/* What is at a frame: the innermost inlined function first, the function itself last. At least
 * one entry. Valid until symbols_close(). Results are kept: the same address costs once. */
const struct symbol *symbols_at(struct symbols *s, const struct model_frame *frame,
				uint32_t *count);

/* Where the function of a frame begins, as the file's table for the unwinder has it, which is there without
 * any name; 0 unknown. After symbols_at() of the same frame. */
uint64_t symbols_begin(const struct symbols *s, const struct model_frame *frame);

/* Where a program or a thread begins: its name without a version; NULL for every other function, and for
 * NULL. Such a frame of libc's has a name, no line. */
const char *symbols_start(const char *function);

/* A server for anybody's: it asks those of the distributions (debuginfod(8)). */
#define SYMBOLS_SERVER "https://debuginfod.elfutils.org/"

/* Was something asked about the module at `path`, and is there no debug information of it? */
bool symbols_stripped(const struct symbols *s, const char *path);

/* Modules whose file is not the one that was recorded, or is not there: calls `tell` once for
 * each that was asked about, and once for how to get them. */
void symbols_missing(struct symbols *s, void (*tell)(void *data, const char *line), void *data);

#endif
