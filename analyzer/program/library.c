/* SPDX-License-Identifier: Apache-2.0 */
#include "program/library.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/trouble.h"

#define NAME "libconnleak.so"

/* The dynamic linker goes on without a library that it cannot preload (ld.so(8)), and the program
 * would run unrecorded: so we look before. 0, or errno. */
static int look_at(const char *path)
{
	char magic[4];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, magic, sizeof magic);
	int error = n < 0 ? errno : n < 4 || memcmp(magic, "\177ELF", 4) ? ENOEXEC : 0;

	if (fd >= 0)
		close(fd);
	return error;
}

static bool real(const char *path, char *to, size_t size)
{
	char resolved[PATH_MAX];

	/* Docker before 20.10 and its like answer faccessat2(2), by which glibc looks at "..", with EPERM. */
	if (realpath(path, resolved))
		path = resolved;
	else if (errno != EPERM)
		return false;
	if (look_at(path) || strlen(path) >= size)
		return false;
	strcpy(to, path);
	return true;
}

/* LD_PRELOAD separates by these (ld.so(8)); nothing can quote them. */
static bool can_be_preloaded(const char *path)
{
	return !strpbrk(path, ": \t\n");
}

/* The command and the library may have been moved together, or staged by DESTDIR: what holds is
 * where one is as seen from the other. */
static bool beside_us(char *to, size_t size)
{
	static const char bin[] = "/" CONNLEAK_BINDIR_IN_PREFIX;
	char folder[PATH_MAX], path[PATH_MAX + 256];
	ssize_t n = readlink("/proc/self/exe", folder, sizeof folder - 1);
	const char *started = (const char *)getauxval(AT_EXECFN); /* where /proc is not mounted */
	char *slash;
	size_t tail;

	folder[n > 0 ? n : 0] = 0;
	if (n <= 0 && (!started || !realpath(started, folder)))
		return false;
	slash = strrchr(folder, '/');
	if (!slash)
		return false;
	*slash = 0;
	snprintf(path, sizeof path, "%s/../preload/" NAME, folder); /* in the build folder */
	if (real(path, to, size))
		return true;
	tail = sizeof bin - 1;
	if (CONNLEAK_LIBDIR_IN_PREFIX[0] == '/' || strlen(folder) < tail ||
	    strcmp(folder + strlen(folder) - tail, bin) != 0)
		return false;
	folder[strlen(folder) - tail] = 0;
	snprintf(path, sizeof path, "%s/" CONNLEAK_LIBDIR_IN_PREFIX "/" NAME, folder);
	return real(path, to, size);
}

static const char *why(int error)
{
	return error == ENOEXEC ? "not a shared library" : strerror(error);
}

static int named(const char *name, char *to, size_t size)
{
	int error = look_at(name);

	if (!error && !real(name, to, size))
		error = errno;
	if (error)
		return trouble("%s: cannot use this recorder (CONNLEAK_LIBRARY): %s; unset it to use the "
			       "installed one", name, why(error));
	return -1;
}

int library_find(char *to, size_t size)
{
	const char *name = getenv("CONNLEAK_LIBRARY");
	int status = -1;

	if (name && *name)
		status = named(name, to, size);
	else if (!beside_us(to, size) && !real(CONNLEAK_LIBDIR "/" NAME, to, size))
		status = trouble("%s: cannot read the recorder: %s; install connleak, or name the library in "
				 "CONNLEAK_LIBRARY", CONNLEAK_LIBDIR "/" NAME,
				 why(look_at(CONNLEAK_LIBDIR "/" NAME)));
	if (status < 0 && !can_be_preloaded(to))
		status = trouble("%s: cannot preload the recorder: LD_PRELOAD takes no blank and no colon in a "
				 "path; name a copy elsewhere in CONNLEAK_LIBRARY", to);
	return status;
}
