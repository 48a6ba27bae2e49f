/* SPDX-License-Identifier: Apache-2.0 */
#if defined(__x86_64__)
#include "beside/tracee.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

#define VDSO_MAX 16384u

static long trace(long request, const struct tracee *t, const void *at, const void *data)
{
	return sys_call4(SYS_ptrace, request, t->pid, at, data);
}

/* ---- memory -------------------------------------------------------------------------------------------- */

static bool move(const struct tracee *t, long call, uint64_t at, const void *bytes, size_t size)
{
	struct iovec here = {(void *)(uintptr_t)bytes, size}, there = {(void *)(uintptr_t)at, size};

	return sys_call6(call, t->pid, &here, 1, &there, 1, 0) == (long)size;
}

/* Short reads, of what lies together: by chunks, none of which crosses a page. */
bool tracee_read(struct tracee *t, uint64_t at, void *to, size_t size)
{
	while (size) {
		uint64_t start = at & ~(uint64_t)(TRACEE_CHUNK - 1), off = at - start;
		struct tracee_chunk *c = &t->chunks[start / TRACEE_CHUNK % 4];
		size_t n = TRACEE_CHUNK - off < size ? TRACEE_CHUNK - off : size;

		if (c->at != start) {
			c->at = 0;
			if (!start || !move(t, SYS_process_vm_readv, start, c->bytes, TRACEE_CHUNK))
				return false;
			c->at = start;
		}
		memcpy(to, c->bytes + off, n);
		to = (char *)to + n;
		at += n;
		size -= n;
	}
	return true;
}

uint64_t tracee_word(struct tracee *t, uint64_t at)
{
	uint64_t word;

	return tracee_read(t, at, &word, sizeof word) ? word : 0;
}

static void forget(struct tracee *t)
{
	for (int i = 0; i < 4; i++)
		t->chunks[i].at = 0;
}

bool tracee_write(struct tracee *t, uint64_t at, const void *from, size_t size)
{
	forget(t);
	return move(t, SYS_process_vm_writev, at, from, size);
}

/* ---- stops --------------------------------------------------------------------------------------------- */

#define STOPPED_BY(status) ((status) >> 8 & 0xff)
#define EVENT(status) ((status) >> 16)
#define OF_CALL (SIGTRAP | 0x80) /* PTRACE_O_TRACESYSGOOD */

long tracee_seize(int pid)
{
	return sys_call4(SYS_ptrace, PTRACE_SEIZE, pid, 0, PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD);
}

/* The next stop, or the end. */
static bool stops(struct tracee *t)
{
	long ret;

	do
		ret = sys_call4(SYS_wait4, t->pid, &t->status, __WALL, NULL);
	while (ret == -EINTR);
	t->ended = ret != t->pid || !WIFSTOPPED(t->status);
	return !t->ended;
}

/* Goes on as if nobody traced it: signals are delivered, and who is stopped by one stays stopped. */
static void pass(struct tracee *t)
{
	long sig = STOPPED_BY(t->status);

	if (EVENT(t->status) == PTRACE_EVENT_STOP && sig != SIGTRAP)
		trace(PTRACE_LISTEN, t, NULL, NULL);
	else
		trace(PTRACE_CONT, t, NULL, (void *)(EVENT(t->status) ? 0 : sig));
}

bool tracee_wait_for_exec(struct tracee *t, int *status)
{
	while (stops(t) && EVENT(t->status) != PTRACE_EVENT_EXEC)
		pass(t);
	/* The call itself has still to return, which sets a register. */
	if (!t->ended)
		t->stopped = trace(PTRACE_SYSCALL, t, NULL, NULL) == 0 && stops(t) && STOPPED_BY(t->status) == OF_CALL &&
			     trace(PTRACE_GETREGS, t, NULL, &t->regs) == 0;
	*status = t->status;
	return !t->ended;
}

/* A signal that stopped it in between is given back, too. */
bool tracee_let_go(struct tracee *t, int *status)
{
	if (!t->ended && trace(PTRACE_DETACH, t, NULL, (void *)(long)t->pending) == -ESRCH)
		stops(t);
	*status = t->status;
	return !t->ended;
}

/* ---- calls --------------------------------------------------------------------------------------------- */

bool tracee_can_call(struct tracee *t, uint64_t vdso)
{
	uint64_t none = ~0ull;
	uint8_t two[2];

	for (uint64_t at = vdso; at < vdso + VDSO_MAX && !t->call; at++) {
		if (!tracee_read(t, at, two, sizeof two))
			return false;
		if (two[0] == 0x0f && two[1] == 0x05)
			t->call = at;
	}
	return t->call && trace(PTRACE_GETSIGMASK, t, (void *)sizeof t->mask, &t->mask) == 0 &&
	       trace(PTRACE_SETSIGMASK, t, (void *)sizeof none, &none) == 0;
}

long tracee_call(struct tracee *t, long n, const uint64_t args[6])
{
	struct user_regs_struct r = t->regs;

	r.rip = t->call;
	r.orig_rax = ~0ull;
	r.rax = (uint64_t)n;
	r.rdi = args[0];
	r.rsi = args[1];
	r.rdx = args[2];
	r.r10 = args[3];
	r.r8 = args[4];
	r.r9 = args[5];
	if (t->ended || trace(PTRACE_SETREGS, t, NULL, &r) < 0)
		return -ESRCH;
	do {
		if (trace(PTRACE_SINGLESTEP, t, NULL, NULL) < 0 || !stops(t))
			return -ESRCH;
		if (STOPPED_BY(t->status) != SIGTRAP)
			t->pending = STOPPED_BY(t->status); /* SIGSTOP, which nobody can block */
		if (trace(PTRACE_GETREGS, t, NULL, &r) < 0)
			return -ESRCH;
	} while (r.rip == t->call);
	return (long)r.rax;
}

long tracee_map(struct tracee *t, uint64_t at, uint64_t size, long prot, long fd, uint64_t offset)
{
	uint64_t flags = MAP_PRIVATE | (at ? MAP_FIXED : 0) | (fd < 0 ? MAP_ANONYMOUS : 0);
	long ret = tracee_call(t, SYS_mmap, (uint64_t[6]){at, size, (uint64_t)prot, flags, (uint64_t)fd, offset});

	return ret < 0 && ret > -4096 ? -1 : ret;
}

void tracee_unmap(struct tracee *t, uint64_t at, uint64_t size)
{
	tracee_call(t, SYS_munmap, (uint64_t[6]){at, size});
}

bool tracee_go_on(struct tracee *t, uint64_t at)
{
	struct user_regs_struct r = t->regs;

	r.rip = at;
	r.rax = 0;
	r.orig_rax = ~0ull;
	return !t->ended && trace(PTRACE_SETREGS, t, NULL, &r) == 0 &&
	       trace(PTRACE_SETSIGMASK, t, (void *)sizeof t->mask, &t->mask) == 0;
}
#endif
