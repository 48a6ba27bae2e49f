/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into User-mode Linux: a processor's registers, as many as it has. That of Linux 6.1 keeps 2,696
 * bytes of them, which is up to AVX-512 and protection keys; the kernel below takes back all or nothing
 * (xstateregs_set() says EFAULT), which is 11,008 bytes where there is AMX.
 *
 * The rest is given back as it is: a program has to ask for AMX (arch_prctl(ARCH_REQ_XCOMP_PERM)).
 */
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static long ask(int request, long pid, void *address, void *data)
{
	return syscall(SYS_ptrace, (long)request, pid, address, data);
}

/* glibc's own returns what was read, the system call puts it to where `data` says (ptrace(2)). */
static long peek(int request, long pid, void *address)
{
	long word = 0, failed = ask(request, pid, address, &word);

	return failed ? failed : word;
}

static long put_registers(long pid, void *what, struct iovec *some)
{
	static char all[1 << 16]; /* User-mode Linux is one thread */
	struct iovec every = {all, sizeof all};

	if (ask(PTRACE_GETREGSET, pid, what, &every) || every.iov_len <= some->iov_len)
		return ask(PTRACE_SETREGSET, pid, what, some);
	memcpy(all, some->iov_base, some->iov_len);
	return ask(PTRACE_SETREGSET, pid, what, &every);
}

long ptrace(enum __ptrace_request request, ...)
{
	va_list rest;
	void *address, *data;
	long pid;

	va_start(rest, request);
	pid = va_arg(rest, int);
	address = va_arg(rest, void *);
	data = va_arg(rest, void *);
	va_end(rest);
	if (request == PTRACE_PEEKTEXT || request == PTRACE_PEEKDATA || request == PTRACE_PEEKUSER)
		return peek(request, pid, address);
	if (request == PTRACE_SETREGSET && address == (void *)NT_X86_XSTATE)
		return put_registers(pid, address, data);
	return ask(request, pid, address, data);
}
