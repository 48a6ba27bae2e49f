/* SPDX-License-Identifier: Apache-2.0 */
/* The process: exec, and the ends that run no handlers. Forks need no hook (process.c). */
#include <fcntl.h>
#include <linux/seccomp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "follower.h"
#include "hooks/hook.h"
#include "process.h"
#include "here/readable.h"
#include "threads/gate.h"
#include "threads/thread.h"
#include "unrecorded.h"

int execveat(int folder, const char *path, char *const argv[], char *const envp[], int flags);

/* ---- exec ----------------------------------------------------------------------------------------- */

/* libc's other exec functions reach execve inside libc, past us. */
#define EXEC(name, parameters, arguments, look)                                                   \
	static int recorded_##name parameters;                                                    \
	HOOK(int, name, parameters)                                                               \
	{                                                                                         \
		return recorded_##name arguments;                                                 \
	}                                                                                         \
	static int recorded_##name parameters                                                     \
	{                                                                                         \
		struct follower follower = {0, NULL};                                             \
		struct dump_unrecorded into;                                                      \
		int ret;                                                                          \
                                                                                                  \
		RECORD {                                                                          \
			if (look)                                                                 \
				follower = follower_begin(&into);                                 \
			process_exec_begin(&into);                                                \
		}                                                                                 \
		ret = REAL(name) arguments;                                                       \
		RECORD {                                                                          \
			follower_call_off(follower);                                              \
			process_exec_failed(&into);                                               \
		}                                                                                 \
		return ret;                                                                       \
	}
EXEC(execve, (const char *path, char *const argv[], char *const envp[]), (path, argv, envp),
     unrecorded_look(&into, AT_FDCWD, path))
EXEC(execv, (const char *path, char *const argv[]), (path, argv), unrecorded_look(&into, AT_FDCWD, path))
EXEC(execvp, (const char *file, char *const argv[]), (file, argv), unrecorded_look_for(&into, file))
EXEC(execvpe, (const char *file, char *const argv[], char *const envp[]), (file, argv, envp),
     unrecorded_look_for(&into, file))
EXEC(fexecve, (int fd, char *const argv[], char *const envp[]), (fd, argv, envp),
     unrecorded_look_at(&into, fd))

static bool look(struct dump_unrecorded *into, int folder, const char *path, int flags)
{
	if ((flags & AT_EMPTY_PATH) && readable(path, 1) && !*path)
		return unrecorded_look_at(into, folder);
	return unrecorded_look(into, folder, path);
}
EXEC(execveat, (int folder, const char *path, char *const argv[], char *const envp[], int flags),
     (folder, path, argv, envp, flags), look(&into, folder, path, flags))

/* The child has no time to look for itself: libc makes it and execs in it. */
#define SPAWN(name, look)                                                                         \
	HOOK(int, name, (pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions, \
			 const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]))     \
	{                                                                                         \
		struct dump_unrecorded into;                                                      \
		pid_t child = 0;                                                                  \
		int ret;                                                                          \
                                                                                                  \
		RECORD look;                                                                      \
		ret = REAL(name)(&child, path, actions, attributes, argv, envp);                  \
		if (pid && ret == 0)                                                              \
			*pid = child;                                                             \
		if (ret == 0 && unlikely(into.reason))                                            \
			RECORD unrecorded_tell(&into, (uint32_t)child, false);                    \
		return ret;                                                                       \
	}
SPAWN(posix_spawn, unrecorded_look(&into, AT_FDCWD, path))
SPAWN(posix_spawnp, unrecorded_look_for(&into, path))

/* The variadic ones: the arguments are counted, then gathered on the stack, as libc does. */
static size_t count(va_list *list)
{
	size_t n = 1;

	while (va_arg(*list, char *))
		n++;
	return n;
}

/* With the NULL that ends them. */
static void gather(char **argv, size_t n, const char *first, va_list *list)
{
	argv[0] = (char *)first;
	for (size_t i = 1; i <= n; i++)
		argv[i] = va_arg(*list, char *);
}

#define EXEC_LIST(name, real)                                                                     \
	HOOK(int, name, (const char *path, const char *first, ...))                               \
	{                                                                                         \
		va_list list;                                                                     \
		size_t n;                                                                         \
                                                                                                  \
		va_start(list, first);                                                            \
		n = count(&list);                                                                 \
		va_end(list);                                                                     \
		char *argv[n + 1];                                                                \
		va_start(list, first);                                                            \
		gather(argv, n, first, &list);                                                    \
		va_end(list);                                                                     \
		return recorded_##real(path, argv);                                               \
	}
EXEC_LIST(execl, execv)
EXEC_LIST(execlp, execvp)

HOOK(int, execle, (const char *path, const char *first, ...))
{
	char *const *envp;
	va_list list;
	size_t n;

	va_start(list, first);
	n = count(&list);
	va_end(list);
	char *argv[n + 1];
	va_start(list, first);
	gather(argv, n, first, &list);
	envp = va_arg(list, char *const *);
	va_end(list);
	return recorded_execve(path, argv, envp);
}

/* ---- the end --------------------------------------------------------------------------------------- */

#define EXIT(name)                                                                                \
	HOOK(void, name, (int status))                                                            \
	{                                                                                         \
		RECORD process_end(status, true);                                                 \
		REAL(name)(status);                                                               \
		__builtin_unreachable();                                                          \
	}
EXIT(_exit)
EXIT(_Exit)

/* Its handlers run first, and end in _exit inside libc: this is the last that we see. */
EXIT(quick_exit)

/* ---- another user ------------------------------------------------------------------------------------ */

/* `user`: whose rights it will have (credentials(7)). */
#define USER(name, parameters, arguments, user)                                                   \
	HOOK(int, name, parameters)                                                               \
	{                                                                                         \
		RECORD process_user_changes(user);                                                \
		return REAL(name) arguments;                                                      \
	}
USER(setuid, (uid_t uid), (uid), uid)
USER(seteuid, (uid_t uid), (uid), uid)
USER(setreuid, (uid_t real, uid_t effective), (real, effective), effective)
USER(setresuid, (uid_t real, uid_t effective, uid_t saved), (real, effective, saved), effective)

/* ---- sandbox and names ------------------------------------------------------------------------------- */

HOOK(int, prctl, (int option, ...))
{
	unsigned long a[4];
	bool sandbox = false;
	va_list list;
	int ret;

	va_start(list, option);
	for (int i = 0; i < 4; i++)
		a[i] = va_arg(list, unsigned long);
	va_end(list);
	if (option == PR_SET_SECCOMP)
		RECORD sandbox = process_sandbox_begin(false);
	ret = REAL(prctl)(option, a[0], a[1], a[2], a[3]);
	if (sandbox)
		RECORD process_sandbox_end(ret == 0);
	if (ret == 0 && option == PR_SET_NAME)
		RECORD_THREAD thread_renamed_self((const char *)a[0]);
	return ret;
}
