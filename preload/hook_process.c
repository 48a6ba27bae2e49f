/* SPDX-License-Identifier: Apache-2.0 */
/* The process: exec, and the ends that run no handlers. Forks need no hook (process.c). */
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "hook.h"
#include "process.h"
#include "thread.h"

int execveat(int folder, const char *path, char *const argv[], char *const envp[], int flags);

/* ---- exec ----------------------------------------------------------------------------------------- */

/* libc's other exec functions reach execve inside libc, past us. */
#define EXEC(name, parameters, arguments)                                                         \
	HOOK(int, name, parameters)                                                               \
	{                                                                                         \
		int ret;                                                                          \
                                                                                                  \
		RECORD process_exec_begin();                                                      \
		ret = REAL(name) arguments;                                                       \
		RECORD process_exec_failed();                                                     \
		return ret;                                                                       \
	}
EXEC(execve, (const char *path, char *const argv[], char *const envp[]), (path, argv, envp))
EXEC(execv, (const char *path, char *const argv[]), (path, argv))
EXEC(execvp, (const char *file, char *const argv[]), (file, argv))
EXEC(execvpe, (const char *file, char *const argv[], char *const envp[]), (file, argv, envp))
EXEC(fexecve, (int fd, char *const argv[], char *const envp[]), (fd, argv, envp))
EXEC(execveat, (int folder, const char *path, char *const argv[], char *const envp[], int flags),
     (folder, path, argv, envp, flags))

/* The variadic ones: the arguments are counted, then gathered on the stack, as libc does. */
#define GATHER(list, first)                                                                       \
	va_list list;                                                                             \
	size_t count = 1;                                                                         \
                                                                                                  \
	va_start(list, first);                                                                    \
	while (va_arg(list, char *))                                                              \
		count++;                                                                          \
	va_end(list);                                                                             \
	char *argv[count + 1];                                                                    \
	va_start(list, first);                                                                    \
	argv[0] = (char *)first;                                                                  \
	for (size_t i = 1; i <= count; i++)                                                       \
		argv[i] = va_arg(list, char *)

HOOK(int, execl, (const char *path, const char *first, ...))
{
	int ret;

	GATHER(list, first);
	va_end(list);
	RECORD process_exec_begin();
	ret = REAL(execv)(path, argv);
	RECORD process_exec_failed();
	return ret;
}

HOOK(int, execlp, (const char *file, const char *first, ...))
{
	int ret;

	GATHER(list, first);
	va_end(list);
	RECORD process_exec_begin();
	ret = REAL(execvp)(file, argv);
	RECORD process_exec_failed();
	return ret;
}

HOOK(int, execle, (const char *path, const char *first, ...))
{
	char *const *envp;
	int ret;

	GATHER(list, first);
	envp = va_arg(list, char *const *);
	va_end(list);
	RECORD process_exec_begin();
	ret = REAL(execve)(path, argv, envp);
	RECORD process_exec_failed();
	return ret;
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
	if (ret == 0 && option == PR_SET_NAME && self.slot && !state_forked())
		RECORD thread_rename((struct thread_ref){self.slot, self.id}, (const char *)a[0]);
	return ret;
}
