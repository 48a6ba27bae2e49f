/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets over time: more and more, a pool that is full early, and both until no descriptor is left. */
#include "situation.h"

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#define NOINLINE __attribute__((noinline))
#define STEP 10000 /* us: longer than a tick of the clock */

static NOINLINE int leaks(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	__asm__ volatile("" ::: "memory");
	return fd;
}

static NOINLINE int pooled(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	__asm__ volatile("" ::: "memory");
	return fd;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A pool of five, one of which is replaced at each step, and one more that is forgotten at each. What is kept from running
 * for a part of its life that counts has a plateau there: then it takes more steps. Returns how many they were. */
static int run(int steps, bool leak)
{
	double began = seconds(), last = began, now, longest = 0;
	int pool[5], i;

	for (i = 0; i < 5 + steps || longest > (last - began) / 12; i++) {
		if (i >= 5) {
			MUST(!leak || leaks() >= 0);
			usleep(STEP);
			MUST(close(pool[i % 5]) == 0);
		}
		MUST((pool[i % 5] = pooled()) >= 0);
		now = seconds();
		longest = now - last > longest ? now - last : longest;
		last = now;
	}
	return i - 5;
}

static void grows(void)
{
	printf("%d\n", run(40, true));
}

static void plateau(void)
{
	run(40, false);
}

static void limit(rlim_t to)
{
	struct rlimit l;

	MUST(getrlimit(RLIMIT_NOFILE, &l) == 0);
	l.rlim_cur = to;
	MUST(setrlimit(RLIMIT_NOFILE, &l) == 0);
}

static void bursts(int count)
{
	for (int i = 0; i < count; i++)
		MUST(leaks() >= 0);
}

/* By each way to a descriptor that is watched, after the last one has gone. */
static void exhausts(void)
{
	int p[2], listener;
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof a;

	limit(50);
	MUST((listener = pooled()) >= 0 && bind(listener, (struct sockaddr *)&a, size) == 0 && listen(listener, 5) == 0);
	MUST(getsockname(listener, (struct sockaddr *)&a, &size) == 0);
	for (int i = 0; i < 4; i++)
		MUST(pooled() >= 0);
	MUST(connect(leaks(), (struct sockaddr *)&a, size) == 0); /* waits to be accepted */
	while (leaks() >= 0)
		;
	printf("socket %d\n", errno);
	printf("socketpair %d %d\n", socketpair(AF_UNIX, SOCK_STREAM, 0, p), errno);
	printf("accept %d %d\n", accept(listener, NULL, NULL), errno);
	printf("accept4 %d %d\n", accept4(listener, NULL, NULL, 0), errno);
	printf("dup %d %d\n", dup(listener), errno);
	printf("fcntl %d %d\n", fcntl(listener, F_DUPFD_CLOEXEC, 3), errno);
	printf("fcntl %d\n", fcntl(listener, F_GETFD));
}

static void nearly(void)
{
	limit(100);
	bursts(89); /* 0 to 2 are there */
}

static void far(void)
{
	limit(100);
	bursts(60);
	MUST(dup2(2, 98) == 98 && fcntl(2, F_DUPFD, 95) == 95); /* a high number says nothing of how many there are */
}

SITUATIONS({"grows", grows}, {"plateau", plateau}, {"exhausts", exhausts}, {"nearly", nearly}, {"far", far})
