/* SPDX-License-Identifier: Apache-2.0 */
/*
 * This process image's story: it begins, opens its dump, forks, execs, ends. Knows the order of
 * these; what each part does with them is the part's own business.
 */
#ifndef CONNLEAK_PROCESS_H
#define CONNLEAK_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/arena.h"
#include "here/presence.h"

/* The recorder wakes up: options, clock, the page that tells a fork. Once; from our constructor,
 * or from the first hook that another library's constructor calls before ours. */
void process_begin(void);

/* Before a socket is made: were it made first, the search for inherited ones would find it. */
static inline void process_awake(void)
{
	if (unlikely(!state.begun))
		process_begin();
}

/* Is there anything to record for in this process? Begins its story if need be; makes no dump. */
bool process_may_record(void);

/* A socket was opened where nothing is recorded: says why, once, unless that was asked for. */
void process_cannot(void);

bool process_open_slow(void);

/* Makes the dump exist. False when there is none to be had, or nothing is to be recorded. */
static inline bool process_open(void)
{
	if (likely(arena_state(&here) == ARENA_FILE && !state_forked()))
		return !state.off;
	return process_open_slow();
}

/* The same for who may record, and is not the child of a fork (entry_may_change()). */
static inline bool process_open_here(void)
{
	return likely(arena_state(&here) == ARENA_FILE) || process_open_slow();
}

/* The program uses a pending socket at `fd`: gives it a slot, and this process a dump. False for a
 * standard stream that was a socket when the program started (a journal, a supervisor's pipe):
 * that is its surroundings' and makes no dump. */
bool process_touch(int fd);

/* In the child of a fork, before anything else is recorded: forgets the parent's. False in the child
 * of a vfork made by such a child: the memory is that one's, and nothing may be recorded. */
bool process_reborn(void);

/* At the start of a program that was left sockets: it may only hold them, and is on record from now on, if
 * that is worth it (sockets/holding.h). */
void process_holds(void);
/* The child of a fork ends, and has done nothing with what it was left: the same. */
void process_held_to_the_end(void);

/* An exec is begun; `into` says what cannot be recorded of it (unrecorded.h), NULL: nobody looked. */
void process_exec_begin(struct dump_unrecorded *into);
/* It failed: this image lives on. */
void process_exec_failed(struct dump_unrecorded *into);

/* exit() was called with this status, or the process is about to end in another way that we see;
 * `known`: the status is. Asks the kernel about what is open. Once; makes only
 * system calls and takes no lock but the arena's. */
void process_end(int status, bool known);
/* What a runtime has to say then, before the kernel is asked. NULL: nothing. */
extern void (*process_before_end)(void);

/* It is about to become another user, who cannot open the dump to extend it: a server that root started. */
void process_user_changes(uid_t user);

/* A seccomp filter is about to be installed: no system call of ours from now on, for with
 * SECCOMP_FILTER_FLAG_TSYNC it holds for all threads at once. Returns true when that is to be told to
 * process_sandbox_end(), with whether the filter is there. */
bool process_sandbox_begin(bool all_threads);
void process_sandbox_end(bool installed);
/* An epoll set was put into another: who waits for the outer one waits for what is in the inner. */
void process_epoll_nested(void);

#endif
