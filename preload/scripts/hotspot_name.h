/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a Java method is called, and which line a bytecode of it is, as a stack trace of Java's says
 * it. Knows nothing of frames. A method is alive as long as it stands on a stack: nothing is kept
 * from one walk to the next.
 */
#ifndef CONNLEAK_SCRIPTS_HOTSPOT_NAME_H
#define CONNLEAK_SCRIPTS_HOTSPOT_NAME_H

#include "scripts/hotspot_walk.h"

struct hotspot_name {
	uint32_t line; /* 0 unknown */
	uint16_t function_size, file_size;
	char function[256]; /* "org.example.Fetch$Pool.get" */
	char file[256];     /* "Fetch.java", without a folder: its package says where */
};

/* False: it is none that a stack trace shows (a lambda's form), or not what it is taken for. */
bool hotspot_name(const struct hotspot *h, struct look *look, const struct hotspot_frame *frame,
		  struct hotspot_name *to);

/* Is it the method in which a virtual thread begins, on its carrier's stack? */
bool hotspot_is_carrier(const struct hotspot_name *name);

#endif
