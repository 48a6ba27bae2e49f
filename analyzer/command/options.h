/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line of connleak: one table of options makes the parsing, --help and the man page.
 * Knows what may be typed, not what is done about it.
 */
#ifndef CONNLEAK_OPTIONS_H
#define CONNLEAK_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/trouble.h"
#include "name/module_file.h"
#include "name/own.h"
#include "say/report.h"

#define EXIT_LEAKS 1 /* at least one finding that counts */

enum command {
	COMMAND_RUN = 1,
	COMMAND_REPORT = 2,
	COMMAND_WATCH = 4,
	COMMAND_DIFF = 8,
	COMMAND_EXPLAIN = 16,
};

/* enum, long name, short name or 0, argument or NULL, commands that have it, help */
#define OPTIONS(X)                                                                                \
	X(OUTPUT, "output", 'o', "PATH", COMMAND_RUN,                                             \
	  "where dumps go: a folder, or a file name with %p for the pid (default: "               \
	  "connleak.%p.dump in the working folder, or in the temporary folder when that one "     \
	  "cannot be written)")                                                                   \
	X(KEEP, "keep", 0, NULL, COMMAND_RUN, "keep the dump files after the report (default)")   \
	X(NO_KEEP, "no-keep", 0, NULL, COMMAND_RUN, "remove the dump files after the report")     \
	X(STACK_DEPTH, "stack-depth", 0, "N", COMMAND_RUN,                                        \
	  "frames of each stack, 0 to 64 (default 32; of a script 64)")                          \
	X(HISTORY, "history", 0, "N", COMMAND_RUN,                                                \
	  "how many closed connections to keep one by one (default 4096); older ones live on "    \
	  "in the counters of their call site")                                                   \
	X(DISABLE, "disable", 0, NULL, COMMAND_RUN, "run CMD without recording it")                \
	X(FORMAT, "format", 'f', "FMT", COMMAND_RUN | COMMAND_REPORT | COMMAND_DIFF,              \
	  "text (default), json, html, sarif, junit, folded, pprof, prometheus or rows; of a "    \
	  "difference text or json")                                                         \
	X(REPORT_FILE, "report-file", 0, "PATH", COMMAND_RUN | COMMAND_REPORT | COMMAND_DIFF,     \
	  "report to a file instead of standard error (run) or standard output (report)")         \
	X(IDLE, "idle", 0, "SECONDS", COMMAND_RUN | COMMAND_REPORT | COMMAND_DIFF | COMMAND_WATCH, \
	  "how long without traffic before an open connection of a running process counts as "    \
	  "idle (default 10)")                                                                    \
	X(FAIL_ON, "fail-on", 0, "LIST", COMMAND_RUN | COMMAND_REPORT,                            \
	  "verdicts that count as failures, comma-separated: leaked (default), drained, none; also "  \
	  "exhausted, that the program ran into \"too many open files\"")    \
	X(TOP, "top", 0, "N", COMMAND_RUN | COMMAND_REPORT | COMMAND_WATCH,                                       \
	  "how many places a section of a text report shows, or a picture where watch has no terminal, 0 for all " \
	  "(default 20)")             \
	X(SORT, "sort", 0, "KEY", COMMAND_RUN | COMMAND_REPORT | COMMAND_WATCH,                                   \
	  "the order of the places of a text report or a live view, the largest first: leaked (default), "       \
	  "drained, opened, open (now) or most (open at once)")                                   \
	X(VERDICT, "verdict", 0, "LIST", COMMAND_RUN | COMMAND_REPORT | COMMAND_WATCH,                            \
	  "show only these in a text report or a live view, and list only these as json, rows, html and sarif, "  \
	  "comma-separated: leaked, leaked/undrained, drained, ...; all of them count as before")                \
	X(PEER, "peer", 0, "GLOB", COMMAND_RUN | COMMAND_REPORT | COMMAND_WATCH,                                  \
	  "show only connections with such peers, where --verdict does, by address (with or without its port) or " \
	  "by the name that was asked for; all of them count as before")                                          \
	X(NO_STACKS, "no-stacks", 0, NULL, COMMAND_RUN | COMMAND_REPORT | COMMAND_WATCH,                          \
	  "no stacks in a text report or a live view")                                                           \
	X(VERBOSE, "verbose", 'v', NULL, COMMAND_RUN | COMMAND_REPORT,                            \
	  "more in a text report: whole stacks, each connection, each thread, each process, "     \
	  "suppressions that matched nothing")                                                    \
	X(COLOR, "color", 0, "WHEN", COMMAND_RUN | COMMAND_REPORT | COMMAND_WATCH,                                \
	  "colours in a text report or a live view: auto (default: on a terminal, unless NO_COLOR is set), "     \
	  "always or never")                                                                      \
	X(ERROR_EXITCODE, "error-exitcode", 0, "N", COMMAND_RUN,                                  \
	  "exit with N when a failure was found, or when the program could not be recorded; "     \
	  "without it run exits as CMD did (128+signal when killed)")                             \
	X(SUPPRESSIONS, "suppressions", 0, "FILE", COMMAND_RUN | COMMAND_REPORT | COMMAND_DIFF,   \
	  "findings that do not count; may be given more than once")                              \
	X(GEN_SUPPRESSIONS, "gen-suppressions", 0, NULL, COMMAND_RUN | COMMAND_REPORT,            \
	  "print a suppression for each finding after the report")                                \
	X(OWN, "own", 0, "GLOB", COMMAND_RUN | COMMAND_REPORT | COMMAND_DIFF | COMMAND_WATCH,         \
	  "code that is the program's own, by source file, module or function, so that places are looked for " \
	  "there; may be given more than once, and the last one that matches decides")            \
	X(LIBRARY, "library", 0, "GLOB", COMMAND_RUN | COMMAND_REPORT | COMMAND_DIFF | COMMAND_WATCH, \
	  "code that is a library's, in the same way")                                            \
	X(DEBUG_DIR, "debug-dir", 0, "DIR", COMMAND_RUN | COMMAND_REPORT | COMMAND_DIFF | COMMAND_WATCH, \
	  "where debug information lies, beside /usr/lib/debug: by build id, by the name in .gnu_debuglink, or " \
	  "the program as it was before it was stripped; may be given more than once")            \
	X(SYSROOT, "sysroot", 0, "DIR", COMMAND_RUN | COMMAND_REPORT | COMMAND_DIFF | COMMAND_WATCH, \
	  "the root folder of the machine that recorded, as it lies here")                        \
	X(NO_DEMANGLE, "no-demangle", 0, NULL, COMMAND_RUN | COMMAND_REPORT | COMMAND_DIFF | COMMAND_WATCH, \
	  "leave the names of C++, Rust and D as the compiler made them")                         \
	X(INTERVAL, "interval", 'n', "SECONDS", COMMAND_WATCH,                                    \
	  "time between two pictures (default 1)")                                                \
	X(COUNT, "count", 'c', "N", COMMAND_WATCH, "stop after N pictures")                       \
	X(HELP, "help", 'h', NULL, COMMAND_RUN | COMMAND_REPORT | COMMAND_DIFF | COMMAND_WATCH | COMMAND_EXPLAIN, \
	  "this help")

#define SUPPRESSION_FILES_MAX 32
/* The recorder's own limits. */
#define OPTIONS_STACK_DEPTH_MAX 64
#define OPTIONS_HISTORY_MAX 1000000

struct options {
	const char *output; /* NULL: the default */
	bool no_keep;
	const char *stack_depth, *history; /* as typed, checked; NULL: the recorder's default */
	bool disable;
	const struct report_format *format;
	const char *report_file;
	double idle_s;
	bool fail_on_leaked, fail_on_drained, fail_on_exhausted;
	int error_exitcode; /* -1: none */
	const char *suppressions[SUPPRESSION_FILES_MAX];
	unsigned suppression_count;
	bool gen_suppressions;
	struct own own;
	struct symbol_folders symbols;
	bool no_demangle;
	struct view view;
	enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } color;
	double interval_s;
	unsigned count; /* 0: for ever */
	int rest;       /* index into argv of the first argument that is no option */
};

/* Parses argv[1...] of a command. -1: go on; else the status to exit with, after a line on standard
 * error or the help on standard output. */
int options_parse(enum command command, int argc, char **argv, struct options *o);

/* "run", and what it does in half a sentence. */
const char *options_command_name(enum command command);
const char *options_command_summary(enum command command);

void options_help(FILE *to, enum command command);
/* The options as the lines of a man page (man(7)). */
void options_man(FILE *to, enum command command);
/* Commands and options, a line each, for programs: "command", name, what it does; "option",
 * command, name, letter or "", argument or "", help. Separated by tabs. */
void options_words(FILE *to);

/* Is it a whole number from 0 to max, in decimal digits only? */
bool options_whole(const char *text, unsigned long max);

#endif
