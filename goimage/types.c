/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Type descriptors: 0 size, 20 flags, 23 kind, 40 name (an offset from the first type); of a struct also
 * 48 its package, 56 a slice of its fields, each name, type, offset. A name is a byte of flags, its length as
 * a varint, its bytes.
 */
#include "goimage/image.h"
#include "goimage/read.h"

#define STRUCT 80u
#define FIELD 24u
#define FIELDS_MAX 512u
#define KIND_MASK 31u
#define KIND_STRUCT 25u
#define FLAG_STAR 2u /* the name has a star in front that is not the type's */

static const uint8_t *look(const struct go_image *image, uint64_t at, uint64_t size)
{
	return go_within(&image->types, at, size);
}

static const char *name_at(const struct go_image *image, uint64_t at, uint32_t *size)
{
	struct go_stream s = {look(image, at, 2), image->types.bytes + (image->types.end - image->types.start), false};

	if (!s.at)
		return NULL;
	s.at++;
	*size = go_varint(&s);
	return !s.ended && *size <= (uint64_t)(s.end - s.at) ? (const char *)s.at : NULL;
}

static bool named(const struct go_image *image, uint64_t at, const char *name)
{
	uint32_t size;
	const char *is = name_at(image, at, &size);

	return is && size == strlen(name) && memcmp(is, name, size) == 0;
}

static bool type_named(const struct go_image *image, const uint8_t *type, const char *name)
{
	uint32_t size, star = type[20] & FLAG_STAR ? 1 : 0;
	const char *is = name_at(image, image->types.start + go_half(type + 40), &size);

	return is && size == strlen(name) + star && memcmp(is + star, name, size - star) == 0;
}

bool go_image_type_is(const struct go_image *image, uint64_t type, const char *name)
{
	const uint8_t *at = look(image, type, STRUCT);

	return at && type_named(image, at, name);
}

/* The fields of a struct: a slice without slack, inside the types. NULL: this is none. */
static const uint8_t *fields_of(const struct go_image *image, const uint8_t *type, uint64_t *count)
{
	*count = go_word(type + 64);
	if ((type[23] & KIND_MASK) != KIND_STRUCT || !*count || *count > FIELDS_MAX || *count != go_word(type + 72))
		return NULL;
	return look(image, go_word(type + 56), *count * FIELD);
}

static bool find(const struct go_image *image, const uint8_t *list, uint64_t count, uint64_t size, struct go_field *f)
{
	for (uint64_t i = 0; i < count; i++) {
		uint64_t offset = go_word(list + i * FIELD + 16);

		if (offset >= size || !named(image, go_word(list + i * FIELD), f->field))
			continue;
		f->offset = (uint32_t)offset;
		f->found = true;
		return true;
	}
	return false;
}

uint32_t go_image_fields(const struct go_image *image, struct go_field *fields, uint32_t count)
{
	const struct go_segment *s = &image->types;
	uint64_t settled = 0; /* its type was met, with the field or without */
	uint32_t found = 0;

	if (count > 63)
		return 0;
	for (uint32_t k = 0; k < count; k++)
		fields[k].found = false;
	for (uint64_t at = s->start; settled != (1ull << count) - 1 && at + STRUCT <= s->end; at += 8) {
		const uint8_t *type = s->bytes + (at - s->start);
		const uint8_t *list;
		uint64_t n;

		if ((type[23] & KIND_MASK) != KIND_STRUCT || !(list = fields_of(image, type, &n)))
			continue;
		for (uint32_t k = 0; k < count; k++)
			if (!(settled >> k & 1) && type_named(image, type, fields[k].type) &&
			    named(image, go_word(type + 48), fields[k].package)) {
				found += find(image, list, n, go_word(type), &fields[k]);
				settled |= 1ull << k;
			}
	}
	return found;
}
