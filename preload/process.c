/* SPDX-License-Identifier: Apache-2.0 */
#include "process.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "core/file.h"
#include "core/names.h"
#include "here/clock.h"
#include "here/options.h"
#include "here/program.h"
#include "process_facts.h"
#include "sockets/census.h"
#include "sockets/closing.h"
#include "sockets/exhausted.h"
#include "sockets/holding.h"
#include "sockets/identity.h"
#include "sockets/kernel.h"
#include "sockets/tls.h"
#include "sockets/twice.h"
#include "sockets/unseen.h"
#include "stacks/module.h"
#include "stacks/stack.h"
#include "stacks/unwind.h"
#include "threads/gate.h"
#include "threads/thread.h"
#include "threads/writers.h"
#include "unrecorded.h"

static int described, ended;
static int missed, told; /* no dump could be made: counted once, said once */
static int cannot; /* errno of what must be had to record anything */
static bool forked, epoll_nested;
static uint32_t forked_pid; /* of a fork's child that has not been reborn; 0: nobody told us */
static struct process_began began;
static uint64_t forking_mono; /* the parent's last fork, exactly: children may run in any order */
void (*process_before_end)(void);

static bool has_dump(void)
{
	return arena_state(&here) == ARENA_FILE && !state_forked();
}

/* ---- beginning ---------------------------------------------------------------------------------- */

/* Any fork's child finds this page zero (madvise(2), Linux 4.14). The kernel makes a page of the size. */
static void watch_for_fork(void)
{
	uint32_t *page = file_memory(sizeof *page);

	cannot = !page ? ENOMEM : sys_call3(SYS_madvise, page, sizeof *page, MADV_WIPEONFORK) < 0 ? EINVAL : 0;
	if (cannot) {
		state.off = true; /* a child that we mistook for its parent would spoil the dump */
		return;
	}
	*page = 1 + state.forks;
	state.alive = page;
}

/* The child will compare inodes. The child of a vfork may fork, too: its descriptors are not ours. */
static void fork_prepare(void)
{
	if (!state.sandboxed)
		forking_mono = state_now_exactly();
	if (has_dump() && !state.sandboxed && !state_vforked())
		identity_settle();
}

static void begin_now(void)
{
	began.mono = state_now();
	began.exactly = state.sandboxed ? began.mono : state_now_exactly();
}

/* In the child of fork(3), not of _Fork(3) and raw clone: there reborn() has to do without. */
static void fork_child(void)
{
	if (!state.off && *state.alive)
		*state.alive = 0; /* qemu's user mode says that it wipes, and does not */
	if (state.sandboxed)
		return;
	forked_pid = (uint32_t)sys_call0(SYS_getpid);
	began = (struct process_began){state_now(), forking_mono};
}

static void at_exit(int status, void *unused)
{
	process_end(status, true);
}

static void tell_recorder(void)
{
	here.told = (struct recorder_told){.pid = state.pid, .page = (uint32_t)getauxval(AT_PAGESZ),
					   .history = options.history};
	memcpy(here.told.paths, options.paths, sizeof options.paths);
}

void process_begin(void)
{
	if (__atomic_exchange_n(&state.begun, 1, __ATOMIC_ACQ_REL))
		return;
	options_read();
	state.off = options.disabled;
	if (state.off)
		return;
	watch_for_fork();
	clock_find();
	state.pid = (uint32_t)sys_call0(SYS_getpid);
	state.threaded = !__libc_single_threaded;
	tell_recorder();
	begin_now();
	thread_main();
	conn_inherit_from_exec();
	on_exit(at_exit, NULL);
	pthread_atfork(fork_prepare, NULL, fork_child);
}

/* ---- the dump -------------------------------------------------------------------------------------- */

static const char *why(int error)
{
	switch (error) {
	case EACCES: return "permission denied";
	case EROFS: return "read-only file system";
	case ENOENT: return "no such folder";
	case ENOTDIR: return "part of the path is no folder";
	case ENOSPC: return "no space left on the disk";
	case EDQUOT: return "quota exceeded";
	case EFBIG: return "beyond the limit on file sizes (ulimit -f)";
	case EMFILE: case ENFILE: return "no descriptor left to create it with";
	case ENOMEM: return "no memory left to map it (ulimit -v)";
	case ENAMETOOLONG: return "name too long";
	case ELOOP: return "too many symbolic links";
	case EPERM: return "not permitted";
	case ENODEV: case EINVAL: return "files there cannot be mapped (mmap(2), MAP_SHARED)";
	default: return "the kernel refused";
	}
}

/* Of what opened a socket and has no dump the session hears, or it would be said that it opened none. */
static void tell_no_dump(const char *why)
{
	static struct dump_unrecorded it;

	options_complain("no dump, nothing is recorded: cannot create", options.output, why);
	it.reason = DUMP_REASON_NO_DUMP;
	it.path[program_path(it.path, sizeof it.path - 1)] = 0;
	unrecorded_tell(&it, (uint32_t)sys_call0(SYS_getpid), false);
}

void process_cannot(void)
{
	if (cannot && !__atomic_exchange_n(&told, 1, __ATOMIC_ACQ_REL))
		tell_no_dump(cannot == ENOMEM ? why(ENOMEM)
					      : "the kernel is not Linux 4.14 or newer (madvise(2), MADV_WIPEONFORK)");
}

/* What became of the dump is said once, if it did not become what was asked for. */
static bool open_dump(void)
{
	bool closed = gate_close(), made = recorder_open(&here);

	gate_open(closed);
	if (likely(!here.error) || __atomic_exchange_n(&told, 1, __ATOMIC_ACQ_REL))
		return made;
	if (!made)
		tell_no_dump(why(here.error));
	else if (options.output_given)
		options_complain(here.told.paths[here.path] == options.temporary ?
				 "dump goes to the temporary folder, not to" : "dump goes to the working folder, not to",
				 options.output, why(here.error));
	return made;
}

bool process_may_record(void)
{
	process_awake();
	if (state.off || arena_state(&here) == ARENA_FAILED)
		return false;
	return !state_forked() || process_reborn();
}

/* There is no dump to be had, in another root for example: the parent's, which is still mapped, says so. */
static void unrecorded_child(void)
{
	if (arena_state(&here) == ARENA_FAILED && process_parent.process &&
	    !__atomic_exchange_n(&missed, 1, __ATOMIC_ACQ_REL))
		__atomic_fetch_add(&process_parent.process->lost[DUMP_LOST_CHILDREN], 1, __ATOMIC_RELAXED);
}

bool process_open_slow(void)
{
	if (!process_may_record() || state.sandboxed || state_vforked())
		return false;
	if (!process_has_runtime()) /* whose stacks are not libunwind's business, nor is dlopen for them */
		unwind_load();
	if (!open_dump()) {
		unrecorded_child();
		return false;
	}
	if (!__atomic_exchange_n(&described, 1, __ATOMIC_ACQ_REL)) {
		thread_self();
		process_describe(here.arena.process, &began);
		here.arena.process->forked = forked;
		here.arena.process->epoll_nested = epoll_nested;
		conn_adopt_all();
		arena_publish(&here);
	}
	return true;
}

bool process_touch(int fd)
{
	if (arena_state(&here) != ARENA_FILE && !forked && fd <= 2)
		return false;
	return process_open();
}

/* The child of a fork without a dump of its own leaves its parent's alone. */
void process_user_changes(uid_t user)
{
	if (user != (uid_t)-1 && has_dump() && !state.sandboxed && !state_forked() && !state_vforked())
		file_give(&here.tables->file, user);
}

/* ---- fork, exec, sandbox ------------------------------------------------------------------------------ */

static void start_over(void)
{
	if (arena_state(&here) == ARENA_FILE)
		process_parent = here.arena;
	unwind_after_fork();
	conn_inherit_from_fork();
	identity_forget();
	closing_forget();
	twice_forget_all();
	thread_forget();
	gate_forget();
	stack_forget();
	module_forget();
	tls_forget_all();
	recorder_start_over(&here);
	here.told.pid = state.pid;
	described = ended = missed = told = 0;
	forked = true;
	state.forks++;
	__atomic_store_n(state.alive, 1 + state.forks, __ATOMIC_RELEASE);
}

/* A child begins with one thread, so only a signal handler could come in between. */
bool process_reborn(void)
{
	uint64_t all = ~0ull, mask = 0;

	if (state.sandboxed) {
		begin_now();
		start_over();
		return true;
	}
	if (forked_pid && forked_pid != (uint32_t)sys_call0(SYS_getpid))
		return false;
	sys_call4(SYS_rt_sigprocmask, SIG_BLOCK, &all, &mask, sizeof all);
	if (state_forked()) {
		if (!forked_pid)
			begin_now(); /* nobody told us at the fork */
		forked_pid = 0;
		state.pid = (uint32_t)sys_call0(SYS_getpid);
		start_over();
	}
	sys_call4(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
	return true;
}

static void tell(struct dump_unrecorded *into, bool failed)
{
	if (into && into->reason)
		unrecorded_tell(into, (uint32_t)sys_call0(SYS_getpid), failed);
}

void process_exec_begin(struct dump_unrecorded *into)
{
	if (!has_dump() || state_vforked()) {
		tell(into, false);
		return;
	}
	conn_before_exec();
	here.arena.process->exec_reason = into ? into->reason : DUMP_REASON_NONE;
	if (here.arena.process->exec_reason)
		here.arena.process->exec_path = names_intern(&here, into->path, strlen(into->path));
	here.arena.process->ended_mono = state_now();
	__atomic_store_n(&here.arena.process->end, DUMP_END_EXEC, __ATOMIC_RELEASE);
}

void process_exec_failed(struct dump_unrecorded *into)
{
	if (!has_dump() || state_vforked()) {
		tell(into, true);
		return;
	}
	if (here.arena.process->end != DUMP_END_EXEC)
		return;
	__atomic_store_n(&here.arena.process->end, DUMP_END_NONE, __ATOMIC_RELEASE);
	here.arena.process->ended_mono = 0;
}

void process_epoll_nested(void)
{
	epoll_nested = true;
	if (has_dump())
		here.arena.process->epoll_nested = 1;
}

/* From now on neither we nor core make system calls, or they may again. */
static void sandbox(bool on)
{
	__atomic_store_n(&here.silent, on, __ATOMIC_SEQ_CST);
	__atomic_store_n(&state.sandboxed, on, __ATOMIC_SEQ_CST);
}

bool process_sandbox_begin(bool all_threads)
{
	process_awake();
	if (state.sandboxed || (state_forked() && !process_reborn()) || state_vforked())
		return false;
	sandbox(true);
	if (all_threads && state_threaded())
		thread_quiesce(); /* they may have looked at the flag just before it went up */
	return true;
}

void process_sandbox_end(bool installed)
{
	sandbox(installed);
	if (installed && has_dump())
		here.arena.process->seccomp = 1;
}

/* ---- holding on ---------------------------------------------------------------------------------------- */

void process_holds(void)
{
	if (unlikely(descriptors_used()) && arena_state(&here) != ARENA_FILE && !state.off && holding_after_exec())
		process_open();
}

void process_held_to_the_end(void)
{
	if (!has_dump() && !state.off && !state.sandboxed && descriptors_used() && (forked || state_forked()) &&
	    (state_forked() || !state_vforked()) && holding_after_fork())
		process_open();
}

/* ---- the end ------------------------------------------------------------------------------------------- */

/* What went on past all hooks (raw system calls, io_uring) is on record at least with its number: of a
 * process that holds fifteen sockets it is not said that it opened none. Where it was forked among threads,
 * one may have been between the kernel's socket and our note of it: such a child's are not told apart. */
static void count_unseen(void)
{
	uint32_t n;

	if (state.off || state.sandboxed || state_forked() || state_vforked() ||
	    __atomic_load_n(&ended, __ATOMIC_RELAXED))
		return;
	if (forked && state_threaded())
		return;
	n = conn_unseen();
	if (n && process_open())
		arena_lost(&here, DUMP_LOST_UNSEEN, n);
}

void process_end(int status, bool known)
{
	struct dump_process *p;

	process_held_to_the_end();
	count_unseen();
	if (!has_dump() || state_vforked() || __atomic_exchange_n(&ended, 1, __ATOMIC_ACQ_REL))
		return;
	p = here.arena.process;
	if (state_threaded() && !state.sandboxed)
		writers_let_return();
	threads_settle(&here);
	if (process_before_end)
		process_before_end();
	conn_reconcile();
	kernel_ask_all();
	if (!state.sandboxed) {
		p->nofile_ended = exhausted_limit();
		p->delayed_us = process_delayed_us();
	}
	p->exit_status = status & 0xff;
	p->status_known = known;
	p->ended_mono = state_now();
	__atomic_store_n(&p->end, DUMP_END_EXIT, __ATOMIC_RELEASE);
}
