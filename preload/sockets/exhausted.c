/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/exhausted.h"

#include <stddef.h>
#include <sys/resource.h>

#include "core/exhaustion.h"
#include "here/presence.h"
#include "stacks/stack.h"
#include "threads/thread.h"

uint64_t exhausted_limit(void)
{
	struct rlimit limit; /* as the kernel has it: two 64-bit words, also in libc */

	return sys_call4(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) < 0 ? 0 : limit.rlim_cur;
}

/* Servers try again and again: the stack, and all that is open, is looked at once. */
void exhausted_now(int error)
{
	uint64_t now = state_now();
	struct exhaustion_moment m = {.now = now, .error = (uint32_t)error};
	const struct dump_thread *t;

	if (!exhaustion_count(&here, now))
		return;
	t = thread_self();
	m.thread = t ? t->id : 0;
	m.stack = stack_here();
	m.limit = state.sandboxed ? 0 : exhausted_limit();
	exhaustion_first(&here, &m);
}
