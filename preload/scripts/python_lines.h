/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPython's line tables, of which there were three kinds: pure functions over bytes. Knows no object.
 */
#ifndef CONNLEAK_PYTHON_LINES_H
#define CONNLEAK_PYTHON_LINES_H

#include <stdint.h>

#include "scripts/python_layout.h"

/* The line of an instruction: its index in code units, in bytes for PYTHON_LNOTAB; below 0: before the first.
 * 0: it has none. Never reads beyond the table, whatever is in it. */
int32_t python_line(enum python_lines kind, const uint8_t *table, uint32_t size, int32_t first_line,
		    int32_t instruction);

#endif
