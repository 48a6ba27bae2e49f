/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RECORD: the one door from a wrapper into the recorder. Keeps errno, which the recorder's own
 * work must never change.
 *
 * There is no flag that keeps a thread from entering twice: every path of the recorder is
 * lock-free or blocks signals itself, so a signal handler may record a close in the middle of a
 * close; the recorder's own system calls do not pass through hooks (sys.h); and the one part that
 * cannot be entered twice, libunwind, has its own flag (unwind.c). A flag held in between would
 * lose the closes that handlers make, and a lost close is a false alarm.
 *
 * What it does note is that the thread is inside: who installs a seccomp filter for all threads waits
 * for those that may have asked just before whether they may make system calls (thread_quiesce()).
 */
#ifndef CONNLEAK_GUARD_H
#define CONNLEAK_GUARD_H

#include <errno.h>

#include "here/self.h"
#include "here/presence.h"

#define RECORD                                                                                    \
	for (int guard_errno = thread_enter(), guard_once = 1; guard_once;                \
	     errno = guard_errno, thread_leave(), guard_once = 0)

/* The same where nothing is called that sets errno: each read and write goes here, with nothing to keep. */
#define RECORD_QUIETLY for (int guard_once = thread_inside(); guard_once; thread_leave(), guard_once = 0)

#endif
