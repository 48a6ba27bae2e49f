/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs on the thread's own stack (enter.h), on behalf of a goroutine. Nothing is held across the real call
 * but the frames on that stack. Go's child of a vfork makes its calls here, too, in our memory: what may be
 * such a child's is not told before it is asked whose it is.
 */
#include "golang/enter.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "follower.h"
#include "golang/g.h"
#include "golang/g_stack.h"
#include "golang/goroutine.h"
#include "golang/moves.h"
#include "golang/pointer.h"
#include "golang/crypto.h"
#include "here/guard.h"
#include "here/readable.h"
#include "process.h"
#include "sockets/descriptor.h"
#include "syscalls.h"
#include "threads/thread.h"
#include "unrecorded.h"

#if defined(__x86_64__)
static long direct(const struct golang_call *c)
{
	return sys6(c->n, c->args[0], c->args[1], c->args[2], c->args[3], c->args[4], c->args[5]);
}

/* Neither what was a socket, nor the next number after one that was closed twice. */
static bool closes_nothing(int fd)
{
	if (twice_remembers(fd) || self.closed_twice)
		return false;
	twice_closing(fd, NULL);
	return true;
}

/* Most calls are on what is no socket of ours, or are the runtime's own: its poller waits for everybody,
 * which says nothing of anybody. */
static bool tells_nothing(const struct golang_call *c, const struct syscall_row *row)
{
	int fd = (int)c->args[0];

	switch (row->does) {
	case SYSCALL_WAITS_FOR_SET: return true;
	case SYSCALL_WATCHES: return !descriptor_get((int)c->args[2]) || g_in_runtime(c);
	case SYSCALL_FILTERS_BY_OPTION: return (int)c->args[0] != PR_SET_SECCOMP;
	case SYSCALL_COPIES: return !descriptor_get(fd) && (c->n == SYS_dup || !descriptor_get((int)c->args[1]));
	case SYSCALL_COPIES_BY_COMMAND:
		return ((int)c->args[1] != F_DUPFD && (int)c->args[1] != F_DUPFD_CLOEXEC) || !descriptor_get(fd);
	case SYSCALL_SPLICES: return !descriptor_get(fd) && !descriptor_get((int)c->args[2]);
	case SYSCALL_CLOSES: return !descriptor_get(fd) && closes_nothing(fd);
	case SYSCALL_READS: case SYSCALL_WRITES: case SYSCALL_CONNECTS: case SYSCALL_BINDS:
	case SYSCALL_LISTENS: case SYSCALL_SHUTS: case SYSCALL_ASKS: case SYSCALL_ASKS_NAME: case SYSCALL_ASKS_PEER:
		return !descriptor_get(fd);
	}
	return false;
}

/* What the child of Go's vfork may call between that and its exec. Its last words to its parent are an errno,
 * of eight bytes (syscall/exec_linux.go, forkAndExecInChild1). */
static bool may_be_childs(const struct golang_call *c, const struct syscall_row *row)
{
	switch (row->does) {
	case SYSCALL_WRITES: return c->n == SYS_write && c->args[2] == 8;
	case SYSCALL_READS: case SYSCALL_SPLICES: case SYSCALL_CONNECTS: case SYSCALL_ACCEPTS: case SYSCALL_OPENS:
	case SYSCALL_ASKS: case SYSCALL_ASKS_NAME: case SYSCALL_ASKS_PEER: case SYSCALL_WATCHES:
		return false;
	}
	return true;
}

/* Whose call is it? Of most it is known without a system call: Go's child runs on as the goroutine that
 * called vfork, which has not told the scheduler that it is in a system call, as most callers do. */
enum whose { UNKNOWN, PARENTS, CHILDS };

static enum whose whose(const struct golang_call *c, const struct syscall_row *row)
{
	if (state_forked())
		return UNKNOWN;
	if (c->g && g_status(c->g) == GO_SYSCALL)
		return PARENTS;
	if (!may_be_childs(c, row))
		return UNKNOWN;
	return state_vforked() ? CHILDS : PARENTS;
}

/* Should it fail, Go's child ends, and the follower with it. Writes nothing of ours. */
static void child_execs(const struct golang_call *c)
{
	struct dump_unrecorded into;

	if (c->n == SYS_execve && readable((const void *)c->args[0], 1)) {
		if (unrecorded_look(&into, AT_FDCWD, (const char *)c->args[0]))
			follower_begin(&into);
		process_exec_begin(&into);
	}
}

/* The goroutine is parked now, until the poller says that the socket is ready. */
static void parks(const struct syscall_moment *moment, const struct syscall_row *row, long ret)
{
	bool moves = row->does == SYSCALL_READS || row->does == SYSCALL_WRITES || row->does == SYSCALL_ACCEPTS ||
		     row->does == SYSCALL_SPLICES;

	if (ret == -EAGAIN && moves && (moment->begun || moment->writes) && self.at && !state_forked())
		threads_wait_begin(self.at, row->call, moment->io.id, -1, state_now());
}

/* Two things that need no system call then. */
static void lend(const struct golang_call *c, enum whose whose)
{
	const uintptr_t *stack = (const uintptr_t *)c->g; /* a g's first two words */

	self.not_vforked = whose == PARENTS ? self.inside : 0;
	if (stack && c->sp >= stack[0] && c->sp < stack[1])
		readable_too = (struct readable_too){c->sp, stack[1]};
}

static void take_back(void)
{
	self.not_vforked = 0;
	readable_too.end = 0;
}

/* Whose call it was before it, which is whose it is after it, too, unless nobody could be met then. */
struct caller {
	struct goroutine_saved who;
	bool met;
};

static bool filters(const struct syscall_row *row)
{
	return row->does == SYSCALL_FILTERS || row->does == SYSCALL_FILTERS_BY_OPTION;
}

/* Before the call there may be no dump yet, after it there is one: what was made is somebody's. */
static void after(struct syscall_moment *moment, const struct syscall_row *row, const struct golang_call *c,
		  long ret, enum whose whose, const struct caller *caller)
{
	struct goroutine_saved saved;

	lend(c, whose);
	if ((row->does == SYSCALL_OPENS || row->does == SYSCALL_PAIRS) && ret >= 0)
		process_open();
	if (moment->begun && filters(row) && ret >= 0 && golang_pointer_foreign == GOLANG_POINTER_BY_CALL)
		arena_lost(&here, DUMP_LOST_SANDBOXED, 1);
	saved = caller->met && !state_forked() ? goroutine_become(c, &caller->who) : goroutine_enter(c);
	syscall_after(moment, row, c->args, ret < 0 ? -1 : ret, ret < 0 ? (int)-ret : 0);
	parks(moment, row, ret);
	goroutine_leave(saved);
	take_back();
}

static struct caller before(struct syscall_moment *moment, const struct syscall_row *row,
			    const struct golang_call *c, enum whose whose)
{
	struct goroutine_saved saved = goroutine_enter(c);
	struct caller caller = {.who = goroutine_self(), .met = self.slot != saved.slot};

	lend(c, whose);
	syscall_before(moment, row, c->args);
	take_back();
	goroutine_leave(saved);
	return caller;
}

/* The gate has looked into the table of descriptors. */
static inline long moves(const struct golang_call *c, const struct syscall_row *row)
{
	struct golang_move m;
	bool begun = golang_moves_begin(&m, c, row);
	long ret = direct(c);

	if (begun)
		golang_moves_end(&m, c, row, ret);
	return ret;
}

static __attribute__((noinline)) long other(const struct golang_call *c, const struct syscall_row *row,
					    uint8_t *last)
{
	struct syscall_moment moment;
	struct caller caller;
	enum whose who;
	long ret;

	if (tells_nothing(c, row))
		return direct(c);
	who = whose(c, row);
	if (who == CHILDS) {
		if (row->does == SYSCALL_EXECS) {
			*last = true;
			child_execs(c);
		}
		return *last ? 0 : direct(c);
	}
	RECORD caller = before(&moment, row, c, who);
	if (*last)
		return 0;
	ret = direct(c);
	RECORD after(&moment, row, c, ret, who, &caller);
	return ret;
}

/* Called by golang_gate. With `last` set the gate makes the call, with nothing held: it does not return, and
 * in the child of a vfork this stack is its parent's. */
__attribute__((visibility("hidden"), used)) long golang_called(const struct golang_call *c, uint8_t *last);

long golang_called(const struct golang_call *c, uint8_t *last)
{
	const struct syscall_row *row = &syscall_rows[c->n]; /* it has one, else the gate would not ask */

	*last = row->does == SYSCALL_EXITS;
	if (golang_moves(row) && (row->does == SYSCALL_READS || c->args[2] != 8))
		return moves(c, row);
	return other(c, row, last);
}

/* Called by golang_watch. */
__attribute__((visibility("hidden"), used)) void golang_watched(const struct golang_frame *f);

void golang_watched(const struct golang_frame *f)
{
	RECORD_QUIETLY golang_tls_event(f);
}
#endif
