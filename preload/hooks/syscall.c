/* SPDX-License-Identifier: Apache-2.0 */
/*
 * syscall(2), by which some close, copy and open descriptors past libc's functions (Node's libuv
 * closes so). Most numbers are none of our business, and clone's child may return from here on a
 * stack of its own: so this is a jump, not a call, for all but the numbers in the table. That
 * takes a few lines of assembly.
 */
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "here/readable.h"
#include "hooks/hook.h"
#include "stacks/unwind.h"
#include "syscalls.h"

typedef long syscall_fn(long n, long a, long b, long c, long d, long e, long f);

/* Until the real one is bound. */
static long direct(long n, long a, long b, long c, long d, long e, long f)
{
	long ret = sys6(n, a, b, c, d, e, f);

	if (ret < 0 && ret > -4096) {
		errno = (int)-ret;
		return -1;
	}
	return ret;
}

__attribute__((visibility("hidden"))) syscall_fn *connleak_real_syscall = direct;
__attribute__((visibility("hidden"))) syscall_fn connleak_syscall;
static const struct hook row_syscall
	__attribute__((section("connleak_hooks"), used, aligned(sizeof(void *)))) = {
		"syscall", (void **)(void *)&connleak_real_syscall, (void *)connleak_syscall};

__attribute__((visibility("hidden"), used)) syscall_fn connleak_recorded_syscall;

/* libunwind's own write: its way of asking whether an address can be read. */
static long unwinder_writes(const void *from, long size)
{
	if (readable_byte(from))
		return size;
	errno = EFAULT;
	return -1;
}

long connleak_recorded_syscall(long n, long a, long b, long c, long d, long e, long f)
{
	const struct syscall_row *row = syscall_row((unsigned long)n);
	long args[6] = {a, b, c, d, e, f}; /* not const: from here they are taken again, and kept once */
	struct syscall_moment moment;
	long ret;

	if (n == SYS_write && unlikely(unwind_calls_from(__builtin_return_address(0))))
		return unwinder_writes((const void *)b, c);
	if (unlikely(!row))
		return connleak_real_syscall(n, a, b, c, d, e, f);
	RECORD syscall_before(&moment, row, args);
	ret = connleak_real_syscall(n, args[0], args[1], args[2], args[3], args[4], args[5]);
	RECORD syscall_after(&moment, row, args, ret, ret < 0 ? guard_errno : 0);
	return ret;
}

#if defined(__x86_64__)
/* The arguments stay where they are; all three targets take them as syscall() itself does. */
__asm__(".text\n"
	".globl syscall\n"
	".type syscall, @function\n"
	".hidden connleak_syscall\n"
	".globl connleak_syscall\n"
	".type connleak_syscall, @function\n"
	"syscall:\n"
	"connleak_syscall:\n"
	".cfi_startproc\n"
	"	cmpq $511, %rdi\n"
	"	ja 1f\n"
	"	leaq syscall_rows(%rip), %rax\n"
	"	cmpb $0, (%rax,%rdi,4)\n"
	"	jne 2f\n"
	"1:	jmp *connleak_real_syscall(%rip)\n"
	"2:	jmp connleak_recorded_syscall\n"
	".cfi_endproc\n"
	".size syscall, .-syscall\n");
#else
long connleak_syscall(long n, long a, long b, long c, long d, long e, long f)
	__attribute__((alias("connleak_recorded_syscall")));
EXPORT long syscall(long n, ...) __attribute__((alias("connleak_recorded_syscall")));
#endif
