/* SPDX-License-Identifier: Apache-2.0 */
#include "stacks/unwind.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>

#include "core/arena.h"
#include "here/bounds.h"
#include "here/options.h"
#include "here/presence.h"
#include "here/readable.h"
#include "here/self.h"

static int (*backtrace_fn)(void **, int);
static uintptr_t library_start, library_end;
static int loading; /* 1: somebody is at it, or was; 2: what there is was found */
static int inside;  /* threads that hold, or are about to take, one of those locks */
static bool broken; /* a fork copied one of them locked */

/* Bytes of stack that libunwind may need when it meets a frame for the first time. */
#define STACK_NEEDED (24u << 10)
/* How far up the stack a signal frame is looked for, once in each thread. */
#define SCAN_MAX (256u << 10 >> 3) /* words */

/* ---- what it asks of the kernel ------------------------------------------------------------------- */

bool unwind_calls_from(const void *address)
{
	return self.unwinding && (uintptr_t)address - library_start < library_end - library_start;
}

#define LIBCS_OWN (3ull << 31) /* SIGCANCEL and SIGSETXID, signals 32 and 33 */

/* libc's set of all signals has not its own. What there was libunwind asks for where it blocks all. */
long unwind_masks(int how, const sigset_t *set, sigset_t *old)
{
	uint64_t mask;

	memcpy(&mask, set, sizeof mask);
	if (old)
		mask |= LIBCS_OWN;
	return sys_call4(SYS_rt_sigprocmask, how, &mask, old, sizeof mask);
}

/* ---- when it is safe ------------------------------------------------------------------------------ */

/* The kernel's struct, whose restorer glibc keeps to itself. */
struct kernel_sigaction {
	void *handler;
	unsigned long flags;
	uintptr_t restorer;
	uint64_t mask;
};

/* sigaction(2) leaves the restorer on the stack, too, where later frames (ours) may not write on it. Above
 * the one that the kernel put there lies the context that it saved, with the code segment of user space:
 * 0x33, under Xen also 0xe033 (sigreturn(2), arch/x86/include/asm/segment.h). */
static bool made_by_kernel(const uintptr_t *at, const uintptr_t *top)
{
#if defined(__x86_64__)
	const ucontext_t *context = (const void *)(at + 1);
	uint16_t segment;

	if ((uintptr_t)top - (uintptr_t)at <= sizeof *context)
		return false;
	segment = (uint16_t)context->uc_mcontext.gregs[REG_CSGSFS];
	return segment == 0x33 || segment == 0xe033;
#else
	return true;
#endif
}

/* Is there, above us on this stack, the return address into the signal trampoline? Old garbage may
 * look like it: then we decline once too often. */
static bool above(uintptr_t restorer)
{
	const uintptr_t *p = __builtin_frame_address(0), *top = bounds_top(p), *end = p + SCAN_MAX;

	if (!top)
		return true;
	for (; p < end && p < top; p++)
		if (*p == restorer && made_by_kernel(p, top))
			return true;
	return false;
}

#define RESTORER 0x04000000u /* SA_RESTORER, which glibc keeps to itself, too */

/* Inside a signal handler the handler's own signal is blocked (unless it asked for SA_NODEFER). libunwind's
 * first use in a thread allocates: interrupting malloc, it would wait for ever. Who gave no restorer comes
 * back through the kernel's own (aarch64), whose address may be signed on the stack: there it may be any. */
bool unwind_in_signal_handler(void)
{
	struct kernel_sigaction action;
	uint64_t mask = 0;

	if (sys_call4(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof mask) < 0)
		return true;
	for (int n = 1; mask; n++, mask >>= 1) {
		if (!(mask & 1) || sys_call4(SYS_rt_sigaction, n, NULL, &action, 8) < 0)
			continue;
		if (action.handler != SIG_DFL && action.handler != SIG_IGN &&
		    (!(action.flags & RESTORER) || above(action.restorer)))
			return true;
	}
	return false;
}

/* ---- loading it --------------------------------------------------------------------------------- */

/* Its program headers lie at the start of its image (elf(5)). The linker knows where that is; dladdr(3)
 * would look through all symbols. */
static void measure(void *library)
{
	const ElfW(Ehdr) *image;
	const ElfW(Phdr) *ph;
	struct link_map *map;

	if (!library || dlinfo(library, RTLD_DI_LINKMAP, &map) != 0)
		return;
	image = (const void *)map->l_addr;
	ph = (const void *)((const char *)image + image->e_phoff);
	library_start = (uintptr_t)image;
	for (int i = 0; i < image->e_phnum; i++)
		if (ph[i].p_type == PT_LOAD && library_start + ph[i].p_vaddr + ph[i].p_memsz > library_end)
			library_end = library_start + ph[i].p_vaddr + ph[i].p_memsz;
}

void unwind_load(void)
{
	void *library, *take;

	/* dlopen allocates and takes the loader's lock: not where a handler may have interrupted either. */
	if (likely(__atomic_load_n(&loading, __ATOMIC_RELAXED)) || !options.stack_depth || state.sandboxed ||
	    bounds_room() < STACK_NEEDED || unwind_in_signal_handler() ||
	    __atomic_exchange_n(&loading, 1, __ATOMIC_RELAXED))
		return;
	library = dlmopen(LM_ID_BASE, "libunwind.so.8", RTLD_NOW | RTLD_LOCAL);
	take = library ? dlsym(library, "unw_backtrace") : NULL;
	measure(library);
	__atomic_store_n(&backtrace_fn, (int (*)(void **, int))take, __ATOMIC_RELEASE);
	__atomic_store_n(&loading, 2, __ATOMIC_RELEASE);
}

bool unwind_has_room(void)
{
	return likely(bounds_left() >= STACK_NEEDED);
}

bool unwind_enter(void)
{
	if (unlikely(broken))
		return false;
	__atomic_fetch_add(&inside, 1, __ATOMIC_ACQUIRE);
	return true;
}

void unwind_leave(void)
{
	__atomic_fetch_sub(&inside, 1, __ATOMIC_RELEASE);
}

void unwind_after_fork(void)
{
	broken = broken || inside != 0;
	inside = 0;
}

/* Where libunwind walks by what it has kept it gives the address before the one that is returned to: on
 * aarch64 in all versions up to 1.8, on x86-64 up to 1.4 (its Gtrace.c, use_prev_instr); by the long way that
 * address itself. It is wanted as it lies on the stack, where it is looked for (stacks/cache.h). */
#if defined(__aarch64__)
/* A multiple of four. */
static void mend(void **frames, int count, uintptr_t ours)
{
	(void)ours;
	for (int i = 0; i < count; i++)
		frames[i] = (void *)(((uintptr_t)frames[i] + 3) & ~(uintptr_t)3);
}
#else
/* By what libunwind knows it: mov $15, %rax (rt_sigreturn); syscall. libc and Go align it. */
static bool is_trampoline(uintptr_t address)
{
	return !(address & 15) && readable((const void *)address, 9) &&
	       memcmp((const void *)address, "\x48\xc7\xc0\x0f\0\0\0\x0f\x05", 9) == 0;
}

/* Which way it was our own return address tells, the second. What a signal interrupted is not returned to. */
static void mend(void **frames, int count, uintptr_t ours)
{
	bool returns = true;

	if (likely(count < 2 || (uintptr_t)frames[1] + 1 != ours))
		return;
	for (int i = 0; i < count; i++) {
		uintptr_t address = (uintptr_t)frames[i] + returns;

		returns = !is_trampoline(address);
		frames[i] = (void *)address;
	}
}
#endif

__attribute__((noinline)) int unwind_take(void **frames, int max)
{
	int (*take)(void **, int) = __atomic_load_n(&backtrace_fn, __ATOMIC_ACQUIRE);
	int saved = errno, n = 0;

	if (unlikely(!take)) {
		bool looked = __atomic_load_n(&loading, __ATOMIC_ACQUIRE) == 2;

		arena_lost(&here, looked ? DUMP_LOST_UNWINDER : DUMP_LOST_STACKS_UNSAFE, 1);
		return 0;
	}
	if (self.unwinding || state.sandboxed ||
	    (!self.unwound && unwind_in_signal_handler()) || !unwind_enter()) {
		arena_lost(&here, DUMP_LOST_STACKS_UNSAFE, 1);
		return 0;
	}
	self.unwinding = true;
	errno = 0; /* it repeats some calls for as long as it finds EINTR here */
	n = take(frames, max);
	mend(frames, n, (uintptr_t)__builtin_return_address(0));
	self.unwinding = false;
	unwind_leave();
	self.unwound = true;
	errno = saved;
	return n > 0 ? n : 0;
}
