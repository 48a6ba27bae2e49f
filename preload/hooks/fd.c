/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors: how they are copied and closed, by whatever name. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <unistd.h>

#include "conn.h"
#include "here/older.h"
#include "hooks/hook.h"

int __close(int fd);
int __dup2(int old, int fd);
int __fcntl(int fd, int command, ...);
int close_range(unsigned first, unsigned last, int flags);
void closefrom(int first);

/* ---- close ------------------------------------------------------------------------------------ */

/* Before: the number may be handed out again the moment close() returns. */
HOOK(int, close, (int fd))
{
	if (unlikely(descriptor_get(fd)))
		RECORD conn_close(fd);
	return REAL(close)(fd);
}

HOOK(int, __close, (int fd))
{
	if (unlikely(descriptor_get(fd)))
		RECORD conn_close(fd);
	return REAL(__close)(fd);
}

/* CLOSE_RANGE_CLOEXEC closes nothing now; flags that the kernel does not know make it fail. */
HOOK(int, close_range, (unsigned first, unsigned last, int flags))
{
	if ((flags & ~CLOSE_RANGE_UNSHARE) == 0 && first <= last)
		RECORD conn_close_range(first, last);
	return REAL(close_range)(first, last, flags);
}

HOOK(void, closefrom, (int first))
{
	RECORD conn_close_range(first > 0 ? (unsigned)first : 0, ~0u);
	REAL(closefrom)(first);
}

/* Not every stream has a descriptor: asking for it sets errno. What it holds back is written by the real call. */
static void let_go(FILE *stream)
{
	int fd = fileno_unlocked(stream);

	if (likely(fd < 0 || !descriptor_get(fd)))
		return;
	if (__fpending(stream))
		conn_stdio_writes(fd);
	conn_close(fd);
}

HOOK(int, fclose, (FILE *stream))
{
	RECORD let_go(stream);
	return REAL(fclose)(stream);
}

/* A dup3 inside libc, or a close and an open: what the stream had is gone either way, also when it
 * fails, and with a null path: a socket cannot be opened again by its name in /proc. */
#define FREOPEN(name)                                                                             \
	HOOK(FILE *, name, (const char *path, const char *mode, FILE *stream))                    \
	{                                                                                         \
		RECORD let_go(stream);                                                            \
		return REAL(name)(path, mode, stream);                                            \
	}
FREOPEN(freopen)
FREOPEN(freopen64)

HOOK(FILE *, fdopen, (int fd, const char *mode))
{
	FILE *stream = REAL(fdopen)(fd, mode);

	if (stream && unlikely(descriptor_get(fd)))
		RECORD conn_stdio(fd);
	return stream;
}

/* ---- copies ------------------------------------------------------------------------------------ */

#define DUP(name, parameters, ...)                                                                \
	HOOK(int, name, parameters)                                                               \
	{                                                                                         \
		int ret = REAL(name)(__VA_ARGS__);                                                \
                                                                                                  \
		if (ret >= 0)                                                                     \
			RECORD conn_duplicated(old, ret);                                         \
		else                                                                              \
			RECORD conn_not_opened(guard_errno);                                      \
		return ret;                                                                       \
	}
DUP(dup, (int old), old)
DUP(dup2, (int old, int fd), old, fd)
DUP(__dup2, (int old, int fd), old, fd)
DUP(dup3, (int old, int fd, int flags), old, fd, flags)

static bool copies(int command)
{
	return command == F_DUPFD || command == F_DUPFD_CLOEXEC;
}

/* The third argument is an int or a pointer by command, or none; the kernel takes a word. */
#define FCNTL(name)                                                                               \
	HOOK(int, name, (int fd, int command, ...))                                               \
	{                                                                                         \
		va_list list;                                                                     \
		void *argument;                                                                   \
		int ret;                                                                          \
                                                                                                  \
		va_start(list, command);                                                          \
		argument = va_arg(list, void *);                                                  \
		va_end(list);                                                                     \
		ret = REAL(name)(fd, command, argument);                                          \
		if (unlikely(copies(command)))                                                    \
			RECORD ret >= 0 ? conn_duplicated(fd, ret) : conn_not_opened(guard_errno); \
		return ret;                                                                       \
	}
FCNTL(fcntl)
FCNTL(fcntl64)
FCNTL(__fcntl)
