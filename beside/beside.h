/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dynamic linker beside a static Go program. A tracer that has the program stopped at its exec maps ld.so
 * into it, gives it a second table of program headers, which names ld.so and needs nothing, and begins there:
 * ld.so preloads what LD_PRELOAD says, and goes on to the program. /proc/self/exe, pid, arguments,
 * environment, signals and every byte of the program's own memory are as they were.
 *
 * The third thing that recorder and analyzer share. System calls of its own only, no allocation, no
 * global, nothing thread-local: also for a child that shares its parent's memory. x86-64 only;
 * elsewhere nothing is ever begun.
 */
#ifndef CONNLEAK_BESIDE_BESIDE_H
#define CONNLEAK_BESIDE_BESIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What lies in the program afterwards, on a page of its own before its second program headers (AT_PHDR). */
struct beside_page {
	uint64_t magic;
	uint64_t helper;     /* its child that did this, to be waited for (wait4(2), __WALL); 0: there is none */
	uint64_t auxiliary;  /* of which AT_PHDR, AT_PHNUM and AT_BASE were changed */
	uint64_t phdr, phnum; /* what they were; AT_BASE was 0 */
};

#define BESIDE_MAGIC 0x65646973656220fdull
#define BESIDE_HEADERS 64u

/* The page that `phdr`, which AT_PHDR says, belongs to; NULL: nobody was here. */
static inline struct beside_page *beside_page(uintptr_t phdr)
{
	struct beside_page *page = (struct beside_page *)(phdr - BESIDE_HEADERS);

	return (phdr & 4095) == BESIDE_HEADERS && page->magic == BESIDE_MAGIC ? page : NULL;
}

/* Can the program at the beginning of an ELF file be treated so: static, without a C library inside?
 * `head`: as much of it as there is; aligned as a word. With `note` it must have one, as Go's linker makes
 * it: what that says is asked later. */
bool beside_fits(const void *head, size_t size, bool note);

enum beside {
	BESIDE_DONE,
	BESIDE_NOT,   /* another program, or something was not as it should be: nothing was changed */
	BESIDE_ENDED, /* before it came to an exec; `status` as of wait4(2) */
};

/* From now on the process stops at its next exec. 0 or -errno. */
long beside_seize(int pid);
/* Waits for it, does it if the new program is one of these and has `library` in its LD_PRELOAD, and lets go.
 * `known`: it is Go's, whatever its notes say. */
enum beside beside_follow(int pid, const char *library, int helper, bool known, int *status);

#endif
