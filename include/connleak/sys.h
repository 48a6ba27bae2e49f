/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls of our own, of both sides. They go to the kernel directly: not through libc's functions, which
 * are hooked, set errno and may be interposed by others. Knows nothing of the recorder.
 *
 * Each returns the result or -errno. All are async-signal-safe.
 */
#ifndef CONNLEAK_SYS_H
#define CONNLEAK_SYS_H

#include <stdint.h>
#include <sys/syscall.h>

/* Of Linux 5.3 and 5.6, on every machine; older headers do not have them. */
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

#if defined(__x86_64__)
static inline long sys6(long n, long a, long b, long c, long d, long e, long f)
{
	long ret;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}
/* What is not asked for is not passed: a register less to be set for each. */
static inline long sys0(long n)
{
	long ret;

	__asm__ volatile("syscall" : "=a"(ret) : "a"(n) : "rcx", "r11", "memory");
	return ret;
}
static inline long sys2(long n, long a, long b)
{
	long ret;

	__asm__ volatile("syscall" : "=a"(ret) : "a"(n), "D"(a), "S"(b) : "rcx", "r11", "memory");
	return ret;
}
static inline long sys3(long n, long a, long b, long c)
{
	long ret;

	__asm__ volatile("syscall" : "=a"(ret) : "a"(n), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return ret;
}
#elif defined(__aarch64__)
static inline long sys6(long n, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = n;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;
	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}
#define sys0(n) sys6(n, 0, 0, 0, 0, 0, 0)
#define sys2(n, a, b) sys6(n, a, b, 0, 0, 0, 0)
#define sys3(n, a, b, c) sys6(n, a, b, c, 0, 0, 0)
#else
#error "connleak: this architecture has no system call stub yet (include/connleak/sys.h)"
#endif

#define SYS_ARG(a) ((long)(intptr_t)(a))
#define sys_call6(n, a, b, c, d, e, f)                                                            \
	sys6(n, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), SYS_ARG(d), SYS_ARG(e), SYS_ARG(f))
#define sys_call5(n, a, b, c, d, e) sys_call6(n, a, b, c, d, e, 0)
#define sys_call4(n, a, b, c, d) sys_call6(n, a, b, c, d, 0, 0)
#define sys_call3(n, a, b, c) sys3(n, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c))
#define sys_call2(n, a, b) sys2(n, SYS_ARG(a), SYS_ARG(b))
#define sys_call1(n, a) sys2(n, SYS_ARG(a), 0)
#define sys_call0(n) sys0(n)

#endif
