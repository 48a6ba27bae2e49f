/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads: born, named, joined, ended. The new thread runs through run(), which holds nothing but
 * a cleanup handler, so that it is told of every way to end: return, pthread_exit, cancellation.
 *
 * The handler is the kind that needs no exception tables (pthread_cleanup_push compiled without
 * -fexceptions): with them this library would need libgcc's unwinder in every process.
 */
#include <pthread.h>
#include <threads.h>

#include "hook.h"
#include "process.h"
#include "thread.h"
#include "unwind.h"

#define THREADS_MAX (((1u << 12) - 1) << 6)

/* What the program asked to be run, by slot: no memory of the program's allocator is used. */
static struct start {
	void *(*routine)(void *);
	int (*routine_c11)(void *);
	void *argument;
	size_t stack_size;
	pthread_t thread;
} starts[THREADS_MAX];

static void ended(void *unused)
{
	RECORD thread_end();
}

static void *run(void *argument)
{
	uint32_t slot = (uint32_t)(uintptr_t)argument;
	struct start start = starts[slot - 1];
	void *ret;

	RECORD {
		starts[slot - 1].thread = pthread_self();
		thread_start(slot, start.stack_size);
	}
	pthread_cleanup_push(ended, NULL);
	ret = start.routine ? start.routine(start.argument) :
			      (void *)(intptr_t)start.routine_c11(start.argument);
	pthread_cleanup_pop(1);
	return ret;
}

static int run_c11(void *argument)
{
	return (int)(intptr_t)run(argument);
}

static uint32_t prepare(const pthread_attr_t *attributes, struct start start)
{
	int detached = PTHREAD_CREATE_JOINABLE;
	uint32_t slot;

	if (!process_may_record())
		return 0;
	unwind_load(); /* here no other thread can hold the loader's lock and wait for us (unwind.h) */
	if (attributes) {
		pthread_attr_getdetachstate(attributes, &detached);
		pthread_attr_getstacksize(attributes, &start.stack_size);
	}
	slot = thread_birth(detached == PTHREAD_CREATE_DETACHED);
	if (slot)
		starts[slot - 1] = start;
	return slot;
}

HOOK(int, pthread_create, (pthread_t *thread, const pthread_attr_t *attributes,
			   void *(*routine)(void *), void *argument))
{
	uint32_t slot = 0;
	int ret;

	RECORD slot = prepare(attributes, (struct start){routine, NULL, argument, 0, 0});
	if (!slot)
		return REAL(pthread_create)(thread, attributes, routine, argument);
	ret = REAL(pthread_create)(thread, attributes, run, (void *)(uintptr_t)slot);
	if (ret != 0)
		RECORD thread_stillborn(slot);
	return ret;
}

HOOK(int, thrd_create, (thrd_t *thread, thrd_start_t routine, void *argument))
{
	uint32_t slot = 0;
	int ret;

	RECORD slot = prepare(NULL, (struct start){NULL, routine, argument, 0, 0});
	if (!slot)
		return REAL(thrd_create)(thread, routine, argument);
	ret = REAL(thrd_create)(thread, run_c11, (void *)(uintptr_t)slot);
	if (ret != thrd_success)
		RECORD thread_stillborn(slot);
	return ret;
}

/* ---- names and joins ----------------------------------------------------------------------------- */

static uint32_t slot_of(pthread_t thread)
{
	uint32_t used = arena_used(ARENA_THREADS);

	if (self.slot && pthread_equal(thread, pthread_self()))
		return self.slot;
	for (uint32_t i = 0; i < used && i < THREADS_MAX; i++)
		if (pthread_equal(starts[i].thread, thread) && thread_alive(i + 1))
			return i + 1;
	return 0;
}

HOOK(int, pthread_setname_np, (pthread_t thread, const char *name))
{
	int ret = REAL(pthread_setname_np)(thread, name);

	if (ret == 0)
		RECORD {
			uint32_t slot = process_may_record() ? slot_of(thread) : 0;

			if (slot)
				thread_rename(slot, name);
		}
	return ret;
}
