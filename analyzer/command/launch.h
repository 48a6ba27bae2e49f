/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Launching: the environment that turns a program into a recorded one, its start, its signals, its
 * end. Knows nothing of dumps' contents.
 */
#ifndef CONNLEAK_LAUNCH_H
#define CONNLEAK_LAUNCH_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "command/options.h"
#include "program/program.h"

struct launch {
	char library[PATH_MAX];
	char folder[PATH_MAX];  /* where dumps go, absolute */
	char name[NAME_MAX + 1]; /* of a dump, with %p for the pid */
	char pattern[PATH_MAX]; /* both, as the recorder wants it: % escaped in the folder */
	bool disabled;          /* the user wants nothing recorded */
	uint64_t session;       /* tells this run's dumps from others */
	struct program program;
	pid_t pid;
	bool ended; /* already waited for */
	int status; /* as waitpid(2) gives it */
	uint64_t started_wall, ended_wall; /* CLOCK_REALTIME ns */
};

/* Checks the environment, finds the library and a place for dumps, examines the program. -1: go on; else the
 * status to exit with, after one line on standard error. Nothing has been run. */
int launch_prepare(struct launch *l, const struct options *o, char **argv);

/* Runs it and waits for its end; signals that reach only us are passed on. -1, or the status to
 * exit with when it could not be run: 127 not found, 126 not executable. */
int launch_run(struct launch *l, const struct options *o, char **argv);

/* What a shell would make of the status: the exit status, or 128 + the signal. */
int launch_exit_status(const struct launch *l);

#endif
