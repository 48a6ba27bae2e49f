/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that hand out descriptors which are no sockets. When one gets a number under which we hold
 * a socket, that socket was closed where we could not see it, and reads and writes on the number
 * are no longer its own. (epoll sets, which are also such, are in wait.c.)
 */
#include <fcntl.h>
#include <stdarg.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "conn.h"
#include "hooks/hook.h"
#include "stacks/unwind.h"

int __open(const char *path, int flags, ...);
int __open64(const char *path, int flags, ...);
int __pipe(int fds[2]);

static int gave(int fd)
{
	if (unlikely(fd >= 0 && descriptor_get(fd)))
		RECORD conn_replaced(fd);
	return fd;
}

/* The argument behind the flags, where they say that there is one. */
static mode_t mode_of(int flags, va_list *list)
{
	return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(*list, mode_t) : 0;
}

#define OPEN(name, parameters, arguments)                                                         \
	HOOK(int, name, parameters)                                                               \
	{                                                                                         \
		va_list list;                                                                     \
		mode_t mode;                                                                      \
                                                                                                  \
		va_start(list, flags);                                                            \
		mode = mode_of(flags, &list);                                                     \
		va_end(list);                                                                     \
		return gave(REAL(name) arguments);                                                \
	}
OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
OPEN(__open, (const char *path, int flags, ...), (path, flags, mode))
OPEN(__open64, (const char *path, int flags, ...), (path, flags, mode))
OPEN(openat, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))
OPEN(openat64, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))

HOOK(int, eventfd, (unsigned value, int flags)) { return gave(REAL(eventfd)(value, flags)); }
HOOK(int, creat, (const char *path, mode_t mode)) { return gave(REAL(creat)(path, mode)); }
HOOK(int, creat64, (const char *path, mode_t mode)) { return gave(REAL(creat64)(path, mode)); }
HOOK(int, memfd_create, (const char *name, unsigned flags)) { return gave(REAL(memfd_create)(name, flags)); }
HOOK(int, inotify_init, (void)) { return gave(REAL(inotify_init)()); }
HOOK(int, inotify_init1, (int flags)) { return gave(REAL(inotify_init1)(flags)); }
HOOK(int, signalfd, (int old, const sigset_t *mask, int flags))
{
	return gave(REAL(signalfd)(old, mask, flags));
}
HOOK(int, timerfd_create, (clockid_t clock, int flags)) { return gave(REAL(timerfd_create)(clock, flags)); }

static int pair(int ret, const int fds[2])
{
	for (int i = 0; ret == 0 && i < 2; i++)
		if (unlikely(descriptor_get(fds[i])))
			RECORD conn_replaced(fds[i]);
	return ret;
}

HOOK(int, pipe, (int fds[2])) { return pair(REAL(pipe)(fds), fds); }
HOOK(int, __pipe, (int fds[2])) { return pair(REAL(__pipe)(fds), fds); }
HOOK(int, pipe2, (int fds[2], int flags))
{
	if (unlikely(unwind_calls_from(fds))) { /* its static array; from 1.8 on it gives up where it gets no pipe */
		fds[0] = fds[1] = -1;
		return 0;
	}
	return pair(REAL(pipe2)(fds, flags), fds);
}
