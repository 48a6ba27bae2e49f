/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads and writes on tracked sockets, of which a Go program makes most: its descriptors do not block, so
 * each wait is a read that fails first. Here instructions are counted (doc/cost.md). Errno stays.
 */
#ifndef CONNLEAK_GOLANG_MOVES_H
#define CONNLEAK_GOLANG_MOVES_H

#include "conn_io.h"
#include "golang/goroutine.h"
#include "syscalls.h"

/* From before the call to after it; nothing of it is held. */
struct golang_move {
	struct conn_io io;
	struct goroutine_saved who; /* makes it */
	bool early;                 /* there was no dump yet, and nobody could be met */
};

/* Is it such a call: of one buffer, without flags, by a descriptor that was found in the table? */
static inline bool golang_moves(const struct syscall_row *row)
{
	bool moves = row->does == SYSCALL_READS || row->does == SYSCALL_WRITES;

	return moves && row->bytes == SYSCALL_BUFFER && !row->flags;
}

/* False: nothing is to be told of its end. */
bool golang_moves_begin(struct golang_move *m, const struct golang_call *c, const struct syscall_row *row);
/* It returned `ret`, as the kernel does. */
void golang_moves_end(const struct golang_move *m, const struct golang_call *c, const struct syscall_row *row,
		      long ret);

#endif
