/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No descriptor is to be had: written down the first time, with what was open just then, and counted from
 * then on. Knows neither limits nor stacks but by what it is told. Lock-free and async-signal-safe.
 */
#ifndef CONNLEAK_EXHAUSTION_H
#define CONNLEAK_EXHAUSTION_H

#include <stdbool.h>

#include "core/arena.h"

struct exhaustion_moment {
	uint64_t now;
	uint32_t error; /* EMFILE or ENFILE */
	uint32_t stack, thread;
	uint64_t limit; /* 0: nobody could be asked */
};

/* Counts it. True for the caller who is the first, and is to say more by exhaustion_first(). */
bool exhaustion_count(struct recorder *r, uint64_t now);
void exhaustion_first(struct recorder *r, const struct exhaustion_moment *m);

#endif
