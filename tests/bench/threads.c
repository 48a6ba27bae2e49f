/* SPDX-License-Identifier: Apache-2.0 */
/*
 * threads NUMBER OPERATIONS: that many threads share the operations, each with a socketpair of its
 * own: 64 bytes go over it and back, and every tenth time a socket is opened and closed. Prints the
 * processor time of an operation, in ns: it stays the same as long as nobody waits for anybody.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static long each;

static void *work(void *unused)
{
	char buffer[64] = "";
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return NULL;
	for (long i = 0; i < each; i++) {
		send(pair[0], buffer, sizeof buffer, 0);
		recv(pair[1], buffer, sizeof buffer, 0);
		if (i % 10 == 0)
			close(socket(AF_UNIX, SOCK_STREAM, 0));
	}
	close(pair[0]);
	close(pair[1]);
	return NULL;
}

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
	int number = argc == 3 ? atoi(argv[1]) : 0;
	pthread_t threads[1024];
	double since;

	if (number < 1 || number > 1024) {
		fprintf(stderr, "usage: threads NUMBER OPERATIONS\n");
		return 2;
	}
	each = atol(argv[2]) / number;
	close(socket(AF_UNIX, SOCK_STREAM, 0)); /* the dump is there */
	since = cpu();
	for (int i = 0; i < number; i++)
		pthread_create(&threads[i], NULL, work, NULL);
	for (int i = 0; i < number; i++)
		pthread_join(threads[i], NULL);
	printf("%.1f\n", (cpu() - since) / (double)(each * number));
	return 0;
}
