/* SPDX-License-Identifier: Apache-2.0 */
#include "follower.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "beside/beside.h"
#include "core/file.h"
#include "here/older.h"
#include "here/options.h"
#include "here/presence.h"
#include "unrecorded.h"

#if defined(__x86_64__)
#define MEMORY (64u << 10) /* its stack, and what it has to know, at the beginning */

struct errand {
	struct dump_unrecorded into;
	int pid;      /* to be followed */
	int follower; /* itself */
	uint32_t allowed, begun; /* futexes: it may try, and how often; enum begun */
};
enum begun { BEGUN_NOT, BEGUN_SEIZED, BEGUN_REFUSED, BEGUN_ASKS };

static void wait_while(uint32_t *word, uint32_t value)
{
	struct timespec second = {1, 0};

	for (int i = 0; i < 4 && __atomic_load_n(word, __ATOMIC_ACQUIRE) == value; i++)
		sys_call4(SYS_futex, word, FUTEX_WAIT, value, &second);
}

static void set(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
	sys_call3(SYS_futex, word, FUTEX_WAKE, 1);
}

/* Where only who is above may trace (Yama, 1), a process names who may, too; of what it has named before, for
 * its crash handler, the kernel tells nobody. So it is asked only when it cannot be done without. */
static bool may_seize(struct errand *e)
{
	wait_while(&e->allowed, 0);
	if (!e->allowed)
		return false;
	if (beside_seize(e->pid) >= 0)
		return true;
	set(&e->begun, BEGUN_ASKS);
	wait_while(&e->allowed, 1);
	return e->allowed > 1 && beside_seize(e->pid) >= 0;
}

/* Runs in the follower, on the memory of whoever made it, with all signals blocked. Descriptors are copies:
 * who waits for the other end of a pipe is not kept waiting. */
__attribute__((visibility("hidden"), used)) void follower_main(struct errand *e);

void follower_main(struct errand *e)
{
	int status;

	sys_call3(SYS_close_range, 0, ~0u, 0);
	if (!may_seize(e)) {
		set(&e->begun, BEGUN_REFUSED);
		for (;;)
			sys_call0(SYS_pause); /* the memory is still looked at: until it is called off */
	}
	set(&e->begun, BEGUN_SEIZED);
	if (beside_follow(e->pid, "/libconnleak", e->follower, false, &status) == BESIDE_NOT)
		unrecorded_tell(&e->into, (uint32_t)e->pid, false);
}

/* clone(2) with a stack of its own, which it gives back itself at its end. */
static long make(struct errand *e)
{
	register void *stack __asm__("rsi") = (char *)e + MEMORY;
	register long flags __asm__("rdi") = CLONE_VM;
	register long none __asm__("rdx") = 0, r10 __asm__("r10") = 0, r8 __asm__("r8") = 0;
	long ret;

	__asm__ volatile("	syscall\n"
			 "	testq %%rax, %%rax\n"
			 "	jnz 1f\n"
			 "	movq %[e], %%rbx\n"
			 "	xorl %%ebp, %%ebp\n"
			 "	movq %%rbx, %%rdi\n"
			 "	call follower_main\n"
			 "	movq %%rbx, %%rdi\n"
			 "	movl %[size], %%esi\n"
			 "	movl $11, %%eax\n" /* munmap */
			 "	syscall\n"
			 "	xorl %%edi, %%edi\n"
			 "	movl $60, %%eax\n" /* exit */
			 "	syscall\n"
			 "1:\n"
			 : "=a"(ret)
			 : "a"((long)SYS_clone), "r"(flags), "r"(stack), "r"(none), "r"(r10), "r"(r8), [e] "r"(e),
			   [size] "i"(MEMORY)
			 : "rcx", "r11", "memory");
	return ret;
}

static long make_silently(struct errand *e)
{
	uint64_t all = ~0ull, mask = 0;
	long ret;

	sys_call4(SYS_rt_sigprocmask, SIG_BLOCK, &all, &mask, sizeof all);
	ret = make(e);
	sys_call4(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
	return ret;
}

/* Only the first thread keeps its number in an exec. */
struct follower follower_begin(struct dump_unrecorded *into)
{
	long pid = sys_call0(SYS_getpid), made;
	struct follower none = {0, NULL}, it = none;
	struct errand *e;

	if (!options.session || state.sandboxed || pid != sys_call0(SYS_gettid) || !(e = file_memory(MEMORY)))
		return none;
	e->into = *into;
	e->pid = (int)pid;
	made = make_silently(e);
	if (made < 0) {
		file_free(e, MEMORY);
		return none;
	}
	e->follower = (int)made;
	it = (struct follower){(int)made, e};
	set(&e->allowed, 1);
	wait_while(&e->begun, BEGUN_NOT);
	if (__atomic_load_n(&e->begun, __ATOMIC_ACQUIRE) == BEGUN_ASKS) {
		sys_call5(SYS_prctl, PR_SET_PTRACER, made, 0, 0, 0);
		set(&e->allowed, 2);
		wait_while(&e->begun, BEGUN_ASKS);
	}
	if (__atomic_load_n(&e->begun, __ATOMIC_ACQUIRE) != BEGUN_SEIZED) {
		follower_call_off(it);
		return none;
	}
	into->reason = DUMP_REASON_NONE;
	return it;
}

void follower_call_off(struct follower it)
{
	const struct errand *e = it.memory;
	bool asked = e && e->allowed > 1;

	if (!it.pid)
		return;
	sys_call2(SYS_kill, it.pid, SIGKILL);
	while (sys_call4(SYS_wait4, it.pid, NULL, __WALL, NULL) == -EINTR)
		;
	file_free(it.memory, MEMORY);
	if (asked)
		sys_call5(SYS_prctl, PR_SET_PTRACER, 0, 0, 0, 0);
}
#else
struct follower follower_begin(struct dump_unrecorded *into)
{
	return (struct follower){0, NULL};
}

void follower_call_off(struct follower it)
{
}
#endif
