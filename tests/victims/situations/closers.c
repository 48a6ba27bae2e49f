/* SPDX-License-Identifier: Apache-2.0 */
/* Every way to close a socket: those that can be seen, those that cannot, those that do not. */
#include <dlfcn.h>
#include <signal.h>
#include <spawn.h>

#include "../older.h"
#include "situation.h"

int __close(int fd);
#define UNSHARE 2
#define CLOEXEC 4

static void by_close(void) { printf("%d\n", close(made())); }
static void by__close(void) { printf("%d\n", __close(made())); }
static void by_syscall(void) { printf("%ld\n", syscall(SYS_close, made())); }
static void by_syscall_range(void) { printf("%ld\n", syscall(SYS_close_range, made(), 100, 0)); }
static void by_fclose(void) { printf("%d\n", fclose(fdopen(made(), "r+"))); }
static void by_freopen(void) { printf("%d\n", fileno(freopen("/dev/null", "r", fdopen(made(), "r")))); }

/* A socket cannot be opened again: freopen fails, and has closed it all the same (freopen(3)). */
static void by_freopen_null(void)
{
	FILE *stream = fdopen(made(), "r"), *again = freopen(NULL, "r", stream);

	printf("%d %d\n", again == NULL, errno);
}

static void by_freopen_failing(void)
{
	FILE *stream = fdopen(made(), "r"), *again = freopen("/no/such/file", "r", stream);

	printf("%d %d\n", again == NULL, errno);
}

static void by_range(void)
{
	int a = made(), b = made();

	printf("%d\n", close_range((unsigned)a, (unsigned)b, 0));
}

static void by_range_unshared(void)
{
	int fd = made();

	printf("%d\n", close_range((unsigned)fd, (unsigned)fd, UNSHARE));
}

static void by_closefrom(void)
{
	closefrom(made());
	puts("");
}

static void by_dup2(void)
{
	int p[2];

	MUST(pipe(p) == 0);
	printf("%d\n", dup2(p[0], made()));
}

static void not_by_cloexec_range(void)
{
	int fd = made();

	printf("%d %d\n", close_range((unsigned)fd, ~0u, CLOEXEC), fcntl(fd, F_GETFD));
}

static void not_by_wrong_flags(void)
{
	printf("%d %d\n", close_range((unsigned)made(), ~0u, 64), errno);
}

static void not_by_wrong_order(void)
{
	int fd = made();

	printf("%d %d\n", close_range((unsigned)fd + 1, (unsigned)fd, 0), errno);
}

/* ---- behind our back ----------------------------------------------------------------------------- */

static void raw_close(int fd)
{
	MUST(sys_call1(SYS_close, fd) == 0);
}

static void unseen_then_reused(void)
{
	int fd = made();

	raw_close(fd);
	printf("%d\n", made() - fd); /* the same number: proof of a close that nobody saw */
}

static void unseen_then_a_file(void)
{
	int fd = made();

	raw_close(fd);
	printf("%d\n", open("/dev/null", O_RDONLY) - fd);
}

/* What goes by there from now on is not the socket's. */
static void unseen_then_a_file_is_written(void)
{
	int fd = made();

	raw_close(fd);
	MUST(open("/dev/null", O_WRONLY) == fd);
	printf("%zd\n", write(fd, "12345", 5));
}

static void unseen_then_a_pipe_is_written(void)
{
	int fd = made(), ends[2];
	char text[5];

	raw_close(fd);
	MUST(pipe(ends) == 0 && ends[0] == fd && write(ends[1], "12345", 5) == 5);
	printf("%zd\n", read(fd, text, 5));
}

static void unseen_at_the_end(void)
{
	raw_close(made());
	puts("");
}

/* Its first descriptor is closed unseen; the copy still holds it open. */
static void unseen_but_a_copy_is_left(void)
{
	int fd = made();

	printf("%d\n", dup(fd));
	raw_close(fd);
}

static void unseen_with_its_copy(void)
{
	int fd = made(), copy = dup(fd);

	raw_close(fd);
	raw_close(copy);
	puts("");
}

static void unseen_copy_is_reused(void)
{
	int fd = made();

	MUST(sys_call3(SYS_dup3, fd, 60, 0) == 60); /* a copy that nobody saw */
	close(fd);
	puts("");
}

/* A plug-in whose close() is libc's own, whatever was preloaded. */
static void unseen_by_deepbind(void)
{
	void *plugin = dlopen(getenv("PLUGIN"), RTLD_NOW | RTLD_DEEPBIND);
	int (*f)(int) = plugin ? (int (*)(int))dlsym(plugin, "plugin_close") : NULL;

	if (!f)
		fprintf(stderr, "%s\n", dlerror());
	MUST(f);
	printf("%d\n", f(made()));
}

/* ---- closed, and then used ------------------------------------------------------------------------ */

static void used_after_close(void)
{
	int fd = made();
	char byte;

	close(fd);
	printf("%d %zd %d %d %d %d\n", close(fd), read(fd, &byte, 1), errno, dup(fd), shutdown(fd, 2),
	       connect(fd, NULL, 0));
}

static void closed_twice_by_threads_of_one_number(void)
{
	int fd = made();

	for (int i = 0; i < 3; i++)
		printf("%d ", close(fd));
	printf("%d\n", errno);
}

#define ROW(name) {#name, name}
SITUATIONS(ROW(by_close), ROW(by__close), ROW(by_syscall), ROW(by_syscall_range), ROW(by_fclose),
	   ROW(by_freopen), ROW(by_freopen_null), ROW(by_freopen_failing), ROW(by_range),
	   ROW(by_range_unshared), ROW(by_closefrom), ROW(by_dup2), ROW(not_by_cloexec_range),
	   ROW(not_by_wrong_flags), ROW(not_by_wrong_order), ROW(unseen_then_reused),
	   ROW(unseen_then_a_file), ROW(unseen_then_a_file_is_written), ROW(unseen_then_a_pipe_is_written),
	   ROW(unseen_at_the_end), ROW(unseen_but_a_copy_is_left),
	   ROW(unseen_with_its_copy), ROW(unseen_copy_is_reused), ROW(unseen_by_deepbind),
	   ROW(used_after_close), ROW(closed_twice_by_threads_of_one_number))
