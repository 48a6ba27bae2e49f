/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads as this process makes them and names them by handle: what has to be in order before the
 * threads' own room is asked. Knows when something is to be recorded at all, when libunwind may be
 * loaded, and which connection a new thread may be for.
 */
#ifndef CONNLEAK_PROCESS_THREAD_H
#define CONNLEAK_PROCESS_THREAD_H

#include <pthread.h>

#include "threads/start.h"
#include "threads/thread.h"

/* The calling thread is about to make one, with these attributes (NULL: the standard ones), which is to run
 * `start`. Slot 0: it is not recorded. */
struct thread_ref process_thread_about_to_be_made(const pthread_attr_t *attributes, struct start start);

/* As thread_find() and thread_detached(), where there is anything to record. */
struct thread_ref process_thread_find(pthread_t handle);
void process_thread_detached(pthread_t handle);

#endif
