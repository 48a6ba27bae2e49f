/* SPDX-License-Identifier: Apache-2.0 */
#include "process_thread.h"

#include "conn.h"
#include "process.h"
#include "process_facts.h"
#include "stacks/unwind.h"

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

/* A runtime that has threads of its own kind makes those of the kernel with one routine, first of
 * all: they are nobody's news. */
static bool of_runtime(struct start start)
{
	static void *(*routine)(void *);

	if (!process_has_runtime() || !start.routine)
		return false;
	if (!routine)
		routine = start.routine;
	return start.routine == routine;
}

struct thread_ref process_thread_about_to_be_made(const pthread_attr_t *attributes, struct start start)
{
	struct thread_ref it = {0, 0};
	bool detached;

	if (!process_may_record())
		return it;
	if (of_runtime(start)) {
		state_set_threaded();
		return it;
	}
	unwind_load(); /* here no other thread can hold the loader's lock and wait for us (unwind.h) */
	detached = look_at(attributes, &start.stack_size);
	it = thread_birth(detached, conn_opened_just_now());
	if (it.slot)
		start_put(it.slot, &start);
	return it;
}

struct thread_ref process_thread_find(pthread_t handle)
{
	return process_may_record() ? thread_find(handle) : (struct thread_ref){0, 0};
}

void process_thread_detached(pthread_t handle)
{
	if (process_may_record())
		thread_detached(handle);
}
