/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the program asked a new thread to run, from the call that makes it to the thread's first line. By
 * slot: no memory of the program's allocator is used, and a slot is not given to another thread before
 * this one has ended.
 */
#ifndef CONNLEAK_THREAD_START_H
#define CONNLEAK_THREAD_START_H

#include <stddef.h>
#include <stdint.h>

struct start {
	void *(*routine)(void *);
	int (*routine_c11)(void *); /* of thrd_create(3); one of the two is NULL */
	void *argument;
	size_t stack_size; /* at least; 0 unknown */
};

/* Before the thread is made. */
void start_put(uint32_t slot, const struct start *start);
/* In the thread. */
struct start start_of(uint32_t slot);

#endif
