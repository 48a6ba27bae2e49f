/* SPDX-License-Identifier: Apache-2.0 */
#include "scripts/python_layout.h"

#include <stddef.h>

static const struct python_layout layouts[] = {
	{.version = 0x030b, .lines = PYTHON_LOCATIONS,
	 .thread_id = 152, .interp = 16, .current = 56, .cframe = 8,
	 .frame_size = 72, .code = 32, .previous = 48, .instruction = 56, .entry = 68,
	 .filename = 112, .name = 128, .first_line = 72, .line_table = 136, .bytecode = 184,
	 .text_ascii = 48, .text_compact = 72, .text_bits = 2},
};

const struct python_layout *python_layout_of(uint32_t version)
{
	for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
		if (layouts[i].version == version)
			return &layouts[i];
	return NULL;
}
