/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Type descriptors: 0 size, 20 flags, 23 kind, 40 name (an offset from the first type); of a struct also 48
 * its package, 56 a slice of its fields, each name, type, offset; of a pointer also 48 what it points to. A
 * name is a byte of flags, its length as a varint, its bytes.
 */
#include "goimage/image.h"
#include "goimage/read.h"

#define STRUCT 80u
#define FIELD 24u
#define FIELDS_MAX 512u
#define KIND_MASK 31u
#define KIND_POINTER 22u
#define KIND_STRUCT 25u
#define FLAG_STAR 2u /* the name has a star in front that is not the type's */

static const uint8_t *look(const struct go_image *image, uint64_t at, uint64_t size)
{
	return go_within(&image->types, at, size);
}

static const char *name_at(const struct go_image *image, uint64_t at, uint32_t *size)
{
	struct go_stream s = {look(image, at, 2),
			      image->types.bytes + (image->types.end - image->types.start), false};

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

static bool find(const struct go_image *image, const uint8_t *list, uint64_t count, uint64_t size,
		 struct go_field *f)
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

/* Fields that are looked for, and those whose type was met, with the field or without. */
struct search {
	const struct go_image *image;
	struct go_field *fields;
	uint32_t count, found;
	uint64_t settled;
	const uint8_t *met[64]; /* their types */
};

static bool over(const struct search *s)
{
	return s->settled == (1ull << s->count) - 1;
}

/* Is this one that is looked for? */
static void meet(struct search *s, const uint8_t *type)
{
	const uint8_t *list;
	uint64_t n;

	if ((type[23] & KIND_MASK) != KIND_STRUCT || !(list = fields_of(s->image, type, &n)))
		return;
	for (uint32_t k = 0; k < s->count; k++)
		if (!(s->settled >> k & 1) && type_named(s->image, type, s->fields[k].type) &&
		    named(s->image, go_word(type + 48), s->fields[k].package)) {
			s->found += find(s->image, list, n, go_word(type), &s->fields[k]);
			s->settled |= 1ull << k;
			s->met[k] = type;
		}
}

static void meet_at(struct search *s, uint64_t at)
{
	const uint8_t *type = look(s->image, at, STRUCT);

	if (type && (type[23] & KIND_MASK) == KIND_POINTER)
		type = look(s->image, go_word(type + 48), STRUCT);
	if (type)
		meet(s, type);
}

/* What the i-th link leads to is called so, compared with '*' and `name`, as strings are. */
static int link_compared(const struct search *s, uint64_t i, const char *name)
{
	const struct go_image *image = s->image;
	const uint8_t *type = look(image, image->types.start + go_half(image->links + i * 4), STRUCT);
	uint32_t size = 0, wanted = (uint32_t)strlen(name) + 1, shorter;
	const char *is = type ? name_at(image, image->types.start + go_half(type + 40), &size) : NULL;
	int order;

	if (is && size && type[20] & FLAG_STAR) {
		is++;
		size--;
	}
	if (!is || !size || *is != '*')
		return !is || !size ? -1 : *is < '*' ? -1 : 1;
	shorter = size < wanted ? size : wanted;
	order = memcmp(is + 1, name, shorter - 1);
	return order ? order : size < wanted ? -1 : size > wanted;
}

/* Pointers have no name of their own, so they are among the links. A pass over all types costs a
 * fault for each sixteen pages. */
static void follow_links(struct search *s, const char *name)
{
	const struct go_image *image = s->image;
	uint64_t low = 0, high = image->linked;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (link_compared(s, middle, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (uint32_t turns = 0; turns < 64 && low < image->linked && link_compared(s, low, name) == 0;
	     turns++, low++)
		meet_at(s, image->types.start + go_half(image->links + low * 4));
}

/* A field of one that was met may be another that is looked for. */
static void follow_fields(struct search *s, const uint8_t *type)
{
	uint64_t n;
	const uint8_t *list = fields_of(s->image, type, &n);

	for (uint64_t i = 0; list && i < n && !over(s); i++)
		meet_at(s, go_word(list + i * FIELD + 8));
}

static void follow(struct search *s)
{
	for (uint32_t k = 0; k < s->count; k++)
		if (!(s->settled >> k & 1))
			follow_links(s, s->fields[k].type);
	for (uint32_t turns = 0; turns < 3; turns++)
		for (uint32_t k = 0; k < s->count && !over(s); k++)
			if (s->met[k])
				follow_fields(s, s->met[k]);
}

uint32_t go_image_fields(const struct go_image *image, struct go_field *fields, uint32_t count)
{
	const struct go_segment *types = &image->types;
	struct search s = {.image = image, .fields = fields, .count = count};

	if (count > 63)
		return 0;
	for (uint32_t k = 0; k < count; k++)
		fields[k].found = false;
	follow(&s);
	for (uint64_t at = types->start; !over(&s) && at + STRUCT <= types->end; at += 8)
		meet(&s, types->bytes + (at - types->start));
	return s.found;
}
