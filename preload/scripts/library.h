/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a loaded library, or the program itself, exports: found in its own tables, since dlsym(3) takes locks,
 * sets dlerror(3), and does not see what was loaded with RTLD_LOCAL. Knows ELF, nothing of interpreters.
 */
#ifndef CONNLEAK_LIBRARY_H
#define CONNLEAK_LIBRARY_H

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct library {
	uintptr_t bias;
	uintptr_t start, end; /* of what can be executed */
	const char *path;     /* the linker's: empty for the program itself */
	const ElfW(Sym) *symbols;
	const char *strings;
	const uint32_t *hash; /* DT_GNU_HASH */
	const ElfW(Rela) *jumps; /* DT_JMPREL: where it keeps the addresses of others' functions */
	size_t jump_count;
};

/* As dl_iterate_phdr(3) gives it. False: it exports nothing. */
bool library_of(struct library *l, const struct dl_phdr_info *info);

/* The address of what it defines by this name, and its size (`size` may be NULL); NULL: it defines no such
 * thing. Thread-local variables are not found. Async-signal-safe as long as the library is loaded. */
void *library_symbol(const struct library *l, const char *name, size_t *size);

#endif
