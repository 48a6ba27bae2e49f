/* SPDX-License-Identifier: Apache-2.0 */
#include "scripts/python_lines.h"

/* ---- up to 3.9: Objects/lnotab_notes.txt --------------------------------------------------------------- */

/* Pairs: bytes of code, lines (signed). An instruction's line is the last pair's to begin at or before it. */
static int64_t lnotab(const uint8_t *table, uint32_t size, int64_t line, int32_t instruction)
{
	int64_t address = 0;

	for (uint32_t i = 0; i + 1 < size; i += 2) {
		address += table[i];
		if (address > instruction)
			break;
		line += (int8_t)table[i + 1];
	}
	return line;
}

/* ---- 3.10: PEP 626, Objects/lnotab_notes.txt ----------------------------------------------------------- */

/* Pairs: bytes of code, lines (signed; -128: no line for these). */
static int64_t linetable(const uint8_t *table, uint32_t size, int64_t line, int32_t instruction)
{
	int64_t end = 0, address = (int64_t)instruction * 2;

	for (uint32_t i = 0; i + 1 < size; i += 2) {
		int8_t delta = (int8_t)table[i + 1];

		end += table[i];
		line += delta == -128 ? 0 : delta;
		if (end > address)
			return delta == -128 ? 0 : line;
	}
	return 0;
}

/* ---- from 3.11 on: Objects/locations.md ---------------------------------------------------------------- */

/* Seven bits for an entry's first byte would be a mark; six for others, least first, and one that goes on. */
static uint64_t variable(const uint8_t *table, uint32_t size, uint32_t *at)
{
	uint64_t value = 0;

	for (unsigned shift = 0; *at < size && shift < 60; shift += 6) {
		uint8_t byte = table[(*at)++];

		value |= (uint64_t)(byte & 63) << shift;
		if (!(byte & 64))
			break;
	}
	return value;
}

static int64_t variable_signed(const uint8_t *table, uint32_t size, uint32_t *at)
{
	uint64_t value = variable(table, size, at);

	return value & 1 ? -(int64_t)(value >> 1) : (int64_t)(value >> 1);
}

#define KIND_LINES 10 /* and 11, 12: so many lines on; two bytes of columns */
#define KIND_NO_COLUMNS 13
#define KIND_LONG 14
#define KIND_NONE 15

/* An entry: a byte with its highest bit set, four of its kind, three of how many code units, less one. */
static int64_t locations(const uint8_t *table, uint32_t size, int64_t line, int32_t instruction)
{
	int64_t end = 0;

	for (uint32_t at = 0; at < size;) {
		uint8_t head = table[at++], kind = head >> 3 & 15;

		if (kind == KIND_NO_COLUMNS || kind == KIND_LONG)
			line += variable_signed(table, size, &at);
		else if (kind >= KIND_LINES && kind < KIND_NO_COLUMNS)
			line += kind - KIND_LINES;
		end += (head & 7) + 1;
		if (end > instruction)
			return kind == KIND_NONE ? 0 : line;
		while (at < size && !(table[at] & 128)) /* what else is in it */
			at++;
	}
	return 0;
}

__attribute__((no_sanitize("address", "thread"))) int32_t
python_line(enum python_lines kind, const uint8_t *table, uint32_t size, int32_t first_line,
	    int32_t instruction)
{
	int64_t line = first_line;

	if (instruction >= 0)
		line = (kind == PYTHON_LNOTAB ? lnotab : kind == PYTHON_LINETABLE ? linetable : locations)(
			table, size, line, instruction);
	return line > 0 && line < INT32_MAX ? (int32_t)line : 0;
}
