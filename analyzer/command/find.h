/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding dumps: in files, in folders, of a running process, of a session of connleak run. Knows
 * file names and headers, not what is in a dump.
 */
#ifndef CONNLEAK_FIND_H
#define CONNLEAK_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct paths {
	char **path;
	size_t count;
};

void paths_free(struct paths *p);

/* Adds what an argument of the user stands for: a file, a folder, a pid. -1, or an exit status
 * after a line on standard error. */
int find_argument(struct paths *p, const char *argument);

/* Adds the dumps in the folder and in the temporary folder that were made in this session, at
 * `since` (CLOCK_REALTIME, seconds) or later. `name` is theirs, with %p for the pid. */
void find_session(struct paths *p, const char *folder, const char *name, uint64_t session, time_t since);

#endif
