/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors: how they are copied and closed, by whatever name. */
#include <dirent.h>
#include <errno.h>
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

/* A number that was a socket's and is none that we know now, or the next one after such. */
static __attribute__((noinline)) int close_again(int fd, int (*real)(int fd))
{
	struct twice_number was;
	bool remembered = false;
	int ret;

	RECORD {
		if (self.closed_twice)
			conn_close_after_again();
		remembered = twice_remembers(fd) && conn_close_again_begin(fd, &was);
	}
	ret = real(fd);
	if (unlikely(ret < 0 && remembered))
		RECORD if (guard_errno == EBADF)
			conn_close_again_end(fd, &was);
	return ret;
}

/* Before: the number may be handed out again the moment close() returns. */
static __attribute__((noinline)) int close_tracked(int fd, int (*real)(int fd), const void *caller)
{
	RECORD conn_close_slow(fd, caller);
	return real(fd);
}

#define CLOSE(name)                                                                               \
	FIRST_CALLED(int, name, (int fd))                                                         \
	HOOK(int, name, (int fd))                                                                 \
	{                                                                                         \
		if (unlikely(descriptor_get(fd)))                                                 \
			return close_tracked(fd, real_##name, __builtin_return_address(0));       \
		if (unlikely(twice_closing(fd, __builtin_return_address(0)) || twice_remembers(fd))) \
			return close_again(fd, real_##name);                                      \
		return real_##name(fd);                                                           \
	}                                                                                         \
	FIRST_CALL(int, name, (int fd), (fd))
CLOSE(close)
CLOSE(__close)

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

/* Not every stream has a descriptor: asking for it sets errno. The number if it was a socket's, and is none
 * that we know now; else -1. What it holds back is written by the real call. */
static int stream_closing(FILE *stream, struct twice_number *was)
{
	int fd = fileno_unlocked(stream);

	if (likely(fd < 0 || (!descriptor_get(fd) && !twice_remembers(fd))))
		return -1;
	if (descriptor_get(fd)) {
		if (__fpending(stream))
			conn_stdio_writes(fd);
		conn_close(fd);
		return -1;
	}
	if (twice_closing(fd, NULL))
		conn_close_after_again();
	if (conn_close_again_begin(fd, was))
		return fd;
	return -1;
}

HOOK(int, fclose, (FILE *stream))
{
	struct twice_number was;
	int again = -1, ret;

	RECORD again = stream_closing(stream, &was);
	ret = REAL(fclose)(stream);
	if (unlikely(ret < 0 && again >= 0))
		RECORD if (guard_errno == EBADF)
			conn_close_again_end(again, &was);
	return ret;
}

/* A dup3 inside libc, or a close and an open: what the stream had is gone either way, also when it
 * fails, and with a null path: a socket cannot be opened again by its name in /proc. */
#define FREOPEN(name)                                                                             \
	HOOK(FILE *, name, (const char *path, const char *mode, FILE *stream))                    \
	{                                                                                         \
		struct twice_number was;                                                          \
                                                                                                  \
		RECORD stream_closing(stream, &was);                                              \
		return REAL(name)(path, mode, stream);                                            \
	}
FREOPEN(freopen)
FREOPEN(freopen64)

/* What these close is no socket; it may have the number of one. */
HOOK(int, pclose, (FILE *stream))
{
	RECORD twice_forget(fileno_unlocked(stream));
	return REAL(pclose)(stream);
}

HOOK(int, closedir, (DIR *folder))
{
	DIR *given = folder;

	__asm__("" : "+r"(given)); /* its header says never NULL, and closedir() itself says EINVAL then */
	if (given)
		RECORD twice_forget(dirfd(given));
	return REAL(closedir)(folder);
}

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
