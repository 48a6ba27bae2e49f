/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of scripts in the dump, each stored once. Knows nothing of interpreters, nor of stacks.
 */
#ifndef CONNLEAK_PLACES_H
#define CONNLEAK_PLACES_H

#include <stdint.h>

#include "core/recorder.h"

#define PLACES_NONE UINT32_MAX

/* The index of this line, stored now or before; PLACES_NONE when there is no room, which is counted.
 * `function` and `file` are strings of the dump, 0 unknown. Lock-free, async-signal-safe but for the
 * moment in which the pool grows. */
uint32_t places_intern(struct recorder *r, const struct dump_place *place);

#endif
