/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attributes of an instance of a class that is written in Python, and items of a dict, as they lie in its
 * memory. Knows neither frames nor what is read there.
 */
#ifndef CONNLEAK_PYTHON_ATTRIBUTE_H
#define CONNLEAK_PYTHON_ATTRIBUTE_H

#include <stdint.h>

#include "scripts/python_code.h"

/* The object that is its attribute `name`; 0: it has none, or it cannot be read. Only of an instance
 * whose attributes nobody is adding to meanwhile: what is read then may be another's, and is not believed
 * to be more than an address. */
uintptr_t python_attribute(const struct python_layout *layout, const struct python_types *types,
			   uintptr_t instance, const char *name);

/* Where in a dict a text was the last time, and which object: to be known again without reading it. Another
 * may have come to lie there since: what is found is to be proven by its own type. */
struct python_seen {
	uint32_t index;
	uintptr_t key;
};

/* What stands in a dict under this text; 0: nothing. And what under this object. */
uintptr_t python_item(const struct python_layout *layout, const struct python_types *types, uintptr_t dict,
		      const char *name, struct python_seen *last);
uintptr_t python_item_of(const struct python_layout *layout, const struct python_types *types, uintptr_t dict,
			 uintptr_t key);

#endif
