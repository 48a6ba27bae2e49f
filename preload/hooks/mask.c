/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libunwind blocks signals while it holds a lock, and gives back what it found. libc's functions pass
 * on neither way the two that are libc's own (nptl(7)), which are blocked in the thread of
 * SIGEV_THREAD's timers: as the first of them it waits for their expiry, and one that came while we
 * unwind there was lost, or killed.
 */
#include <errno.h>
#include <signal.h>

#include "hooks/hook.h"
#include "stacks/unwind.h"

HOOK(int, sigprocmask, (int how, const sigset_t *set, sigset_t *old))
{
	long ret;

	if (likely(!unwind_calls_from(__builtin_return_address(0))))
		return REAL(sigprocmask)(how, set, old);
	ret = unwind_masks(how, set, old);
	if (ret >= 0)
		return 0;
	errno = (int)-ret;
	return -1;
}

/* From 1.8 on libunwind takes this one. */
HOOK(int, pthread_sigmask, (int how, const sigset_t *set, sigset_t *old))
{
	if (likely(!unwind_calls_from(__builtin_return_address(0))))
		return REAL(pthread_sigmask)(how, set, old);
	return (int)-unwind_masks(how, set, old);
}
