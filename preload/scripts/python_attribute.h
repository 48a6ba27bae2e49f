/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attributes of an instance of a class that is written in Python, and items of a dict, as they lie in its memory. Knows
 * neither frames nor what is read there.
 */
#ifndef CONNLEAK_PYTHON_ATTRIBUTE_H
#define CONNLEAK_PYTHON_ATTRIBUTE_H

#include <stdint.h>

#include "scripts/python_code.h"

/* The object that is its attribute `name`; 0: it has none, or it cannot be read. Only of an instance whose attributes
 * nobody is adding to meanwhile: what is read then may be another's, and is not believed to be more than an address. */
uintptr_t python_attribute(const struct python_layout *layout, const struct python_types *types, uintptr_t instance,
			   const char *name);

/* What stands in a dict under this text; 0: nothing. `last`: where it was the last time. And what under this object. */
uintptr_t python_item(const struct python_layout *layout, const struct python_types *types, uintptr_t dict,
		      const char *name, uint32_t *last);
uintptr_t python_item_of(const struct python_layout *layout, const struct python_types *types, uintptr_t dict,
			 uintptr_t key);

#endif
