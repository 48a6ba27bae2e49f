/* SPDX-License-Identifier: Apache-2.0 */
/* replay FOLDER: events from standard input (events.md), dumps into the folder. Gives up every right first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "replay.h"

static struct replay replay;

int main(int argc, char **argv)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t size;

	if (argc != 2)
		return 2;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)))
		return 2;
	replay.folder = argv[1];
	while ((size = getline(&line, &room, stdin)) > 0)
		replay_line(&replay, line, (size_t)size - (line[size - 1] == '\n'));
	free(line);
	replay_end(&replay);
	replay_free(&replay);
	return 0;
}
