/* SPDX-License-Identifier: Apache-2.0 */
#include "progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static double started;
static bool shown;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void progress(const char *doing, const char *what)
{
	if (started == 0)
		started = now();
	if (!isatty(STDERR_FILENO) || now() - started < 1)
		return;
	fprintf(stderr, "\r\033[Kconnleak: %s %s ...", doing, what ? what : "");
	shown = true;
}

void progress_end(void)
{
	if (shown)
		fputs("\r\033[K", stderr);
	shown = false;
	started = 0;
}
