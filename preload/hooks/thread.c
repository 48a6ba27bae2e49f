/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads: born, named, joined, detached, ended. The new thread runs through run(), which holds
 * nothing but a cleanup handler, so that it is told of every way to end: return, pthread_exit,
 * cancellation. An exception that leaves the thread finds no handler, with run() as without.
 *
 * The handler is the kind that needs no exception tables (pthread_cleanup_push compiled without
 * -fexceptions): with them this library would need libgcc's unwinder in every process.
 *
 * All versions of pthread_create (2.2.5, 2.34) are these: a name without a version answers for each.
 */
#include <pthread.h>
#include <threads.h>

#include "conn.h"
#include "hooks/hook.h"
#include "process.h"
#include "threads/thread.h"
#include "stacks/unwind.h"

/* ---- born ------------------------------------------------------------------------------------------ */

/* What the program asked to be run, by slot: no memory of the program's allocator is used. A slot is
 * not given to another thread before this one has ended. */
static struct start {
	void *(*routine)(void *);
	int (*routine_c11)(void *);
	void *argument;
	size_t stack_size;
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

	RECORD thread_start(slot, start.stack_size);
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

/* What is taken from the attributes: how much stack there is, so that we do not use the last of it,
 * and whether the thread is detached. */
static bool look_at(const pthread_attr_t *attributes, size_t *stack_size)
{
	int detached = PTHREAD_CREATE_JOINABLE;
	pthread_attr_t standard;

	if (attributes) {
		pthread_attr_getdetachstate(attributes, &detached);
		pthread_attr_getstacksize(attributes, stack_size);
	} else if (pthread_getattr_default_np(&standard) == 0) {
		pthread_attr_getstacksize(&standard, stack_size);
		pthread_attr_destroy(&standard);
	}
	return detached == PTHREAD_CREATE_DETACHED;
}

static struct thread_ref prepare(const pthread_attr_t *attributes, struct start start)
{
	struct thread_ref it = {0, 0};
	bool detached;

	if (!process_may_record())
		return it;
	unwind_load(); /* here no other thread can hold the loader's lock and wait for us (unwind.h) */
	detached = look_at(attributes, &start.stack_size);
	it = thread_birth(detached, conn_opened_just_now());
	if (it.slot)
		starts[it.slot - 1] = start;
	return it;
}

HOOK(int, pthread_create, (pthread_t *thread, const pthread_attr_t *attributes,
			   void *(*routine)(void *), void *argument))
{
	struct thread_ref it = {0, 0};
	int ret;

	RECORD it = prepare(attributes, (struct start){routine, NULL, argument, 0});
	if (!it.slot)
		return REAL(pthread_create)(thread, attributes, routine, argument);
	ret = REAL(pthread_create)(thread, attributes, run, (void *)(uintptr_t)it.slot);
	if (ret != 0)
		RECORD thread_stillborn(it);
	return ret;
}

HOOK(int, thrd_create, (thrd_t *thread, thrd_start_t routine, void *argument))
{
	struct thread_ref it = {0, 0};
	int ret;

	RECORD it = prepare(NULL, (struct start){NULL, routine, argument, 0});
	if (!it.slot)
		return REAL(thrd_create)(thread, routine, argument);
	ret = REAL(thrd_create)(thread, run_c11, (void *)(uintptr_t)it.slot);
	if (ret != thrd_success)
		RECORD thread_stillborn(it);
	return ret;
}

/* ---- by handle --------------------------------------------------------------------------------------- */

static struct thread_ref find(pthread_t thread)
{
	return process_may_record() ? thread_find(thread) : (struct thread_ref){0, 0};
}

#define JOIN(name, parameters, ...)                                                               \
	HOOK(int, name, parameters)                                                               \
	{                                                                                         \
		struct thread_ref it;                                                             \
		int ret;                                                                          \
                                                                                                  \
		RECORD it = find(thread);                                                         \
		ret = REAL(name)(thread, __VA_ARGS__);                                            \
		if (ret == 0) /* also thrd_success */                                             \
			RECORD thread_joined(it, thread);                                         \
		return ret;                                                                       \
	}
JOIN(pthread_join, (pthread_t thread, void **result), result)
JOIN(pthread_tryjoin_np, (pthread_t thread, void **result), result)
JOIN(pthread_timedjoin_np, (pthread_t thread, void **result, const struct timespec *until), result, until)
JOIN(pthread_clockjoin_np,
     (pthread_t thread, void **result, clockid_t clock, const struct timespec *until), result, clock, until)
JOIN(thrd_join, (thrd_t thread, int *result), result)

#define DETACH(name, type)                                                                        \
	HOOK(int, name, (type thread))                                                            \
	{                                                                                         \
		RECORD if (process_may_record()) thread_detached(thread);                         \
		return REAL(name)(thread);                                                        \
	}
DETACH(pthread_detach, pthread_t)
DETACH(thrd_detach, thrd_t)

HOOK(int, pthread_setname_np, (pthread_t thread, const char *name))
{
	struct thread_ref it;
	int ret;

	RECORD it = find(thread);
	ret = REAL(pthread_setname_np)(thread, name);
	if (ret == 0)
		RECORD thread_named(it, thread, name);
	return ret;
}

/* ---- main leaves, and the process stays ----------------------------------------------------------------- */

#define LEAVE(name, type)                                                                         \
	HOOK(void, name, (type result))                                                           \
	{                                                                                         \
		RECORD thread_end_unborn();                                                       \
		REAL(name)(result);                                                               \
		__builtin_unreachable();                                                          \
	}
LEAVE(pthread_exit, void *)
LEAVE(thrd_exit, int)
