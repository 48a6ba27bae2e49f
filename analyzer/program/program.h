/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program to be run: where it is, and whether a preloaded library will be in it. Reads files,
 * runs nothing.
 */
#ifndef CONNLEAK_PROGRAM_H
#define CONNLEAK_PROGRAM_H

#include <limits.h>
#include <stdbool.h>

struct program {
	char path[PATH_MAX];   /* the file that execvp would run */
	char image[PATH_MAX];  /* the ELF file behind it: itself, or the interpreter of a script */
	char sanitizer[PATH_MAX]; /* shared AddressSanitizer that wants to be first; "" none */
	char why_not[PATH_MAX + 128]; /* why it cannot be recorded; "" it can */
	bool do_not_preload; /* its dynamic linker would complain, or fail */
	bool beside; /* static, and the dynamic linker has to be put beside it (beside/) */
};

/* Looks for `name` as execvp(3) does. 0, or errno: ENOENT, EACCES. */
int program_find(struct program *p, const char *name);

/* Fills in image, sanitizer and why_not, the latter also when what cannot be recorded is the program
 * that env, nice, timeout, ... are to run. `argv` ends with NULL; `library` is to be preloaded. */
void program_examine(struct program *p, char **argv, const char *library);

#endif
