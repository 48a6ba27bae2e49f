/* SPDX-License-Identifier: Apache-2.0 */
/*
 * syscall(2), by which some close, copy and open descriptors past libc's functions (Node's libuv
 * closes so). Most numbers are none of our business, and clone's child may return from here on a
 * stack of its own: so this is a jump, not a call, for all but the numbers in the table. That
 * takes a few lines of assembly.
 */
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "conn.h"
#include "hooks/hook.h"
#include "process.h"
#include "here/readable.h"
#include "stacks/unwind.h"

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

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
static const struct hook row_syscall
	__attribute__((section("connleak_hooks"), used, aligned(sizeof(void *)))) = {
		"syscall", (void **)(void *)&connleak_real_syscall};

#define RECORDED 512
/* Which numbers are looked at. */
__attribute__((visibility("hidden"))) const uint8_t connleak_recorded_syscalls[RECORDED] = {
#ifdef SYS_dup2
	[SYS_dup2] = 1,
#endif
	[SYS_close] = 1,   [SYS_close_range] = 1, [SYS_dup] = 1,     [SYS_dup3] = 1,
	[SYS_fcntl] = 1,   [SYS_socket] = 1,      [SYS_accept] = 1,  [SYS_accept4] = 1,
	[SYS_connect] = 1, [SYS_bind] = 1,        [SYS_listen] = 1,  [SYS_shutdown] = 1,
	[SYS_read] = 1,    [SYS_write] = 1,       [SYS_readv] = 1,   [SYS_writev] = 1,
	[SYS_sendto] = 1,  [SYS_recvfrom] = 1,    [SYS_sendmsg] = 1, [SYS_recvmsg] = 1,
	[SYS_socketpair] = 1, [SYS_pidfd_getfd] = 1, [SYS_seccomp] = 1, [SYS_prctl] = 1,
	[SYS_exit_group] = 1, [SYS_execve] = 1, [SYS_execveat] = 1,
};

/* Returns whether process_sandbox_end() has to be told. */
static bool before(long n, long a, long b, long c)
{
	if ((n == SYS_seccomp && a != SECCOMP_GET_ACTION_AVAIL && a != SECCOMP_GET_NOTIF_SIZES) ||
	    (n == SYS_prctl && a == PR_SET_SECCOMP))
		return process_sandbox_begin(n == SYS_seccomp && (b & SECCOMP_FILTER_FLAG_TSYNC));
	if (n == SYS_close)
		conn_close((int)a);
	else if (n == SYS_close_range && (c & ~CLOSE_RANGE_UNSHARE) == 0 && (unsigned)a <= (unsigned)b)
		conn_close_range((unsigned)a, (unsigned)b);
	else if (n == SYS_execve || n == SYS_execveat)
		process_exec_begin(NULL);
	else if (n == SYS_exit_group)
		process_end((int)a, true);
	return false;
}

static void gave(long n, int ret, long a, long b, long c)
{
	struct sockaddr *peer = (struct sockaddr *)b;
	socklen_t *size = (socklen_t *)c;

	if (n == SYS_socket)
		conn_opened(ret, (int)a, (int)b, (int)c);
	else if (n == SYS_accept || n == SYS_accept4)
		conn_accepted((int)a, ret, peer, peer && size ? *size : 0);
	else if (n == SYS_pidfd_getfd)
		conn_received(ret);
	else if (n == SYS_dup || n == SYS_dup3 ||
		 (n == SYS_fcntl && (b == F_DUPFD || b == F_DUPFD_CLOEXEC)))
		conn_duplicated((int)a, ret);
#ifdef SYS_dup2
	else if (n == SYS_dup2)
		conn_duplicated((int)a, ret);
#endif
}

static void after(long n, long ret, long a, long b, long c, long d)
{
	if (n == SYS_execve || n == SYS_execveat)
		process_exec_failed(NULL);
	if (ret < 0)
		return;
	if (n == SYS_socketpair)
		conn_pair((const int *)d, (int)a, (int)b, (int)c);
	else if (n == SYS_bind)
		conn_bound((int)a);
	else if (n == SYS_listen)
		conn_listening((int)a);
	else if (n == SYS_shutdown)
		conn_shut((int)a, (int)b);
	else
		gave(n, (int)ret, a, b, c);
}

/* ---- calls that move bytes ------------------------------------------------------------------------ */

static enum dump_call moving(long n)
{
	switch (n) {
	case SYS_read: return DUMP_CALL_read;
	case SYS_write: return DUMP_CALL_write;
	case SYS_readv: return DUMP_CALL_readv;
	case SYS_writev: return DUMP_CALL_writev;
	case SYS_recvfrom: return DUMP_CALL_recvfrom;
	case SYS_sendto: return DUMP_CALL_sendto;
	case SYS_recvmsg: return DUMP_CALL_recvmsg;
	case SYS_sendmsg: return DUMP_CALL_sendmsg;
	case SYS_connect: return DUMP_CALL_connect;
	}
	return DUMP_CALL_none;
}

static void moved(const struct conn_io *io, long n, long ret, int error, long b, long c, long d)
{
	const struct msghdr *message = (const void *)b;
	struct iovec one = {(void *)b, (size_t)c}, *iov = &one;
	size_t count = 1;

	if (n == SYS_readv || n == SYS_writev) {
		iov = (struct iovec *)b;
		count = (size_t)c;
	} else if (n == SYS_recvmsg || n == SYS_sendmsg) {
		iov = ret > 0 ? message->msg_iov : NULL;
		count = ret > 0 ? message->msg_iovlen : 0;
		d = c;
	}
	if (n == SYS_connect)
		conn_connect_end(io, (const struct sockaddr *)b, (socklen_t)c, ret ? error : 0);
	else if (n == SYS_write || n == SYS_writev || n == SYS_sendto || n == SYS_sendmsg)
		conn_end_out(io, ret, error, iov, count);
	else if ((n == SYS_recvfrom || n == SYS_recvmsg) && (d & MSG_PEEK))
		conn_end_peek(io, ret, error, c > 0);
	else
		conn_end_in(io, ret, error, iov, count, n == SYS_recvmsg || c > 0);
}

__attribute__((visibility("hidden"), used)) syscall_fn connleak_recorded_syscall;

long connleak_recorded_syscall(long n, long a, long b, long c, long d, long e, long f)
{
	enum dump_call call = moving(n);
	bool tracked = false, sandbox = false;
	struct conn_io io;
	long ret;

	if (n == SYS_write && unlikely(unwind_calls_from(__builtin_return_address(0)))) {
		if (readable_byte((const void *)b))
			return c;
		errno = EFAULT;
		return -1;
	}
	RECORD {
		if (call)
			tracked = conn_begin(&io, (int)a, call);
		else
			sandbox = before(n, a, b, c);
	}
	ret = connleak_real_syscall(n, a, b, c, d, e, f);
	RECORD {
		if (sandbox)
			process_sandbox_end(ret >= 0);
		if (tracked)
			moved(&io, n, ret, ret < 0 ? guard_errno : 0, b, c, d);
		else if (!call)
			after(n, ret, a, b, c, d);
	}
	return ret;
}

#if defined(__x86_64__)
/* The arguments stay where they are; all three targets take them as syscall() itself does. */
__asm__(".text\n"
	".globl syscall\n"
	".type syscall, @function\n"
	"syscall:\n"
	".cfi_startproc\n"
	"	cmpq $511, %rdi\n"
	"	ja 1f\n"
	"	leaq connleak_recorded_syscalls(%rip), %rax\n"
	"	cmpb $0, (%rax,%rdi)\n"
	"	jne 2f\n"
	"1:	jmp *connleak_real_syscall(%rip)\n"
	"2:	jmp connleak_recorded_syscall\n"
	".cfi_endproc\n"
	".size syscall, .-syscall\n");
#else
EXPORT long syscall(long n, ...) __attribute__((alias("connleak_recorded_syscall")));
#endif
