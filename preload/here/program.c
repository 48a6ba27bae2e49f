/* SPDX-License-Identifier: Apache-2.0 */
#include "here/program.h"

#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/auxv.h>

#include "connleak/sys.h"

/* Of a script with an interpreter the name is the script's. */
static bool is_elf(const char *path)
{
	long fd = sys_call4(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	char magic[SELFMAG];
	bool is;

	if (fd < 0)
		return false;
	is = sys_call3(SYS_read, fd, magic, SELFMAG) == SELFMAG && memcmp(magic, ELFMAG, SELFMAG) == 0;
	sys_call1(SYS_close, fd);
	return is;
}

/* By the name under which it was started, which who changes the folder before its first socket misleads. */
static size_t as_started(char *to, size_t size)
{
	const char *name = (const char *)getauxval(AT_EXECFN);
	size_t length = name ? strlen(name) : 0;
	long before = 0;

	if (!length || !is_elf(name))
		return 0;
	if (*name != '/') {
		before = sys_call2(SYS_getcwd, to, size); /* with its terminator, where the slash goes */
		if (before <= 0 || *to != '/' || (size_t)before + length > size)
			return 0;
		to[before - 1] = '/';
		if (length > 2 && name[0] == '.' && name[1] == '/') {
			name += 2;
			length -= 2;
		}
	}
	if ((size_t)before + length > size)
		return 0;
	memcpy(to + before, name, length);
	return (size_t)before + length;
}

size_t program_path(char *to, size_t size)
{
	long n = sys_call4(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", to, size);

	return n > 0 ? (size_t)n : as_started(to, size); /* /proc is not everywhere */
}
