/* SPDX-License-Identifier: Apache-2.0 */
#include "here/options.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "here/presence.h"

struct options options;

static dev_t stderr_device;
static ino_t stderr_inode; /* 0: there was none */

static void remember_stderr(void)
{
	struct stat st;

	if (sys_call2(SYS_fstat, 2, &st) < 0)
		return;
	stderr_device = st.st_dev;
	stderr_inode = st.st_ino;
}

/* Its frame is gone when the line is written. */
static __attribute__((noinline)) bool may_complain(void)
{
	struct pollfd writable = {2, POLLOUT, 0};
	struct timespec now = {0, 0};
	struct stat st;

	return !state.sandboxed && sys_call2(SYS_fstat, 2, &st) == 0 && st.st_ino == stderr_inode &&
	       st.st_dev == stderr_device && sys_call5(SYS_ppoll, &writable, 1, &now, NULL, 8) == 1 &&
	       (writable.revents & POLLOUT);
}

/* The reader of a pipe may have gone (SIGPIPE), a file may be at its limit (SIGXFSZ). The kernel sends
 * these to the writing thread: kept out for the moment, and taken back if it was we who caused them. */
static void write_quietly(const struct iovec *line, int count)
{
	uint64_t both = 1ull << (SIGPIPE - 1) | 1ull << (SIGXFSZ - 1), mask = 0, before = 0;
	struct timespec now = {0, 0};
	long n;

	sys_call4(SYS_rt_sigprocmask, SIG_BLOCK, &both, &mask, sizeof both);
	sys_call2(SYS_rt_sigpending, &before, sizeof before);
	n = sys_call3(SYS_writev, 2, line, count);
	if ((n == -EPIPE || n == -EFBIG) && !(before & both))
		sys_call4(SYS_rt_sigtimedwait, &both, NULL, &now, sizeof both);
	sys_call4(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
}

void options_complain(const char *what, const char *which, const char *why)
{
	const char *part[] = {"connleak: ", what, " '", which, "': ", why, "\n"};
	struct iovec line[7];

	if (!may_complain())
		return;
	for (unsigned i = 0; i < 7; i++)
		line[i] = (struct iovec){(void *)part[i], strlen(part[i])};
	write_quietly(line, 7);
}

/* The program's preinit_array runs before libc knows the environment (rtld's _dl_init): then it is read
 * as the kernel has it. */
static char early[32768]; /* NUL between the variables, two at the end */

static void read_early(void)
{
	long fd = sys_call4(SYS_openat, AT_FDCWD, "/proc/self/environ", O_RDONLY | O_CLOEXEC, 0), part;
	size_t n = 0;

	if (fd < 0)
		return;
	while (n < sizeof early - 2 && (part = sys_call3(SYS_read, fd, early + n, sizeof early - 2 - n)) > 0)
		n += (size_t)part;
	sys_call1(SYS_close, fd);
}

static const char *variable(const char *name)
{
	size_t size = strlen(name);

	if (environ)
		return getenv(name);
	if (!early[0])
		read_early();
	for (const char *at = early; *at; at += strlen(at) + 1)
		if (strncmp(at, name, size) == 0 && at[size] == '=')
			return at + size + 1;
	return NULL;
}

static uint32_t number(const char *name, uint32_t otherwise, uint32_t max)
{
	const char *text = variable(name);
	char *end;
	unsigned long value;

	if (!text || !*text)
		return otherwise;
	value = strtoul(text, &end, 10);
	if (*end || *text == '-' || *text == '+' || value > max) {
		char line[64] = "cannot use ";

		strncat(line, name, sizeof line - 12);
		options_complain(line, text, "not a number in its range; the default is used");
		return otherwise;
	}
	return (uint32_t)value;
}

/* Without a value of the user's the frames of a script may be more than the native ones. */
static void read_depth(void)
{
	uint32_t depth = number("CONNLEAK_STACK_DEPTH", UINT32_MAX, 64);

	options.stack_depth = depth == UINT32_MAX ? 32 : depth;
	options.script_depth = depth == UINT32_MAX ? 64 : depth;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return sys_call4(SYS_newfstatat, AT_FDCWD, path, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

/* A folder's name is no pattern. False when there is no room for it. */
static bool escape(char *path, size_t length, size_t size)
{
	size_t more = 0;

	for (size_t i = 0; i < length; i++)
		more += path[i] == '%';
	if (length + more >= size)
		return false;
	path[length + more] = 0;
	for (size_t i = length; more; ) {
		char c = path[--i];

		path[i + more] = c;
		if (c == '%')
			path[i + --more] = c;
	}
	return true;
}

/* The program may change its folder later: the pattern is made absolute now. */
static bool absolute(char *to, size_t size, const char *path)
{
	long n = 0;

	if (path[0] != '/') {
		n = sys_call2(SYS_getcwd, to, size);
		if (n <= 0)
			return false;
		to[n - 1] = '/'; /* the terminator was counted */
		if (!escape(to, (size_t)n, size))
			return false;
		n = (long)strlen(to);
	}
	if ((size_t)n + strlen(path) + 32 >= size)
		return false;
	strcpy(to + n, path);
	return true;
}

/* The launcher has seen that its folder will do, and looks for dumps there and in the temporary one.
 * `working` is relative: of the working folder when it is tried, for which the kernel is asked only then. */
static void name_paths(const char *working)
{
	unsigned n = 0;

	options.paths[n++] = options.output;
	if (options.output_given && !options.session)
		options.paths[n++] = working;
	if (strcmp(options.temporary, options.output) != 0)
		options.paths[n] = options.temporary;
}

static void read_output(void)
{
	static const char name[] = "connleak.%p.dump";
	const char *given = variable("CONNLEAK_OUTPUT"), *temporary = variable("TMPDIR");

	if (!temporary || temporary[0] != '/' || strlen(temporary) > sizeof options.temporary - 32)
		temporary = "/tmp";
	strcpy(options.temporary, temporary);
	strcat(strcat(options.temporary, "/"), name);
	options.output_given = given && *given;
	if (options.output_given && !absolute(options.output, sizeof options.output, given)) {
		options_complain("cannot use CONNLEAK_OUTPUT", given,
				 "path too long; dump goes to the working folder, or else to the temporary one");
		options.output_given = false;
	}
	if (options.output_given && is_folder(given))
		strcat(strcat(options.output, "/"), name);
	else if (!options.output_given && !absolute(options.output, sizeof options.output, name))
		strcpy(options.output, options.temporary);
	name_paths(name);
}

static uint64_t read_session(void)
{
	const char *text = variable("CONNLEAK_SESSION");

	return text ? strtoull(text, NULL, 16) : 0;
}

void options_read(void)
{
	const char *disable = variable("CONNLEAK_DISABLE");

	options.disabled = disable && *disable && strcmp(disable, "0") != 0;
	if (options.disabled)
		return;
	remember_stderr();
	read_depth();
	options.history = number("CONNLEAK_HISTORY", 4096, 1000000);
	options.inodes = number("CONNLEAK_INODES", 256, 1000000000);
	options.session = read_session();
	read_output();
}
