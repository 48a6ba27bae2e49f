/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of threads moves from memory into the dump at the first socket, and who writes it down in the
 * meantime writes into the one or the other. So the move waits for those that are at it, microseconds as a
 * rule, and who comes then waits for the move. Before it only what happens to threads is written down, and
 * after it nobody is asked.
 *
 * A signal handler may come in the middle of either: in a thread that is inside already it does not wait.
 */
#ifndef CONNLEAK_THREAD_GATE_H
#define CONNLEAK_THREAD_GATE_H

#include <errno.h>
#include <stdbool.h>

#include "here/presence.h"
#include "here/self.h"

bool gate_enter_before_the_move(void);
void gate_leave_entered(void);
/* False: nothing will be moved any more, and gate_leave() need not know. Waits for a second at most. */
static inline bool gate_enter(void)
{
	return unlikely(arena_state(&here) != ARENA_FILE) && gate_enter_before_the_move();
}

static inline void gate_leave(bool entered)
{
	if (unlikely(entered))
		gate_leave_entered();
}

/* Around the move. True when it is the caller's, who has waited for the others, a fifth of a second at most;
 * false: it is over, or cannot be waited for. */
bool gate_close(void);
void gate_open(bool closed);

/* In the child of a fork, where nobody else is. */
void gate_forget(void);

/* RECORD (guard.h), for what is written down of a thread. */
#define RECORD_THREAD                                                                                    \
	for (int gate_errno = thread_enter(), gate_entered = gate_enter(), gate_once = 1; gate_once;     \
	     gate_leave(gate_entered), errno = gate_errno, thread_leave(), gate_once = 0)

#endif
