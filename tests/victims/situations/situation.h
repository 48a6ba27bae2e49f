/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A victim that is a list of situations: the first argument names the one to run, which says what
 * the program saw on standard output and leaves its sockets as the test expects them. An unconnected
 * TCP socket is the cheapest thing that can leak, so most situations are made of these.
 */
#ifndef CONNLEAK_SITUATION_H
#define CONNLEAK_SITUATION_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "connleak/sys.h" /* sys_call: system calls that no preloaded library can see */

struct situation {
	const char *name;
	void (*run)(void);
};

#define MUST(condition)                                                                           \
	do {                                                                                      \
		if (!(condition)) {                                                               \
			fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #condition,        \
				strerror(errno));                                                 \
			exit(99);                                                                 \
		}                                                                                 \
	} while (0)

static inline int made(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	MUST(fd >= 0);
	return fd;
}

/* Two connected TCP sockets: fds[0] connected, fds[1] accepted; the listener is closed again. */
static inline void connected(int fds[2])
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	int listener = made();

	MUST(bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 8) == 0);
	MUST(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
	fds[0] = made();
	MUST(connect(fds[0], (struct sockaddr *)&address, size) == 0);
	MUST((fds[1] = accept(listener, NULL, NULL)) >= 0);
	MUST(close(listener) == 0);
}

static inline int sleeps(pid_t task)
{
	char path[64], line[200] = "", *after;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/stat", task);
	f = fopen(path, "re");
	after = f && fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
	if (f)
		fclose(f);
	return after && after[2] == 'S';
}

/* Until a process's first thread, or any other, has gone to sleep and stays asleep, in whatever call it is. */
static inline void await_sleep(pid_t task)
{
	for (int asleep = 0; asleep < 5; asleep = sleeps(task) ? asleep + 1 : 0)
		usleep(1000);
}

/* Waits for a child and says how it ended. */
static inline void reap(pid_t pid)
{
	int status;

	MUST(pid > 0 && waitpid(pid, &status, 0) == pid);
	printf("child %s %d\n", WIFSIGNALED(status) ? "killed by" : "exited with",
	       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

static inline int choose(int argc, char **argv, const struct situation *list, size_t count)
{
	for (size_t i = 0; argc > 1 && i < count; i++)
		if (strcmp(argv[1], list[i].name) == 0) {
			list[i].run();
			return 0;
		}
	fprintf(stderr, "no such situation: %s\n", argc > 1 ? argv[1] : "none named");
	return 98;
}

#define SITUATIONS(...)                                                                           \
	int main(int argc, char **argv)                                                           \
	{                                                                                         \
		static const struct situation list[] = {__VA_ARGS__};                             \
                                                                                                  \
		return choose(argc, argv, list, sizeof list / sizeof *list);                      \
	}

#endif
