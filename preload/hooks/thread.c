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

#include "hooks/hook.h"
#include "process_thread.h"
#include "threads/gate.h"

/* ---- born ------------------------------------------------------------------------------------------ */

static void ended(void *unused)
{
	RECORD_THREAD thread_end();
}

static void *run(void *argument)
{
	uint32_t slot = (uint32_t)(uintptr_t)argument;
	struct start start = start_of(slot);
	void *ret;

	RECORD_THREAD thread_start(slot, start.stack_size);
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

HOOK(int, pthread_create, (pthread_t *thread, const pthread_attr_t *attributes,
			   void *(*routine)(void *), void *argument))
{
	struct thread_ref it = {0, 0};
	int ret;

	RECORD_THREAD it = process_thread_about_to_be_made(attributes,
							   (struct start){.routine = routine, .argument = argument});
	if (!it.slot)
		return REAL(pthread_create)(thread, attributes, routine, argument);
	ret = REAL(pthread_create)(thread, attributes, run, (void *)(uintptr_t)it.slot);
	if (ret != 0)
		RECORD_THREAD thread_stillborn(it);
	return ret;
}

HOOK(int, thrd_create, (thrd_t *thread, thrd_start_t routine, void *argument))
{
	struct thread_ref it = {0, 0};
	int ret;

	RECORD_THREAD it = process_thread_about_to_be_made(NULL,
							   (struct start){.routine_c11 = routine, .argument = argument});
	if (!it.slot)
		return REAL(thrd_create)(thread, routine, argument);
	ret = REAL(thrd_create)(thread, run_c11, (void *)(uintptr_t)it.slot);
	if (ret != thrd_success)
		RECORD_THREAD thread_stillborn(it);
	return ret;
}

/* ---- by handle --------------------------------------------------------------------------------------- */

#define JOIN(name, parameters, ...)                                                               \
	HOOK(int, name, parameters)                                                               \
	{                                                                                         \
		struct thread_ref it;                                                             \
		int ret;                                                                          \
                                                                                                  \
		RECORD it = process_thread_find(thread);                                          \
		ret = REAL(name)(thread, __VA_ARGS__);                                            \
		if (ret == 0) /* also thrd_success */                                             \
			RECORD_THREAD thread_joined(it, thread);                                  \
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
		RECORD_THREAD process_thread_detached(thread);                                    \
		return REAL(name)(thread);                                                        \
	}
DETACH(pthread_detach, pthread_t)
DETACH(thrd_detach, thrd_t)

HOOK(int, pthread_setname_np, (pthread_t thread, const char *name))
{
	struct thread_ref it;
	int ret;

	RECORD it = process_thread_find(thread);
	ret = REAL(pthread_setname_np)(thread, name);
	if (ret == 0)
		RECORD_THREAD thread_named(it, thread, name);
	return ret;
}

/* ---- main leaves, and the process stays ---------------------------------------------------------------- */

#define LEAVE(name, type)                                                                         \
	HOOK(void, name, (type result))                                                           \
	{                                                                                         \
		RECORD_THREAD thread_end_unborn();                                                \
		REAL(name)(result);                                                               \
		__builtin_unreachable();                                                          \
	}
LEAVE(pthread_exit, void *)
LEAVE(thrd_exit, int)
