/* SPDX-License-Identifier: Apache-2.0 */
#include "scripts/hotspot_class.h"

#include <string.h>

#include "scripts/hotspot_walk.h"

#define WORD sizeof(uintptr_t)
#define FIELDS_MAX 512u
#define SYMBOL_SIZE 64u
#define EXTENDS_MAX 16u

/* Names lie in the class's pool, behind its head (oops/constantPool.hpp). */
uintptr_t hotspot_symbol_at(const struct hotspot *h, struct look *look, uintptr_t pool, uint32_t index)
{
	uint32_t length = look_u32(look, pool + h->field[HOTSPOT_POOL_LENGTH]);

	return index && index < length && index <= UINT16_MAX ?
		       look_word(look, pool + h->size[HOTSPOT_SIZE_POOL] + index * WORD) : 0;
}

static bool symbol_is(const struct hotspot *h, struct look *look, uintptr_t symbol, const char *text)
{
	size_t size = strlen(text);
	char is[SYMBOL_SIZE];

	return symbol && size <= sizeof is && look_u16(look, symbol + h->field[HOTSPOT_SYMBOL_LENGTH]) == size &&
	       look_bytes(look, is, symbol + h->field[HOTSPOT_SYMBOL_BODY], size) && memcmp(is, text, size) == 0;
}

bool hotspot_class_is(const struct hotspot *h, struct look *look, uintptr_t class, const char *name)
{
	return class && symbol_is(h, look, look_word(look, class + h->field[HOTSPOT_CLASS_NAME]), name);
}

uintptr_t hotspot_class_within(const struct hotspot *h, struct look *look, uintptr_t class, const char *name)
{
	if (h->field[HOTSPOT_CLASS_SUPER] == HOTSPOT_NOWHERE)
		return 0;
	for (uint32_t i = 0; class && i < EXTENDS_MAX && !look->failed; i++) {
		if (hotspot_class_is(h, look, class, name))
			return class;
		class = look_word(look, class + h->field[HOTSPOT_CLASS_SUPER]);
	}
	return 0;
}

/* ---- fields ------------------------------------------------------------------------------------- */

struct field {
	uint32_t name, type, offset;
};

/* 17: an array, six 16-bit numbers each (oops/fieldInfo.hpp). The offset's two lowest bits say it is one. */
static bool field_17(const struct hotspot *h, struct look *look, uintptr_t class, uint32_t i,
		     struct field *to)
{
	uintptr_t at = look_word(look, class + h->field[HOTSPOT_CLASS_FIELDS_17]) + h->field[HOTSPOT_SHORTS_DATA];
	uint16_t is[6];

	if (i >= look_u16(look, class + h->field[HOTSPOT_CLASS_FIELD_COUNT_17]) ||
	    !look_bytes(look, is, at + i * sizeof is, sizeof is) || !(is[4] & 1))
		return false;
	*to = (struct field){is[1], is[2], ((uint32_t)is[5] << 16 | is[4]) >> 2};
	return true;
}

/* Since 21: a stream of numbers, which begins with how many there are (oops/fieldInfo.inline.hpp). */
struct stream {
	const struct hotspot *h;
	struct look *look;
	uintptr_t at;
};

static uint32_t next(struct stream *s)
{
	return hotspot_unsigned5(s->h, s->look, &s->at);
}

enum { INITIALIZED = 1, GENERIC = 4, CONTENDED = 16 }; /* FieldInfo::FieldFlags: each with its own number */

static void next_field(struct stream *s, struct field *to)
{
	uint32_t flags;

	to->name = next(s);
	to->type = next(s);
	to->offset = next(s);
	next(s); /* who may access it */
	flags = next(s);
	if (flags & INITIALIZED)
		next(s);
	if (flags & GENERIC)
		next(s);
	if (flags & CONTENDED)
		next(s);
}

static bool matches(const struct hotspot *h, struct look *look, uintptr_t pool, const struct field *f,
		    const char *name, const char *type)
{
	return f->offset < 4096 && symbol_is(h, look, hotspot_symbol_at(h, look, pool, f->name), name) &&
	       symbol_is(h, look, hotspot_symbol_at(h, look, pool, f->type), type);
}

uint32_t hotspot_class_field(const struct hotspot *h, struct look *look, uintptr_t class, const char *name,
			     const char *type)
{
	bool old = h->version == HOTSPOT_17;
	uintptr_t pool = look_word(look, class + h->field[HOTSPOT_CLASS_POOL]);
	struct stream s = {h, look, 0};
	uint32_t count = FIELDS_MAX;
	struct field f;

	if (h->field[old ? HOTSPOT_CLASS_FIELDS_17 : HOTSPOT_CLASS_FIELDS] == HOTSPOT_NOWHERE ||
	    h->field[old ? HOTSPOT_SHORTS_DATA : HOTSPOT_BYTES_DATA] == HOTSPOT_NOWHERE ||
	    (old && h->field[HOTSPOT_CLASS_FIELD_COUNT_17] == HOTSPOT_NOWHERE))
		return HOTSPOT_NOWHERE;
	if (!old) {
		s.at = look_word(look, class + h->field[HOTSPOT_CLASS_FIELDS]) + h->field[HOTSPOT_BYTES_DATA];
		count = next(&s);
		next(&s); /* how many the VM added, at the end */
	}
	for (uint32_t i = 0; i < count && i < FIELDS_MAX && !look->failed; i++) {
		if (!old)
			next_field(&s, &f);
		else if (!field_17(h, look, class, i, &f))
			break;
		if (matches(h, look, pool, &f, name, type))
			return f.offset;
	}
	return HOTSPOT_NOWHERE;
}
