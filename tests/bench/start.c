/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start NUMBER PROGRAM [ARGUMENT...]: starts it that often, one after the other. Prints how long one
 * takes from its start to its end, in us: the median. LD_PRELOAD_CHILD is its LD_PRELOAD.
 *
 * start_none and start_socket are programs to be started: one does nothing, the other opens a socket.
 */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double once(char **argv)
{
	double since = now();
	int status;
	pid_t child;

	if (posix_spawnp(&child, argv[0], NULL, NULL, argv, environ) != 0 ||
	    waitpid(child, &status, 0) != child || status != 0) {
		perror(argv[0]);
		exit(2);
	}
	return now() - since;
}

int main(int argc, char **argv)
{
	const char *preload = getenv("LD_PRELOAD_CHILD");
	int count = argc > 2 ? atoi(argv[1]) : 0;
	double *times;

	if (count < 1) {
		fprintf(stderr, "usage: start NUMBER PROGRAM [ARGUMENT...]\n");
		return 2;
	}
	if (preload)
		setenv("LD_PRELOAD", preload, 1);
	times = calloc((size_t)count, sizeof *times);
	for (int i = 0; i < count; i++)
		times[i] = once(argv + 2);
	qsort(times, (size_t)count, sizeof *times, by_size);
	printf("%.1f\n", times[count / 2]);
	return 0;
}
