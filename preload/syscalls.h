/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls by number: what each one that is our business does to descriptors, threads and the
 * process. For whoever meets a program's calls as numbers and words: syscall(2), Go's runtime, a tracer.
 * One row a call; knows neither who made it nor how it was caught.
 *
 *	struct syscall_moment moment;
 *	const struct syscall_row *row = syscall_row(number);
 *
 *	if (!row)
 *		...the call, and nothing else
 *	RECORD syscall_before(&moment, row, args);
 *	ret = ...the call
 *	RECORD syscall_after(&moment, row, args, ret, error);
 *
 * Between the two, nothing of ours is held: the call may block for ever, or not return.
 */
#ifndef CONNLEAK_SYSCALLS_H
#define CONNLEAK_SYSCALLS_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "conn_io.h"
#include "sockets/twice.h"

enum syscall_does {
	SYSCALL_NOTHING, /* of ours */
	/* calls that move bytes on, connect, or wait at the descriptor that is the first argument */
	SYSCALL_READS,
	SYSCALL_READS_MANY, /* recvmmsg(2) */
	SYSCALL_WRITES,
	SYSCALL_CONNECTS,
	SYSCALL_ACCEPTS,
	/* calls that give descriptors */
	SYSCALL_OPENS,
	SYSCALL_PAIRS,
	SYSCALL_COPIES,
	SYSCALL_COPIES_BY_COMMAND, /* fcntl(2) */
	SYSCALL_RECEIVES,
	/* calls that change one */
	SYSCALL_CLOSES,
	SYSCALL_CLOSES_RANGE,
	SYSCALL_BINDS,
	SYSCALL_LISTENS,
	SYSCALL_SHUTS,
	SYSCALL_ASKS, /* getsockopt(2) */
	SYSCALL_WATCHES,
	SYSCALL_WAITS_FOR_SET,
	/* calls on the process */
	SYSCALL_EXECS,
	SYSCALL_EXITS,
	SYSCALL_FILTERS,
	SYSCALL_FILTERS_BY_OPTION, /* prctl(2) */
	SYSCALL_SPLICES, /* splice(2): reads the first, or writes the third */
	SYSCALL_ASKS_NAME, /* getsockname(2) */
	SYSCALL_ASKS_PEER, /* getpeername(2) */
};

/* How a call names its bytes. */
enum syscall_bytes {
	SYSCALL_UNSEEN,  /* they go by inside the kernel */
	SYSCALL_BUFFER,  /* the second argument, the third is its size */
	SYSCALL_VECTOR,  /* the second is an array of struct iovec, the third how many */
	SYSCALL_MESSAGE, /* the second is a struct msghdr */
};

struct syscall_row {
	uint8_t does;  /* enum syscall_does */
	uint8_t call;  /* enum dump_call: what a thread that waits in it waits in */
	uint8_t bytes; /* enum syscall_bytes */
	uint8_t flags; /* which argument has MSG_PEEK and its like; 0 none */
};

/* Their size is known to hooks/syscall.c's assembly. */
_Static_assert(sizeof(struct syscall_row) == 4, "rows of the table of system calls");

#define SYSCALL_ROWS 512

extern const struct syscall_row syscall_rows[SYSCALL_ROWS];

/* NULL: none of our business. */
static inline const struct syscall_row *syscall_row(unsigned long number)
{
	return number < SYSCALL_ROWS && syscall_rows[number].does ? &syscall_rows[number] : NULL;
}

/* What is kept of a call from before it to after it. */
struct syscall_moment {
	union {
		struct conn_io io;
		struct twice_number was; /* close(2) of what was closed */
	};
	uint32_t room; /* for an address: accept(2), getsockname(2) */
	bool writes;   /* splice(2): it is the third that is ours */
	bool begun;    /* something has to be told that it is over */
};

/* The arguments are the kernel's words, in its order, of which an int is the lower half; those that a call
 * does not have are never looked at, nor is memory that the kernel has not read or written. As all of the
 * recorder: async-signal-safe, but for the moments in which a dump is made. */
void syscall_before(struct syscall_moment *moment, const struct syscall_row *row, const long args[6]);
/* `ret` is what it returned, negative when it failed, and `error` its errno then, else 0. */
void syscall_after(const struct syscall_moment *moment, const struct syscall_row *row, const long args[6],
		   long ret, int error);

#endif
