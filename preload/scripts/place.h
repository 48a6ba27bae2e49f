/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line of a script, by its names, as what a stack has of it. Knows no interpreter.
 */
#ifndef CONNLEAK_SCRIPTS_PLACE_H
#define CONNLEAK_SCRIPTS_PLACE_H

#include <stddef.h>
#include <stdint.h>

#include "connleak/dump.h"

struct script_text {
	const char *bytes; /* UTF-8, not terminated */
	size_t size;       /* 0 unknown */
};

/* The place of this line, stored once; PLACES_NONE (core/places.h): no room. `line` is 0 where it is not
 * known. Async-signal-safe as places_intern() is. */
uint32_t script_place(enum dump_language language, struct script_text function, struct script_text file,
		      uint32_t line);

#endif
