/* SPDX-License-Identifier: Apache-2.0 */
#include "command/options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "command/lists.h"

enum option_id {
	OPTION_NONE = 256, /* getopt_long's values above any character */
#define X(id, name, letter, argument, commands, help) OPTION_##id,
	OPTIONS(X)
#undef X
};

static const struct row {
	enum option_id id;
	const char *name;
	char letter;
	const char *argument;
	unsigned commands;
	const char *help;
} rows[] = {
#define X(id, name, letter, argument, commands, help)                                             \
	{OPTION_##id, name, letter, argument, commands, help},
	OPTIONS(X)
#undef X
};
#define ROWS (sizeof rows / sizeof *rows)

static const struct usage {
	enum command command;
	const char *name, *summary, *line, *what;
} usages[] = {
	{COMMAND_RUN, "run", "run a program with the recorder, then report",
	 "connleak run [OPTION...] [--] CMD [ARG...]",
	 "Runs CMD with the recorder; when it ends, prints the report of it and of every child\n"
	 "that recorded."},
	{COMMAND_REPORT, "report", "report from dumps, a folder of dumps, or a running process",
	 "connleak report [OPTION...] DUMP...|DIR|PID",
	 "Reports from dumps, from all dumps in a folder, or from a process that still runs.\n"
	 "Exit status: 0 nothing that counts as a failure, 1 at least one, 2 it could not do its work."},
	{COMMAND_DIFF, "diff", "what a run leaks that an older one does not", "connleak diff [OPTION...] OLD NEW",
	 "Says which places leak in NEW that do not in OLD; each is a dump, a folder of dumps, a\n"
	 "running process or a report in JSON. Exit status: 0 no new leak, 1 at least one, 2 it could\n"
	 "not do its work."},
	{COMMAND_WATCH, "watch", "live view of a running process", "connleak watch [OPTION...] PID|DUMP",
	 "Live view of a running process; ends when the process does. Exit status: 0, or 2 when it\n"
	 "could not do its work."},
	{COMMAND_EXPLAIN, "explain", "what a verdict means, and what to do about it",
	 "connleak explain [VERDICT/REASON]",
	 "Says what a verdict and its reason mean, and what to do about it in C, Python, Java, Node,\n"
	 "Go and PHP. Without a name it lists them."},
};

static const struct usage *usage_of(enum command command)
{
	for (size_t i = 0; i < sizeof usages / sizeof *usages; i++)
		if (usages[i].command == command)
			return &usages[i];
	return NULL;
}

const char *options_command_name(enum command command)
{
	return usage_of(command)->name;
}

const char *options_command_summary(enum command command)
{
	return usage_of(command)->summary;
}

/* ---- help ------------------------------------------------------------------------------------------- */

#define HELP_COLUMN 26
#define HELP_WIDTH 80

static void put_wrapped(FILE *to, const char *text)
{
	int column = HELP_COLUMN;

	for (const char *p = text; *p;) {
		int n = (int)strcspn(p, " ");

		if (column > HELP_COLUMN && column + n + 1 > HELP_WIDTH) {
			fprintf(to, "\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
		}
		column += fprintf(to, "%s%.*s", column > HELP_COLUMN ? " " : "", n, p);
		p += n + (p[n] == ' ');
	}
	fputc('\n', to);
}

static void option_text(const struct row *r, char *text, size_t size)
{
	char letter[8] = "";

	if (r->letter)
		snprintf(letter, sizeof letter, "-%c, ", r->letter);
	snprintf(text, size, "%s--%s%s%s", letter, r->name, r->argument ? " " : "",
		 r->argument ? r->argument : "");
}

void options_help(FILE *to, enum command command)
{
	const struct usage *u = usage_of(command);

	fprintf(to, "Usage: %s\n\n%s\n\n", u->line, u->what);
	for (size_t i = 0; i < ROWS; i++) {
		char text[64];

		if (!(rows[i].commands & command))
			continue;
		option_text(&rows[i], text, sizeof text);
		if (fprintf(to, "  %-*s", HELP_COLUMN - 2, text) > HELP_COLUMN)
			fprintf(to, "\n%*s", HELP_COLUMN, "");
		put_wrapped(to, rows[i].help);
	}
}

/* Text as roff takes it: an option's hyphens are \-, so that they can be searched for and copied. */
static void put_roff(FILE *to, const char *text)
{
	for (char last = 0; *text; last = *text++)
		if (*text == '-' && (text[1] == '-' || last == '-'))
			fputs("\\-", to);
		else
			fputc(*text, to);
}

void options_man(FILE *to, enum command command)
{
	for (size_t i = 0; i < ROWS; i++) {
		const struct row *r = &rows[i];

		if (!(r->commands & command))
			continue;
		if (r->letter)
			fprintf(to, ".TP\n.BR \\-%c \", \" \\-\\-%s", r->letter, r->name);
		else
			fprintf(to, ".TP\n.BR \\-\\-%s", r->name);
		if (r->argument)
			fprintf(to, " \" \\fI%s\\fR\"", r->argument);
		fputc('\n', to);
		put_roff(to, r->help);
		fputs(".\n", to);
	}
}

void options_words(FILE *to)
{
	for (size_t u = 0; u < sizeof usages / sizeof *usages; u++) {
		fprintf(to, "command\t%s\t%s\n", usages[u].name, usages[u].summary);
		for (size_t i = 0; i < ROWS; i++) {
			const struct row *r = &rows[i];
			char letter[2] = {r->letter, 0};

			if (r->commands & usages[u].command)
				fprintf(to, "option\t%s\t%s\t%s\t%s\t%s\n", usages[u].name, r->name, letter,
					r->argument ? r->argument : "", r->help);
		}
	}
}

/* ---- parsing ---------------------------------------------------------------------------------------- */

static bool number(const char *text, double min, double max, double *value)
{
	char *end;

	errno = 0;
	*value = strtod(text, &end);
	return end != text && !*end && !errno && isfinite(*value) && *value >= min && *value <= max;
}

bool options_whole(const char *text, unsigned long max)
{
	errno = 0;
	return *text && strspn(text, "0123456789") == strlen(text) && strtoul(text, NULL, 10) <= max && !errno;
}

static int set_number(enum option_id id, struct options *o, const char *text)
{
	switch ((int)id) {
	case OPTION_IDLE:
		if (!number(text, 0, 1e9, &o->idle_s))
			return trouble("--idle: '%s': not a number of seconds; use 0 or more", text);
		return -1;
	case OPTION_INTERVAL:
		if (!number(text, 0.05, 86400, &o->interval_s))
			return trouble("--interval: '%s': not a number of seconds; use 0.05 or more", text);
		return -1;
	case OPTION_ERROR_EXITCODE:
		if (!options_whole(text, 255))
			return trouble("--error-exitcode: '%s': not an exit status; use 0 to 255", text);
		o->error_exitcode = atoi(text);
		return -1;
	case OPTION_TOP:
		if (!options_whole(text, 1000000000))
			return trouble("--top: '%s': not a number; use 0 for all", text);
		o->view.top = (unsigned)atoi(text);
		return -1;
	case OPTION_COUNT:
		if (!options_whole(text, 1000000000))
			return trouble("--count: '%s': not a number of pictures; use 0 for no end", text);
		o->count = (unsigned)atoi(text);
		return -1;
	case OPTION_STACK_DEPTH:
		if (!options_whole(text, OPTIONS_STACK_DEPTH_MAX))
			return trouble("--stack-depth: '%s': not a number; use 0 to 64", text);
		o->stack_depth = text;
		return -1;
	default:
		if (!options_whole(text, OPTIONS_HISTORY_MAX))
			return trouble("--history: '%s': not a number; use 0 to 1000000", text);
		o->history = text;
		return -1;
	}
}

static int set_own(struct options *o, bool own, const char *glob)
{
	if (!*glob)
		return trouble("%s: '': no pattern; use one like '*/site-packages/*'", own ? "--own" : "--library");
	if (o->own.count == OWN_RULES_MAX)
		return trouble("--own and --library: more than %d; use patterns for several folders each", OWN_RULES_MAX);
	o->own.rules[o->own.count++] = (struct own_rule){glob, own};
	return -1;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int set_debug_dir(struct options *o, const char *path)
{
	if (!is_folder(path))
		return trouble("--debug-dir: '%s': no such folder; name one as /usr/lib/debug is", path);
	if (o->symbols.debug_count == SYMBOL_FOLDERS_MAX)
		return trouble("--debug-dir: more than %d; put them into fewer folders", SYMBOL_FOLDERS_MAX);
	o->symbols.debug[o->symbols.debug_count++] = path;
	return -1;
}

static int set(enum command command, enum option_id id, struct options *o, const char *text)
{
	switch ((int)id) {
	case OPTION_OUTPUT: o->output = text; return -1;
	case OPTION_KEEP: o->no_keep = false; return -1;
	case OPTION_NO_KEEP: o->no_keep = true; return -1;
	case OPTION_REPORT_FILE: o->report_file = text; return -1;
	case OPTION_FAIL_ON: return lists_fail_on(o, text);
	case OPTION_SORT: return lists_sort(o, text);
	case OPTION_VERDICT: return lists_verdict(o, text);
	case OPTION_PEER: o->view.peer = text; return -1;
	case OPTION_NO_STACKS: o->view.no_stacks = true; return -1;
	case OPTION_VERBOSE: o->view.verbose = true; return -1;
	case OPTION_COLOR: return lists_color(o, text);
	case OPTION_DISABLE: o->disable = true; return -1;
	case OPTION_OWN:
	case OPTION_LIBRARY: return set_own(o, id == OPTION_OWN, text);
	case OPTION_DEBUG_DIR: return set_debug_dir(o, text);
	case OPTION_SYSROOT:
		o->symbols.sysroot = text;
		return is_folder(text) ? -1 : trouble("--sysroot: '%s': no such folder; name a copy of "
							       "the machine's files", text);
	case OPTION_NO_DEMANGLE: o->no_demangle = true; return -1;
	case OPTION_GEN_SUPPRESSIONS: o->gen_suppressions = true; return -1;
	case OPTION_FORMAT:
		o->format = report_format_by_name(text);
		return o->format ? -1 : trouble("--format: '%s': no such format; use %s", text,
						report_format_names());
	case OPTION_SUPPRESSIONS:
		if (o->suppression_count == SUPPRESSION_FILES_MAX)
			return trouble("--suppressions: more than %d files; put them into fewer", SUPPRESSION_FILES_MAX);
		o->suppressions[o->suppression_count++] = text;
		return -1;
	case OPTION_HELP: options_help(stdout, command); return 0;
	default: return set_number(id, o, text);
	}
}

static void table(enum command command, struct option longs[ROWS + 1], char shorts[2 * ROWS + 3])
{
	size_t n = 0, s = 0;

	if (command == COMMAND_RUN)
		shorts[s++] = '+'; /* stop at CMD: its options are its own */
	shorts[s++] = ':';
	for (size_t i = 0; i < ROWS; i++) {
		if (!(rows[i].commands & command))
			continue;
		longs[n++] = (struct option){rows[i].name, rows[i].argument ? required_argument : no_argument,
					     NULL, (int)rows[i].id};
		if (rows[i].letter) {
			shorts[s++] = rows[i].letter;
			if (rows[i].argument)
				shorts[s++] = ':';
		}
	}
	longs[n] = (struct option){0};
	shorts[s] = 0;
}

static enum option_id by_letter(int letter)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].letter == letter)
			return rows[i].id;
	return OPTION_NONE;
}

static bool is_named(const struct row *r, const char *typed)
{
	size_t n = strlen(r->name);

	return strncmp(typed, "--", 2) == 0 && strncmp(typed + 2, r->name, n) == 0 &&
	       (!typed[2 + n] || typed[2 + n] == '=');
}

static int of_others(const struct row *r, const char *typed, const char *command)
{
	char who[64] = "";

	for (size_t i = 0; i < sizeof usages / sizeof *usages; i++)
		if (r->commands & usages[i].command)
			snprintf(who + strlen(who), sizeof who - strlen(who), "%s%s", *who ? ", " : "", usages[i].name);
	return trouble("%s: an option of %s, not of %s; try 'connleak %s --help'", typed, who, command, command);
}

/* getopt says in optopt which one: 0 for an unknown long option, else its value. */
static int wrong_option(int how, const char *command, const char *typed)
{
	char letter[3] = {'-', (char)optopt, 0};

	if (how == ':')
		return trouble("%s: needs a value; try 'connleak %s --help'", typed, command);
	if (optopt >= OPTION_NONE)
		return trouble("%s: takes no value; try 'connleak %s --help'", typed, command);
	if (optopt)
		typed = letter;
	for (size_t i = 0; i < ROWS; i++)
		if (optopt ? rows[i].letter == optopt : is_named(&rows[i], typed))
			return of_others(&rows[i], typed, command);
	return trouble("%s: no such option; try 'connleak %s --help'", typed, command);
}

int options_parse(enum command command, int argc, char **argv, struct options *o)
{
	const char *name = usage_of(command)->name;
	struct option longs[ROWS + 1];
	char shorts[2 * ROWS + 3];
	int c, ret = -1;

	*o = (struct options){.format = report_format_by_name("text"), .idle_s = 10,
			      .fail_on_leaked = true, .error_exitcode = -1, .interval_s = 1,
			      .view = {.top = VIEW_TOP_DEFAULT}};
	table(command, longs, shorts);
	optind = 1;
	opterr = 0;
	while (ret < 0 && (c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (c == '?' || c == ':')
			return wrong_option(c, name, argv[optind - 1]);
		ret = set(command, c < OPTION_NONE ? by_letter(c) : (enum option_id)c, o, optarg);
	}
	if (ret < 0 && command != COMMAND_WATCH)
		lists_unused(o);
	o->rest = optind;
	return ret;
}
