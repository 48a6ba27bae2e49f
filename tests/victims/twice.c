/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors that are closed twice, and what only looks so. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

#include "older.h"
#include "victim.h"

static int listener;
static struct sockaddr_in at;

static int opens(void)
{
	return tcp_connect(&at);
}

static __attribute__((noinline)) void closes(int fd)
{
	MUST(close(fd) == 0);
	__asm__ volatile("");
}

static __attribute__((noinline)) void closes_again(int fd)
{
	MUST(close(fd) < 0 && errno == EBADF);
	__asm__ volatile("");
}

static void *closes_in_thread(void *fd)
{
	closes((int)(intptr_t)fd);
	return NULL;
}

static void in_thread(void *(*what)(void *), int fd)
{
	pthread_t t;

	MUST(pthread_create(&t, NULL, what, (void *)(intptr_t)fd) == 0 && pthread_join(t, NULL) == 0);
}

/* As io_uring does: nobody sees it. */
static long close_by_kernel(int fd)
{
#ifdef __x86_64__
	long ret;

	__asm__ volatile("syscall" : "=a"(ret) : "a"((long)SYS_close), "D"((long)fd) : "rcx", "r11", "memory");
	return ret;
#else
	return close(fd);
#endif
}

/* ---- closed twice -------------------------------------------------------------------------------------------- */

static void plain(void)
{
	int fd = opens();

	closes(fd);
	closes_again(fd);
}

static void other_sockets(void) /* not next to each other */
{
	struct sockaddr_in a;
	int udp = socket(AF_INET, SOCK_DGRAM, 0), between = opens(), listens = tcp_listen(&a, 1);

	closes(udp);
	closes(listens);
	closes_again(udp);
	closes(between);
	closes_again(listens);
}

static void copied(void)
{
	int fd = opens(), copy = dup(fd);

	closes(fd);
	closes_again(fd);
	closes(copy);
}

static void another_thread(void)
{
	int fd = opens();

	in_thread(closes_in_thread, fd);
	closes_again(fd);
}

static void by_syscall(void)
{
	int fd = opens();

	closes(fd);
	MUST(syscall(SYS_close, fd) < 0 && errno == EBADF);
}

static void first_by_syscall(void)
{
	int fd = opens();

	MUST(syscall(SYS_close, fd) == 0);
	closes_again(fd);
}

static void stream_closed_late(void)
{
	int fd = opens();
	FILE *f = fdopen(fd, "r");

	closes(fd);
	MUST(fclose(f) == EOF && errno == EBADF);
}

static void stream_closed_early(void)
{
	int fd = opens();

	MUST(fclose(fdopen(fd, "r")) == 0);
	closes_again(fd);
}

static __attribute__((noinline)) void owner_of_first_closes(int fd)
{
	MUST(close(fd) == 0);
	__asm__ volatile("");
}

/* What has the number by then is another's. */
static void hits_another(void)
{
	int first = opens(), second;

	owner_of_first_closes(first);
	second = opens();
	MUST(first == second);
	owner_of_first_closes(first);
	closes_again(second);
}

static int number;

/* It has a connection of its own, of the number, and closes it twice: the second time it is main's. */
static pthread_barrier_t step;

static void *closes_its_own_twice(void *unused)
{
	int fd = opens();

	number = fd;
	owner_of_first_closes(fd);
	pthread_barrier_wait(&step);
	pthread_barrier_wait(&step);
	owner_of_first_closes(fd);
	return unused;
}

static void hit_by_thread(void)
{
	pthread_t t;
	int fd;

	MUST(pthread_barrier_init(&step, NULL, 2) == 0 && pthread_create(&t, NULL, closes_its_own_twice, NULL) == 0);
	pthread_barrier_wait(&step);
	fd = opens();
	MUST(fd == number);
	pthread_barrier_wait(&step);
	MUST(pthread_join(t, NULL) == 0);
	closes_again(fd);
}

static void child(void)
{
	int status;

	if (fork() == 0) {
		plain();
		_exit(0);
	}
	MUST(wait(&status) > 0 && status == 0);
}

static void many(void)
{
	for (int i = 0; i < 200; i++) {
		int fd = opens();

		closes(fd);
		if (i >= 100)
			closes_again(fd);
	}
}

/* Each pool of two is closed from two lines. */
static void neighbours(void)
{
	int a = opens(), b = opens();

	closes(a);
	closes(b);
	closes_again(a);
	MUST(close(b) < 0 && errno == EBADF);
}

static __attribute__((noinline)) void gives_up(int fd)
{
	close(fd);
	__asm__ volatile("");
}

static void same_place(void)
{
	int fd = opens();

	gives_up(fd);
	gives_up(fd);
}

static void pair(void)
{
	int a = opens(), b = opens();

	close(a), close(b);
	MUST(a + 1 == b && close(a) < 0 && close(b) < 0);
}

/* ---- what only looks so --------------------------------------------------------------------------------------- */

static void daemon_loop(void)
{
	int one = opens(), other = opens();

	closes(one);
	closes(other);
	for (int fd = 3; fd < 1024; fd++)
		if (fd != listener)
			close(fd);
}

static void daemon_loop_down(void)
{
	closes(opens());
	for (int fd = 200; fd >= 3; fd--)
		close(fd);
}

/* It ends with the number in question, and those before are open. */
static void short_loop(void)
{
	int file = open("/dev/null", O_RDONLY), fd = opens();

	MUST(fd == file + 1);
	closes(fd);
	for (int n = 3; n <= fd; n++)
		close(n);
}

/* A loop over all there may be, as a compiler writes it. */
static void unrolled(void)
{
	int file = open("/dev/null", O_RDONLY), fd = opens();

	MUST(fd == file + 1);
	closes(fd);
	close(file), close(file + 1), close(file + 2), close(file + 3);
}

static void unrolled_to_its_end(void)
{
	int first = open("/dev/null", O_RDONLY), file = open("/dev/null", O_RDONLY), fd = opens();

	MUST(fd == file + 1);
	closes(fd);
	close(first), close(first + 1), close(first + 2);
}

static void loop_by_syscall(void)
{
	closes(opens());
	for (long fd = 3; fd < 1024; fd++)
		syscall(SYS_close, fd);
}

static void ranges(void)
{
	int fd = opens(), other;

	closes(fd);
	MUST(close_range(3, ~0u, 0) == 0);
	MUST(close(fd) < 0);
	other = socket(AF_INET, SOCK_STREAM, 0);
	closefrom(3);
	MUST(close(other) < 0);
}

static void child_closes_its_parents(void)
{
	int first = opens(), between = opens(), second = opens(), status;

	closes(first);
	closes(second);
	if (fork() == 0) {
		MUST(opens() == first && between < second); /* its own story has begun */
		close(second);
		close(listener);
		_exit(0);
	}
	MUST(wait(&status) > 0 && status == 0);
}

static void vforked(void)
{
	int fd = opens(), status;

	closes(fd);
	if (vfork() == 0) {
		close(fd);
		_exit(0);
	}
	MUST(wait(&status) > 0 && status == 0);
}

static void file_twice(void)
{
	int fd = opens(), file;

	closes(fd);
	file = open("/dev/null", O_RDONLY);
	MUST(file == fd);
	closes(file);
	closes_again(file);
}

static void stream_twice(void)
{
	int fd = opens();
	FILE *f;

	closes(fd);
	f = fopen("/dev/null", "r");
	MUST(f && fileno(f) == fd && fclose(f) == 0);
	closes_again(fd);
}

static void folder_twice(void)
{
	int fd = opens();
	DIR *d;

	closes(fd);
	d = opendir("/");
	MUST(d && dirfd(d) == fd && closedir(d) == 0);
	closes_again(fd);
}

static void pipe_of_stdio_twice(void)
{
	int fd = opens();
	FILE *f;

	closes(fd);
	f = popen("true", "r");
	MUST(f && fileno(f) == fd && pclose(f) == 0);
	closes_again(fd);
}

static void replaced(void)
{
	int first = opens(), second;

	closes(first);
	second = opens();
	MUST(first == second && dup2(1, second) == second);
	MUST(close_by_kernel(second) == 0);
	closes_again(second);
}

static void never_one(void)
{
	closes(opens());
	closes_again(-1);
	closes_again(500);
}

static void once(void)
{
	for (int i = 0; i < 20; i++)
		closes(opens());
}

static int left;

static void at_exit(void)
{
	close(left);
}

static void at_the_end(void)
{
	left = opens();
	closes(left);
	atexit(at_exit);
}

#define SITUATIONS(X)                                                                             \
	X(plain) X(other_sockets) X(copied) X(another_thread) X(by_syscall) X(first_by_syscall)   \
	X(stream_closed_late) X(stream_closed_early) X(hits_another) X(child) X(many)             \
	X(neighbours) X(pair) X(same_place) X(hit_by_thread)                                                            \
	X(daemon_loop) X(daemon_loop_down) X(short_loop) X(unrolled) X(unrolled_to_its_end) X(loop_by_syscall) X(ranges)             \
	X(child_closes_its_parents) X(vforked) X(file_twice) X(stream_twice) X(folder_twice)      \
	X(pipe_of_stdio_twice) X(replaced) X(never_one) X(once) X(at_the_end)

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} situations[] = {
#define X(name) {#name, name},
		SITUATIONS(X)
#undef X
	};

	MUST(argc == 2);
	listener = tcp_listen(&at, 1000);
	for (size_t i = 0; i < sizeof situations / sizeof *situations; i++)
		if (strcmp(argv[1], situations[i].name) == 0) {
			situations[i].run();
			return 0;
		}
	return 2;
}
