/* SPDX-License-Identifier: Apache-2.0 */
#include "base/package.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define DPKG_QUERY "/usr/bin/dpkg-query"

/* What it writes, or nothing. */
static size_t ask(const char *path, char *to, size_t size)
{
	char *const arguments[] = {DPKG_QUERY, "--search", (char *)path, NULL};
	posix_spawn_file_actions_t actions;
	size_t n = 0;
	ssize_t part;
	int ends[2], status = -1;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return 0;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (posix_spawn(&pid, DPKG_QUERY, &actions, NULL, arguments, environ) != 0)
		pid = -1;
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	while (pid > 0 && n < size && (part = read(ends[0], to + n, size - n)) > 0)
		n += (size_t)part;
	close(ends[0]);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 ? n : 0;
}

/* "libcurl4:amd64: /usr/lib/x86_64-linux-gnu/libcurl.so.4.8.0", also of more than one package. */
bool package_of(const char *path, char *to, size_t size)
{
	static const char merged[] = "/usr"; /* its files are dpkg's without it (Debian's merged /usr) */
	char answer[1024];
	size_t n;

	/* It takes patterns, too. */
	if (*path != '/' || strpbrk(path, "*?[\\") || access(DPKG_QUERY, X_OK) != 0)
		return false;
	n = ask(path, answer, sizeof answer - 1);
	if (!n && strncmp(path, merged, sizeof merged - 1) == 0)
		n = ask(path + sizeof merged - 1, answer, sizeof answer - 1);
	answer[n] = 0;
	answer[strcspn(answer, ":, \n")] = 0;
	if (!*answer || strspn(answer, "abcdefghijklmnopqrstuvwxyz0123456789+-.") != strlen(answer))
		return false;
	snprintf(to, size, "%s", answer);
	return true;
}
