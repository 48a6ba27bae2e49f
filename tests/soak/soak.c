/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads that open, copy and close descriptors at full speed, a signal handler that does the same in
 * the midst of it, and forks in the midst of both. Says at its end how many sockets there were.
 *
 *     soak SECONDS THREADS
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LEFT 5
#define OWN 700 /* each thread has numbers of its own from here on, to copy onto */

static unsigned long sockets, handled;
static int stop;

static void must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	_exit(99);
}
#define MUST(condition) must(condition, #condition)

static int made(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	MUST(fd >= 0);
	__atomic_fetch_add(&sockets, 1, __ATOMIC_RELAXED);
	return fd;
}

/* ---- what a thread does ------------------------------------------------------------------------------ */

static void plain(int own) { MUST(close(made()) == 0); (void)own; }
static void by_syscall(int own) { MUST(syscall(3 /* close */, made()) == 0); (void)own; }

static void copied(int own)
{
	int fd = made(), copy = dup(fd), another = fcntl(fd, F_DUPFD_CLOEXEC, own);

	MUST(copy >= 0 && another >= own && close(copy) == 0 && close(fd) == 0 && close(another) == 0);
}

static void copied_over(int own)
{
	int a = made(), b = made();

	MUST(dup2(a, own) == own && dup2(b, own) == own && dup2(own, own) == own);
	MUST(close(a) == 0 && close(b) == 0 && close(own) == 0);
}

static void a_file_over_it(int own)
{
	int fd = made(), file = open("/dev/null", O_RDWR);

	MUST(file >= 0 && dup3(fd, own, 0) == own && dup2(file, own) == own && dup2(file, fd) == fd);
	MUST(close(fd) == 0 && close(own) == 0 && close(file) == 0);
}

static void a_pair(int own)
{
	char text[8];
	int p[2];

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, p) == 0);
	__atomic_fetch_add(&sockets, 2, __ATOMIC_RELAXED);
	MUST(write(p[0], "12345678", 8) == 8 && read(p[1], text, sizeof text) == 8);
	MUST(close(p[0]) == 0 && read(p[1], text, sizeof text) == 0 && close(p[1]) == 0);
	(void)own;
}

static void *work(void *number)
{
	static void (*const ways[])(int) = {plain, by_syscall, copied, copied_over, a_file_over_it, a_pair};
	int own = OWN + 8 * (int)(long)number;
	unsigned seed = (unsigned)own;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		ways[(unsigned)rand_r(&seed) % (sizeof ways / sizeof *ways)](own);
	return NULL;
}

/* ---- in the midst of it -------------------------------------------------------------------------------- */

static void handler(int signal)
{
	int saved = errno, fd = made(), copy = dup(fd);

	MUST(copy >= 0 && close(fd) == 0 && close(copy) == 0);
	__atomic_fetch_add(&handled, 1, __ATOMIC_RELAXED);
	errno = saved;
	(void)signal;
}

static void child(int n)
{
	close(OWN);
	if (n % 100 == 0) {
		int fd = made(), copy = dup(fd);

		MUST(close(fd) == 0 && close(copy) == 0);
	}
	if (n % 7 == 0) {
		pid_t pid = vfork();

		if (pid == 0) {
			for (int i = 3; i < OWN; i++)
				close(i);
			execl("/bin/true", "true", (char *)NULL);
			_exit(1);
		}
		MUST(waitpid(pid, NULL, 0) == pid);
	}
	_exit(0);
}

static int fork_until(time_t end)
{
	int n = 0, status;

	for (; time(NULL) < end; n++) {
		pid_t pid = fork();

		if (pid == 0)
			child(n);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		MUST(status == 0);
		usleep(20000);
	}
	return n;
}

int main(int argc, char **argv)
{
	int threads = argc > 2 ? atoi(argv[2]) : 4, children;
	struct itimerval often = {{0, 1000}, {0, 1000}};
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
	pthread_t thread[64];

	MUST(argc > 2 && threads > 0 && threads <= 64 && sigaction(SIGALRM, &action, NULL) == 0);
	for (long i = 0; i < threads; i++)
		MUST(pthread_create(&thread[i], NULL, work, (void *)i) == 0);
	MUST(setitimer(ITIMER_REAL, &often, NULL) == 0);
	children = fork_until(time(NULL) + atoi(argv[1]));
	often = (struct itimerval){{0, 0}, {0, 0}};
	MUST(setitimer(ITIMER_REAL, &often, NULL) == 0);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < threads; i++)
		MUST(pthread_join(thread[i], NULL) == 0);
	for (int i = 0; i < LEFT; i++)
		made();
	printf("%lu sockets, %d left, %d children, %lu handlers\n", sockets, LEFT, children, handled);
	return 0;
}
