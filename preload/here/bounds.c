/* SPDX-License-Identifier: Apache-2.0 */
#include "here/bounds.h"

#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>

#include "here/presence.h"

#define PAGE 4096u /* or more: for what must not be taken for larger than it is */

__thread uintptr_t bounds_lent __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* ---- main's: grows towards its limit ------------------------------------------------------------------ */

/* What exec gives at once (the kernel's setup_arg_pages()): so much is there whatever becomes of
 * the limit. The arguments lie above it. */
#define GIVEN (128u << 10)
/* What is mapped elsewhere lies at least this far below (the kernel's mmap_base()). */
#define FAR (128u << 20)
/* Who has this has enough for anything. */
#define PLENTY (64u << 10)

static uintptr_t main_end; /* of the memory that the limit counts */

static uintptr_t main_bottom(void)
{
	struct rlimit limit = {0, 0};

	sys_call4(SYS_prlimit64, 0, RLIMIT_STACK, NULL, &limit);
	return main_end - (limit.rlim_cur < FAR / 2 ? (uintptr_t)limit.rlim_cur : FAR / 2);
}

/* At the very end lies the program's name (getauxval(3), AT_EXECFN). */
void bounds_main(void)
{
	extern void *__libc_stack_end;
	uintptr_t name = (uintptr_t)getauxval(AT_EXECFN), top = (uintptr_t)__libc_stack_end;
	uintptr_t page = getauxval(AT_PAGESZ);

	if (self.stack_top)
		return;
	main_end = name > top ? (name + strlen((const char *)name)) | (page - 1) : top;
	self.stack_top = top;
	self.stack_bottom = main_bottom();
	self.stack_grows = true;
}

/* The limit may have been lowered since. */
static size_t left_of_main(uintptr_t here)
{
	size_t given = here - self.stack_bottom;
	uintptr_t bottom;

	if (self.stack_top - here + PLENTY < GIVEN)
		return given;
	bottom = main_bottom();
	return bottom <= self.stack_bottom ? given : here > bottom ? here - bottom : 0;
}

/* ---- a thread's ---------------------------------------------------------------------------------------- */

/* libc keeps the thread's own block at the end of its stack: its descriptor, smaller than a page, and its
 * thread-local variables, on one side of the thread pointer or the other (ELF TLS, variants I and II). */
#define BLOCK_MAX (256u << 10)
#if defined(__x86_64__)
#define ABOVE_POINTER PAGE
#else
#define ABOVE_POINTER (64u << 10)
#endif

/* Where the block does not lie there, the stack can be read to this page's end, and is known no further. */
void bounds_thread(size_t size)
{
	uintptr_t block = (uintptr_t)thread_pointer(), here = (uintptr_t)__builtin_frame_address(0);
	bool above = block > here && block - here < BLOCK_MAX;

	self.stack_top = above ? block : (here | (PAGE - 1)) - (sizeof here - 1);
	self.stack_bottom = above && size > ABOVE_POINTER && size < block && block + ABOVE_POINTER - size < here ?
				    block + ABOVE_POINTER - size : here & ~(uintptr_t)(PAGE - 1);
	self.stack_grows = false;
}

/* ---- any ---------------------------------------------------------------------------------------------- */

size_t bounds_left(void)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	stack_t alternate;

	if (bounds_lent && here - bounds_lent < BOUNDS_LENT)
		return state.sandboxed ? 0 : here - bounds_lent;
	if (state.sandboxed || sys_call2(SYS_sigaltstack, NULL, &alternate) < 0)
		return 0;
	if (alternate.ss_flags & SS_ONSTACK) /* which may lie in the thread's own */
		return here - (uintptr_t)alternate.ss_sp < alternate.ss_size ? here - (uintptr_t)alternate.ss_sp : 0;
	if (!bounds_own(here))
		return 0;
	return self.stack_grows ? left_of_main(here) : here - self.stack_bottom;
}

size_t (*bounds_fiber)(uintptr_t at);

size_t bounds_room(void)
{
	size_t left = bounds_left();

	return left || !bounds_fiber || state.sandboxed ? left : bounds_fiber((uintptr_t)__builtin_frame_address(0));
}
