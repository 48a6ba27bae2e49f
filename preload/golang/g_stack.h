/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a goroutine is: along its frame pointers, and on to who made it. Knows neither slots nor what comes
 * of it. What lets it read the runtime's memory: g.h. Lock-free and async-signal-safe.
 */
#ifndef CONNLEAK_GOLANG_G_STACK_H
#define CONNLEAK_GOLANG_G_STACK_H

#include <stdbool.h>
#include <stdint.h>

#include "golang/enter.h"

#define FRAMES_MAX 64u

/* The stack of a call, innermost first: how many frames. 0: on the thread's own stack. */
uint32_t g_walk_call(const struct golang_call *call, void **frames, uint32_t max);
/* The same of a goroutine that does not run, behind the `n` frames there: how many there are then. */
uint32_t g_walk_parked(uintptr_t g, void **frames, uint32_t n, uint32_t max);
/* Of one that has called C, by whom that is asked (golang/in_c.h). */
uint32_t g_walk_in_c(uintptr_t g, void **frames, uint32_t max);
/* And of who made it. */
uint32_t g_walk_maker(uintptr_t g, void **frames, uint32_t n, uint32_t max);

/* Is it the runtime's own call, not one of a package? */
bool g_in_runtime(const struct golang_call *call);

#endif
