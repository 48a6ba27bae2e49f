/* SPDX-License-Identifier: Apache-2.0 */
/* What victims share, in C and C++: they stop at the first thing that is not as they need it. */
#pragma once
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MUST(condition)                                                                           \
	do                                                                                        \
		if (!(condition)) {                                                               \
			fprintf(stderr, "%s:%d: %s: %m\n", __FILE__, __LINE__, #condition);       \
			_exit(3);                                                                 \
		}                                                                                 \
	while (0)

/* On a port of the kernel's choice; its address in *a. */
static inline int tcp_listen(struct sockaddr_in *a, int backlog)
{
	socklen_t size = sizeof *a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	memset(a, 0, sizeof *a);
	a->sin_family = AF_INET;
	a->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	MUST(fd >= 0 && bind(fd, (struct sockaddr *)a, sizeof *a) == 0 && listen(fd, backlog) == 0);
	MUST(getsockname(fd, (struct sockaddr *)a, &size) == 0);
	return fd;
}

static inline int tcp_connect(const struct sockaddr_in *a)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	MUST(fd >= 0 && connect(fd, (const struct sockaddr *)a, sizeof *a) == 0);
	return fd;
}

/* Both ends of a connection: [0] connected, [1] accepted. The listener is closed again. */
static inline void tcp_pair(int ends[2])
{
	struct sockaddr_in a;
	int listener = tcp_listen(&a, 1);

	ends[0] = tcp_connect(&a);
	ends[1] = accept(listener, NULL, NULL);
	MUST(ends[1] >= 0 && close(listener) == 0);
}

static inline pid_t tid_of_self(void)
{
	return (pid_t)syscall(SYS_gettid);
}

/* Until the kernel counts this many threads of this process. */
static inline void await_threads(unsigned count)
{
	unsigned n;

	do {
		char line[200];
		FILE *f = fopen("/proc/self/status", "re");

		n = 0;
		while (f && fgets(line, sizeof line, f))
			sscanf(line, "Threads: %u", &n);
		if (f)
			fclose(f);
		usleep(1000);
	} while (n != count);
}

/* Until the thread has gone to sleep and stays asleep, in whatever call it is. */
static inline void await_sleep(pid_t tid)
{
	unsigned asleep = 0;

	while (asleep < 5) {
		char path[64], line[200] = "", *after;
		FILE *f;

		snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
		f = fopen(path, "re");
		MUST(f); /* it has ended, and will not sleep */
		after = fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
		fclose(f);
		asleep = after && after[2] == 'S' ? asleep + 1 : 0;
		usleep(1000);
	}
}
