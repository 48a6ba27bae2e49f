/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which line of which function of which file a code object is at. Reads objects of CPython, and believes none
 * that is not of the type that it should be. Knows nothing of frames.
 */
#ifndef CONNLEAK_PYTHON_CODE_H
#define CONNLEAK_PYTHON_CODE_H

#include <stdbool.h>
#include <stdint.h>

#include "scripts/python_layout.h"

struct python_types {
	uintptr_t code, text, bytes; /* PyCode_Type, PyUnicode_Type, PyBytes_Type */
	uintptr_t dict, module, number; /* PyDict_Type, PyModule_Type, PyLong_Type: of tasks; 0: not found */
};

/* The place (core/places.h) of a code object at an instruction: its address, or its index (python_layout.h).
 * Kept from the last time where the object still says the same. PLACES_NONE: there is no room. False: it is
 * no code object as we know them. Some 50 ns for one that is known. */
bool python_place(const struct python_layout *layout, const struct python_types *types, uintptr_t code,
		  uintptr_t instruction, uint32_t *place);

/* The text at `at` in UTF-8, cut to `max` bytes where a character ends, not terminated. How many; 0: none. */
uint32_t python_text(const struct python_layout *layout, const struct python_types *types, uintptr_t at,
		     uint8_t *to, uint32_t max);

/* Is this the code of a function of this name, in a file whose path ends so? */
bool python_code_is(const struct python_layout *layout, const struct python_types *types, uintptr_t code,
		    const char *name, const char *file);

#endif
