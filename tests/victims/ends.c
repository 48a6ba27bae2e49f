/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that end at the same instant, first in this process, then in forked children of it. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 8

static pthread_barrier_t barrier;

static void *end_together(void *unused)
{
	pthread_barrier_wait(&barrier);
	return NULL;
}

static void all_at_once(void)
{
	pthread_t threads[THREADS];
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	alarm(120); /* who hangs is killed */
	pthread_barrier_init(&barrier, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, end_together, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	close(fd);
}

int main(int argc, char **argv)
{
	int children = argc > 1 ? atoi(argv[1]) : 0, status, good = 0;

	all_at_once();
	for (int i = 0; i < children; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			all_at_once();
			_exit(0);
		}
		waitpid(pid, &status, 0);
		good += status == 0;
	}
	printf("%d of %d\n", good, children);
	return good != children;
}
