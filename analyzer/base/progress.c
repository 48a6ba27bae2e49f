/* SPDX-License-Identifier: Apache-2.0 */
#include "base/progress.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define WIPE "\r\033[K"

static char line[80]; /* longer ones would be two on a terminal, and only one is wiped */
static volatile sig_atomic_t seconds, shown;
static bool runs;

/* Async-signal-safe. Nobody can be told of an error. */
static void say(const char *bytes, size_t size)
{
	ssize_t n = write(STDERR_FILENO, bytes, size);

	(void)n;
}

static void tick(int number)
{
	char text[sizeof line + 24], digits[12];
	size_t n = strlen(line), d = 0;

	(void)number;
	memcpy(text, line, n);
	for (int left = ++seconds; left; left /= 10)
		digits[d++] = (char)('0' + left % 10);
	while (d)
		text[n++] = digits[--d];
	text[n++] = 's';
	say(text, n);
	shown = 1;
}

static void every(int s)
{
	struct itimerval t = {{s, 0}, {s, 0}};

	setitimer(ITIMER_REAL, &t, NULL);
}

void progress(const char *doing, const char *what)
{
	struct sigaction a = {.sa_handler = tick, .sa_flags = SA_RESTART};
	sigset_t alarm;
	char next[sizeof line - 16];
	int n;

	if (!isatty(STDERR_FILENO))
		return;
	n = snprintf(next, sizeof next, "connleak: %s %s", doing, what ? what : "");
	for (char *p = next; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			*p = '?'; /* a name is no command for the terminal */
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	sigprocmask(SIG_BLOCK, &alarm, NULL);
	snprintf(line, sizeof line, WIPE "%s%s ", next, n < (int)sizeof next ? "" : "...");
	sigprocmask(SIG_UNBLOCK, &alarm, NULL);
	if (runs)
		return;
	runs = true;
	seconds = 0;
	sigemptyset(&a.sa_mask);
	sigaction(SIGALRM, &a, NULL);
	every(1);
}

void progress_wipe(void)
{
	if (shown)
		say(WIPE, sizeof WIPE - 1);
	shown = 0;
}

void progress_end(void)
{
	every(0);
	progress_wipe();
	runs = false;
}
