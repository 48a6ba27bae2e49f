/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For victims: what the C library of an older system (Debian 11 has glibc 2.31) does not have, by syscall(2). There
 * they only show that we see the system call; the wrappers of the newer names are shown where these exist.
 */
#ifndef VICTIMS_OLDER_H
#define VICTIMS_OLDER_H

#include <signal.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436 /* on every machine */
#endif

#if !__GLIBC_PREREQ(2, 36)
static inline int pidfd_getfd(int pidfd, int fd, unsigned flags) { return (int)syscall(438, pidfd, fd, flags); }
#else
int pidfd_getfd(int process, int fd, unsigned flags);
#endif

#if !__GLIBC_PREREQ(2, 35)
static inline int epoll_pwait2(int epfd, struct epoll_event *events, int max, const struct timespec *timeout, const sigset_t *mask)
{
	return (int)syscall(441, epfd, events, max, timeout, mask, 8);
}
#endif

#if !__GLIBC_PREREQ(2, 34)
static inline int close_range(unsigned first, unsigned last, int flags) { return (int)syscall(SYS_close_range, first, last, flags); }
static inline void closefrom(int first) { close_range((unsigned)first, ~0u, 0); }
static inline pid_t _Fork(void) { return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }
static inline int execveat(int folder, const char *path, char *const argv[], char *const envp[], int flags)
{
	return (int)syscall(SYS_execveat, folder, path, argv, envp, flags);
}
#else
int close_range(unsigned first, unsigned last, int flags);
void closefrom(int first);
#endif

#endif
