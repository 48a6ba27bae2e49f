/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which task of an event loop opened a connection: its name, as long as the connection has its slot. Knows no
 * event loop.
 */
#ifndef CONNLEAK_TASKS_H
#define CONNLEAK_TASKS_H

#include <stdint.h>

#include "core/recorder.h"

/* The connection `id`, whose slot has this index, is opened by a task of this name, of `size` bytes of UTF-8,
 * cut to what fits. For who has taken the slot, and has not published it yet. Without room it has none, which
 * is counted. Lock-free, async-signal-safe but for the moment in which the pool grows. */
void tasks_name(struct recorder *r, uint64_t id, uint32_t index, const uint8_t *name, uint32_t size);

/* The slot is to be another's: for who holds both of its directions. */
void tasks_drop(struct recorder *r, uint32_t index);

#endif
