/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command/cmd.h"
#include "command/manual.h"
#include "command/options.h"
#include "model/verdicts.h"

static const struct command_row {
	enum command command;
	int (*run)(int argc, char **argv);
} commands[] = {
	{COMMAND_RUN, cmd_run}, {COMMAND_REPORT, cmd_report}, {COMMAND_DIFF, cmd_diff}, {COMMAND_WATCH, cmd_watch},
	{COMMAND_EXPLAIN, cmd_explain},
};
#define COMMANDS (sizeof commands / sizeof *commands)

static void help(FILE *to)
{
	fputs("connleak finds connection leaks in programs that nobody recompiles.\n\n"
	      "Usage: connleak COMMAND [OPTION...] ...\n\n", to);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-8s %s\n", options_command_name(commands[i].command),
			options_command_summary(commands[i].command));
	fputs("\n  connleak COMMAND --help   the options of a command\n"
	      "  connleak --version        the version\n"
	      "  man connleak              all of it\n\nVerdicts:\n\n", to);
	for (int v = 0; v < VERDICT_COUNT; v++)
		fprintf(to, "  %-13s %s\n", verdict_name((enum verdict)v), verdict_help((enum verdict)v));
}

/* A standard stream that we were started without must not become some file of ours. The program
 * that we run gets it as we did: closed. */
static void hold_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

static int command(int argc, char **argv)
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
	if (strcmp(argv[1], "--man-part") == 0 && argc == 3 && manual_part(argv[2]))
		return 0;
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(argv[1], options_command_name(commands[i].command)) == 0)
			return commands[i].run(argc - 1, argv + 1);
	return trouble("%s: no such %s; try 'connleak --help'", argv[1], argv[1][0] == '-' ? "option" : "command");
}

/* What did not reach standard output (a full disk) was not said. */
int main(int argc, char **argv)
{
	int status;

	hold_standard_streams();
	status = command(argc, argv);
	if ((fflush(stdout) == 0 && !ferror(stdout)) || status == EXIT_TROUBLE)
		return status;
	return trouble("standard output: cannot write to it: %s; send it elsewhere", strerror(errno));
}
