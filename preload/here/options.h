/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recorder's options: what the environment asked for, checked. Knows the names of the
 * variables and their ranges, nothing else.
 */
#ifndef CONNLEAK_OPTIONS_H
#define CONNLEAK_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define OPTIONS_PATHS 3

struct options {
	char output[4096]; /* absolute pattern of the dump's path, with %p for the pid */
	char temporary[256]; /* the same, where to fall back to */
	const char *paths[OPTIONS_PATHS]; /* patterns in the order in which they are tried; NULL is none */
	bool output_given;
	uint32_t stack_depth; /* 0 to 64; 0: no stacks */
	uint32_t script_depth; /* the same, of the frames of a script: a framework's may be many */
	uint32_t history;     /* 0 to 1,000,000 */
	uint32_t inodes;      /* sockets of a process whose inode is asked for at once */
	uint64_t session;
	bool disabled;
};

extern struct options options;

/* Reads the environment as it was at the start of the process image, not as the program may have
 * changed it since. A value that cannot be used is named once on standard error. */
void options_read(void);

/* One line on standard error, by write(2); the program's own streams are not touched. Silent when
 * descriptor 2 is not what it was at the start (it may be a connection by now), or when a write would
 * block. Raises no signal. Async-signal-safe. */
void options_complain(const char *what, const char *which, const char *why);

#endif
