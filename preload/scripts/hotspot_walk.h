/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Java frames of the calling thread: interpreted, compiled, and those that the compiler inlined. Knows
 * methods as addresses; what they are called is hotspot_name.h's business.
 *
 * A frame of Java's is followed only by what the one above it says, and only upwards on this thread's own
 * stack. Lock-free, async-signal-safe, without allocation, and without a word to the JVM.
 */
#ifndef CONNLEAK_SCRIPTS_HOTSPOT_WALK_H
#define CONNLEAK_SCRIPTS_HOTSPOT_WALK_H

#include "scripts/hotspot.h"

struct hotspot_frame {
	uintptr_t method; /* Method */
	int32_t bci;      /* index of the bytecode; -1: before the first, or a native method's */
};

/* `thread`: the calling thread's JavaThread. `top`: the end of its stack. Innermost first; returns how many,
 * up to `max`; 0 when it is neither in a native method nor in the VM now, or has no frame of Java's. */
uint32_t hotspot_walk(const struct hotspot *h, struct look *look, uintptr_t thread, uintptr_t top,
		      struct hotspot_frame *to, uint32_t max);

/* The unsigned integer of up to five bytes at *at, which it moves on (utilities/unsigned5.hpp). */
uint32_t hotspot_unsigned5(const struct hotspot *h, struct look *look, uintptr_t *at);

#endif
