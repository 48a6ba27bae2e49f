/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles: which thread a pthread_t is, from what threads wrote down of themselves. Never looks into
 * what a handle points to: it may be stale, or not glibc's. Knows nothing of what threads do.
 */
#ifndef CONNLEAK_THREAD_HANDLE_H
#define CONNLEAK_THREAD_HANDLE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/pools.h"

/* The calling thread is in `slot` (index + 1). True when it was detached before it got here. */
bool handle_put(uint32_t slot);
/* The slot is about to be another thread's. */
void handle_drop(uint32_t slot);

/* The slot of the thread with this handle: of the one that is alive (`ended` false) or of the one
 * that has ended and was not joined. 0: none, or it has not come to its first line yet. Constant
 * time, as a rule, when there is one; else it looks at all threads. */
uint32_t handle_find(pthread_t handle, bool ended);
/* As that, but answers 0 rather than look at all threads, and in either state. */
uint32_t handle_find_fast(pthread_t handle);

/* The thread, which has not come to its first line yet, is about to be detached. Counted as lost when
 * there are too many of them at once. */
void handle_detached_early(pthread_t handle);
/* Was it? It is forgotten then: the handle may be another thread's next. */
bool handle_take_early(pthread_t handle);

/* In the child of a fork, before its arena is forgotten: all threads but one stayed behind. */
void handle_forget(void);

#endif
