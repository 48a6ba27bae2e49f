/* SPDX-License-Identifier: Apache-2.0 */
#include "scripts/place.h"

#include "core/names.h"
#include "core/places.h"
#include "here/presence.h"

static uint32_t name_of(struct script_text text)
{
	return text.size ? names_intern(&here, text.bytes, text.size) : 0;
}

uint32_t script_place(enum dump_language language, struct script_text function, struct script_text file,
		      uint32_t line)
{
	struct dump_place place = {.line = line, .language = language};

	place.function = name_of(function);
	place.file = name_of(file);
	return places_intern(&here, &place);
}
