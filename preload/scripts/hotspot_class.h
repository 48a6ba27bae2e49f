/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A class of Java's as HotSpot has it: what it is called, and where in its objects a field of it is. Classes
 * do not move, and stay as long as there is an object of theirs. Knows no object.
 */
#ifndef CONNLEAK_SCRIPTS_HOTSPOT_CLASS_H
#define CONNLEAK_SCRIPTS_HOTSPOT_CLASS_H

#include "scripts/hotspot.h"

/* The name at `index` of a class's pool, a Symbol; 0: there is none. */
uintptr_t hotspot_symbol_at(const struct hotspot *h, struct look *look, uintptr_t pool, uint32_t index);

/* `name` as in "java/lang/Thread". */
bool hotspot_class_is(const struct hotspot *h, struct look *look, uintptr_t class, const char *name);

/* The class of that name among this one and those that it extends; 0: it is none of them. */
uintptr_t hotspot_class_within(const struct hotspot *h, struct look *look, uintptr_t class, const char *name);

/* Bytes from an object's beginning to the field that this very class declares; HOTSPOT_NOWHERE: it declares
 * none of that name and type ("J", "[B", "Ljava/lang/String;"). */
uint32_t hotspot_class_field(const struct hotspot *h, struct look *look, uintptr_t class, const char *name,
			     const char *type);

#endif
