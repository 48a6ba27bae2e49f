/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded behind the recorder, this is what its wrappers take for libc. The first close that it makes of something is
 * followed, before it returns, by a socket that gets the number: as if another thread were that quick.
 * With FAILS in the environment close() frees the number, and fails all the same, as close(2) may.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "connleak/sys.h"

#ifndef SYS_close_range /* Debian 11 */
#define SYS_close_range 436
#endif

int close_range(unsigned first, unsigned last, int flags);
void closefrom(int first);

/* libunwind closes -1, too. */
static void quick_one(long ret)
{
	static bool done;

	if (ret == 0 && !done) {
		done = true;
		socket(AF_INET, SOCK_STREAM, 0);
	}
}

int close(int fd)
{
	long ret = sys_call1(SYS_close, fd);

	if (getenv("FAILS")) {
		errno = EIO;
		return -1;
	}
	quick_one(ret);
	return (int)ret;
}

int fclose(FILE *stream)
{
	int ret = ((__typeof__(fclose) *)dlsym(RTLD_NEXT, "fclose"))(stream);

	quick_one(ret);
	return ret;
}

int close_range(unsigned first, unsigned last, int flags)
{
	long ret = sys_call3(SYS_close_range, first, last, flags);

	quick_one(ret);
	return (int)ret;
}

void closefrom(int first)
{
	quick_one(sys_call3(SYS_close_range, first, ~0u, 0));
}

long syscall(long n, ...)
{
	__builtin_va_list list;
	long a[6], ret;

	__builtin_va_start(list, n);
	for (int i = 0; i < 6; i++)
		a[i] = __builtin_va_arg(list, long);
	__builtin_va_end(list);
	ret = sys_call6(n, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (n == SYS_close || n == SYS_close_range)
		quick_one(ret);
	return ret;
}
