/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the headers of older systems lack: glibc 2.31, gcc 10 (Debian 11). Knows nothing of who needs it.
 */
#ifndef CONNLEAK_OLDER_H
#define CONNLEAK_OLDER_H

#include <signal.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>

#ifndef SYS_close_range
#define SYS_close_range 436 /* on every machine */
#endif

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE 2u /* close_range(2) */
#endif

#if !__GLIBC_PREREQ(2, 35)
int epoll_pwait2(int epfd, struct epoll_event *events, int max, const struct timespec *timeout,
		 const sigset_t *mask);
#endif

#endif
