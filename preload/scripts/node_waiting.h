/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles and requests of libuv that wait to be connected, and the frames of JavaScript that made each. Knows
 * neither V8 nor how they are watched.
 *
 * Thousands may wait at once, which few lines have made: each trace is kept once. What there is no room for
 * takes the place of the oldest, and is then opened by the event loop, as far as we know.
 *
 * A trace that is handed out stays as it is until it is given back by waiting_release(). All functions are
 * lock-free, allocate nothing, and may be called by several threads, the workers of a program.
 */
#ifndef CONNLEAK_SCRIPTS_NODE_WAITING_H
#define CONNLEAK_SCRIPTS_NODE_WAITING_H

#include <stdbool.h>
#include <stdint.h>

#include "scripts/v8.h"

/* `handle` waits, made by this; NULL: by nobody that we know, and what may have lain there before is gone. */
void waiting_add(uintptr_t handle, const struct v8_trace *trace);

/* So does what it goes by from now on. `trace` was handed out. */
void waiting_add_same(uintptr_t handle, const struct v8_trace *trace);

/* The trace of what waits, handed out; NULL: none. `over`: it waits no longer. */
const struct v8_trace *waiting_trace(uintptr_t handle, bool over);

/* `trace` may be NULL. */
void waiting_release(const struct v8_trace *trace);

#endif
