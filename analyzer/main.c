/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "options.h"
#include "verdict.h"

static const struct command_row {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{"run", cmd_run, "run a program with the recorder, then report"},
	{"report", cmd_report, "report from dumps, a folder of dumps, or a running process"},
	{"watch", cmd_watch, "live view of a running process"},
};
#define COMMANDS (sizeof commands / sizeof *commands)

static void help(FILE *to)
{
	fputs("connleak finds connection leaks in programs that nobody recompiles.\n\n"
	      "Usage: connleak COMMAND [OPTION...] ...\n\n", to);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].help);
	fputs("\n  connleak COMMAND --help   the options of a command\n"
	      "  connleak --version        the version\n"
	      "  man connleak              all of it\n\nVerdicts:\n\n", to);
	for (int v = 0; v < VERDICT_COUNT; v++)
		fprintf(to, "  %-13s %s\n", verdict_name((enum verdict)v), verdict_help((enum verdict)v));
}

/* The parts of the man page that come from the same tables as the code (doc/meson.build). */
static void man_part(const char *part)
{
	if (strcmp(part, "verdicts") == 0)
		for (int v = 0; v < VERDICT_COUNT; v++)
			printf(".TP\n.B %s\n%s.\n", verdict_name((enum verdict)v), verdict_help((enum verdict)v));
	else if (strcmp(part, "reasons") == 0)
		for (int r = 0; r < REASON_COUNT; r++)
			printf(".TP\n.B %s\n%s.\n", reason_name((enum reason)r), reason_help((enum reason)r));
	else
		options_man(stdout, strcmp(part, "run") == 0 ? COMMAND_RUN :
			    strcmp(part, "report") == 0	     ? COMMAND_REPORT : COMMAND_WATCH);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		help(stderr);
		return EXIT_TROUBLE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
		help(stdout);
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		puts("connleak " CONNLEAK_VERSION);
		return 0;
	}
	if (strcmp(argv[1], "--man-part") == 0 && argc == 3) {
		man_part(argv[2]);
		return 0;
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	return trouble("%s: no such %s; try 'connleak --help'", argv[1], argv[1][0] == '-' ? "option" : "command");
}
