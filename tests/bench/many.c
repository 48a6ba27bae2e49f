/* SPDX-License-Identifier: Apache-2.0 */
/*
 * many NUMBER [open]: that many sockets open at once (ends of socketpairs), or as many as the hard limit on
 * descriptors lets it. Prints how many, and what each step costs in processor time: a socket when
 * there are few and when there are nearly NUMBER, a call on one then and then (ns), and the child of
 * a fork that uses one of them (ms); with "open" only the sockets. With BENCH_MADE_UP in the environment
 * the sockets are those of null.c: no limit counts, and no child is asked for.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SAMPLE 2000

static int (*pairs)[2];

static double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void must(int good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(2);
}

/* ns for each socket of the pairs from..to */
static double open_some(long from, long to)
{
	double since = now(CLOCK_PROCESS_CPUTIME_ID);

	for (long i = from; i < to; i++)
		must(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]) == 0, "socketpair");
	return (now(CLOCK_PROCESS_CPUTIME_ID) - since) / (double)(to - from) / 2;
}

static double talk(long pair)
{
	char buffer[64] = "";
	double since = now(CLOCK_PROCESS_CPUTIME_ID);

	for (int i = 0; i < 10000; i++) {
		send(pairs[pair][0], buffer, sizeof buffer, 0);
		recv(pairs[pair][1], buffer, sizeof buffer, 0);
	}
	return (now(CLOCK_PROCESS_CPUTIME_ID) - since) / 20000;
}

/* ms of processor time of a child that uses one socket and ends */
static double fork_and_use(void)
{
	struct rusage used;
	int status;
	pid_t child = fork();

	if (child == 0) {
		char byte = 0;

		send(pairs[0][0], &byte, 1, 0);
		_exit(0);
	}
	must(child > 0 && wait4(child, &status, 0, &used) == child && status == 0, "child");
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3 +
	       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e3;
}

/* The limit for so many pairs; fewer when it cannot be had. */
static long permitted(long count)
{
	struct rlimit limit = {(rlim_t)count * 2 + 64, (rlim_t)count * 2 + 64};

	if (getenv("BENCH_MADE_UP"))
		return count;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return count;
	must(getrlimit(RLIMIT_NOFILE, &limit) == 0, "RLIMIT_NOFILE");
	if ((long)limit.rlim_max < count * 2 + 64)
		count = ((long)limit.rlim_max - 64) / 2;
	limit.rlim_cur = limit.rlim_max;
	must(setrlimit(RLIMIT_NOFILE, &limit) == 0, "RLIMIT_NOFILE");
	return count;
}

int main(int argc, char **argv)
{
	bool only = argc == 3 && strcmp(argv[2], "open") == 0;
	long count = argc == 2 || only ? permitted(atol(argv[1]) / 2) : 0;
	double first, last, few;

	if (count < 2 * SAMPLE) {
		fprintf(stderr, "usage: many NUMBER [open] (%d at least)\n", 4 * SAMPLE);
		return 2;
	}
	pairs = calloc((size_t)count, sizeof *pairs);
	close(socket(AF_UNIX, SOCK_STREAM, 0)); /* the dump is there */
	first = open_some(0, SAMPLE);
	few = only ? 0 : talk(0);
	open_some(SAMPLE, count - SAMPLE);
	last = open_some(count - SAMPLE, count);
	printf("count %ld first %.0f last %.0f few %.0f many %.0f", count * 2, first, last, few, only ? 0 : talk(count - 1));
	printf(" fork %.1f\n", getenv("BENCH_MADE_UP") || only ? 0.0 : fork_and_use());
	return 0;
}
