/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers that are closed twice: close(2) says EBADF of one that was a socket's when it was last seen. In a
 * program with threads it may be another's by then, whose socket the second close ends. Remembers who closed
 * what each number stood for, and the one before; knows no hooks, makes no verdict.
 *
 * A loop that closes all the numbers there may be (a daemon's) accuses nobody: it closes neighbours,
 * from one place. Nor does the child of a fork, which closes what its parent had, nor what runs
 * while the program is ending.
 *
 * Lock-free and async-signal-safe; what takes a stack is so as stack_here() is.
 */
#ifndef CONNLEAK_TWICE_H
#define CONNLEAK_TWICE_H

#include <stdbool.h>
#include <stdint.h>

#include "connleak/dump.h"
#include "core/compiler.h"
#include "here/self.h"

#define TWICE_NUMBERS 65536u /* those beyond are not looked after */

struct twice_close {
	uint64_t conn;      /* id of what the number stood for; 0 nothing is remembered; written last */
	const void *caller; /* return address of who closed it; NULL unknown */
	uint32_t stack;     /* the same in full; 0 not taken */
	uint32_t opened;    /* the stack that opened it; 0 it was never a socket, or something else since */
	uint32_t thread;    /* who closed it; 0 unknown */
};
struct twice_number {
	struct twice_close last, before;
};
extern struct twice_number twice_numbers[TWICE_NUMBERS];
/* Whole stacks that are still worth taking: none until a number was closed twice here. */
extern uint32_t twice_stacks;

/* Who closes a number and who is given it next only the kernel tells apart; of one that is replaced meanwhile
 * (dup2) two may write at once. Then what is remembered may be of both, each word of one of them. */
static inline void twice_copy(struct twice_close *to, const struct twice_close *from)
{
	__atomic_store_n(&to->conn, __atomic_load_n(&from->conn, __ATOMIC_RELAXED), __ATOMIC_RELAXED);
	__atomic_store_n(&to->caller, __atomic_load_n(&from->caller, __ATOMIC_RELAXED), __ATOMIC_RELAXED);
	__atomic_store_n(&to->stack, __atomic_load_n(&from->stack, __ATOMIC_RELAXED), __ATOMIC_RELAXED);
	__atomic_store_n(&to->opened, __atomic_load_n(&from->opened, __ATOMIC_RELAXED), __ATOMIC_RELAXED);
	__atomic_store_n(&to->thread, __atomic_load_n(&from->thread, __ATOMIC_RELAXED), __ATOMIC_RELAXED);
}

static inline bool twice_remembers(int fd)
{
	return (unsigned)fd < TWICE_NUMBERS && __atomic_load_n(&twice_numbers[fd].last.conn, __ATOMIC_RELAXED);
}

/* Whatever the number stands for now, or has stood for meanwhile, is not what is remembered. */
static inline void twice_forget(int fd)
{
	if (unlikely(twice_remembers(fd))) {
		__atomic_store_n(&twice_numbers[fd].last.conn, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&twice_numbers[fd].last.opened, 0, __ATOMIC_RELAXED);
	}
}

/* `c`, which is `fd`, is being closed. */
static inline void twice_remember(int fd, const struct dump_conn *c, const void *caller)
{
	struct twice_number *it = &twice_numbers[fd];

	if (unlikely((unsigned)fd >= TWICE_NUMBERS))
		return;
	IN_ONE_REGISTER(it);
	twice_copy(&it->before, &it->last);
	__atomic_store_n(&it->last.caller, caller, __ATOMIC_RELAXED);
	__atomic_store_n(&it->last.stack, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&it->last.opened, c->stack, __ATOMIC_RELAXED);
	__atomic_store_n(&it->last.thread, self.id, __ATOMIC_RELAXED);
	__atomic_store_n(&it->last.conn, c->id, __ATOMIC_RELEASE);
}

void twice_remember_stack(int fd, uint32_t stack);

/* The same. `stack`: where, in full, if that is known; else 0. */
static inline void twice_remember_where(int fd, uint32_t stack)
{
	if (unlikely(stack || __atomic_load_n(&twice_stacks, __ATOMIC_RELAXED)))
		twice_remember_stack(fd, stack);
}

/* Before `fd`, which is no socket that we know, is closed: what is remembered of it, and is
 * not any more. False: nothing. */
bool twice_take(int fd, struct twice_number *was);
/* That close, in this thread, said EBADF. */
void twice_closed_again(int fd, const struct twice_number *was);

/* ---- loops --------------------------------------------------------------------------------------------- */

/* This thread closes `fd`, whatever it is, and `caller` called. True: something was written down of
 * the close before this one. */
static inline bool twice_closing(int fd, const void *caller)
{
	self.closed_before = self.closed;
	self.closed = ((uintptr_t)caller << 20) + (uint32_t)fd;
	return unlikely(self.closed_twice);
}

/* After that said true: if this is that number's neighbour, closed from the same place, it is taken back. */
void twice_look_back(void);
/* In the child of a fork: what was remembered is its parent's. */
void twice_forget_all(void);

#endif
