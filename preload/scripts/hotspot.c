/* SPDX-License-Identifier: Apache-2.0 */
#include "scripts/hotspot.h"

#include <string.h>

#define ENTRIES_MAX 20000u /* in one of the tables, several times what there are */

/* A table of the JVM's: an array of structs that its exported words describe. */
struct table {
	struct look *look;
	const struct library *library;
	uintptr_t at, stride;
};

static uintptr_t exported(const struct table *t, const char *name)
{
	uintptr_t at = (uintptr_t)library_symbol(t->library, name, NULL);

	return at ? look_word(t->look, at) : 0;
}

/* The arrays end with an entry without a name. Where a name stands in an entry is asked, too. */
static bool open_table(struct table *t, const char *array, const char *stride)
{
	t->at = exported(t, array);
	t->stride = exported(t, stride);
	return t->at && t->stride >= 16 && t->stride <= 256 && !t->look->failed;
}

/* A name from a table, as far as those we want go: in two pieces where it may reach into a second page. */
#define NAME_SIZE 64u
static bool read_name(struct look *look, uintptr_t at, char to[NAME_SIZE])
{
	uint32_t here = (uint32_t)(4096 - at % 4096), first = here < NAME_SIZE - 1 ? here : NAME_SIZE - 1;

	if (!look_bytes(look, to, at, first))
		return false;
	to[first] = 0;
	if (first < NAME_SIZE - 1 && !memchr(to, 0, first))
		look_bytes(look, to + first, at + first, NAME_SIZE - 1 - first);
	to[NAME_SIZE - 1] = 0;
	return !look->failed;
}

static int find(struct look *look, uintptr_t text, const char *const *names, int count)
{
	char name[NAME_SIZE];

	if (!read_name(look, text, name))
		return -1;
	for (int i = 0; i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return i;
	return -1;
}

#define X(name, type, field, versions) {type, field},
static const char *const field_names[][2] = {HOTSPOT_FIELDS(X)};
static const char *const static_names[][2] = {HOTSPOT_STATICS(X)};
#undef X

static void learn_field(struct hotspot *to, struct look *look, uintptr_t entry, const char *type,
			const char *field, const uintptr_t *where)
{
	bool fixed = look_i32(look, entry + where[2]) != 0;

	for (int i = 0; !fixed && i < HOTSPOT_FIELD_COUNT; i++)
		if (strcmp(field, field_names[i][1]) == 0 && strcmp(type, field_names[i][0]) == 0)
			to->field[i] = look_u32(look, entry + where[3]);
	for (int i = 0; fixed && i < HOTSPOT_STATIC_COUNT; i++)
		if (strcmp(field, static_names[i][1]) == 0 && strcmp(type, static_names[i][0]) == 0)
			to->at[i] = look_word(look, entry + where[4]);
}

static void learn_fields(struct hotspot *to, struct table *t)
{
	uintptr_t where[] = {
		exported(t, "gHotSpotVMStructEntryTypeNameOffset"), exported(t, "gHotSpotVMStructEntryFieldNameOffset"),
		exported(t, "gHotSpotVMStructEntryIsStaticOffset"), exported(t, "gHotSpotVMStructEntryOffsetOffset"),
		exported(t, "gHotSpotVMStructEntryAddressOffset"),
	};

	if (!open_table(t, "gHotSpotVMStructs", "gHotSpotVMStructEntryArrayStride"))
		return;
	for (uint32_t i = 0; i < ENTRIES_MAX && !t->look->failed; i++, t->at += t->stride) {
		uintptr_t type = look_word(t->look, t->at + where[0]), field = look_word(t->look, t->at + where[1]);
		char type_name[NAME_SIZE], field_name[NAME_SIZE];

		if (!type || !field)
			return;
		if (read_name(t->look, type, type_name) && read_name(t->look, field, field_name))
			learn_field(to, t->look, t->at, type_name, field_name, where);
	}
}

static void learn_sizes(struct hotspot *to, struct table *t)
{
#define X(name, type, versions) type,
	static const char *const names[] = {HOTSPOT_SIZES(X)};
#undef X
	uintptr_t name_at = exported(t, "gHotSpotVMTypeEntryTypeNameOffset");
	uintptr_t size_at = exported(t, "gHotSpotVMTypeEntrySizeOffset");

	if (!open_table(t, "gHotSpotVMTypes", "gHotSpotVMTypeEntryArrayStride"))
		return;
	for (uint32_t i = 0; i < ENTRIES_MAX && !t->look->failed; i++, t->at += t->stride) {
		uintptr_t name = look_word(t->look, t->at + name_at);
		int found = name ? find(t->look, name, names, HOTSPOT_SIZE_COUNT) : -1;

		if (!name)
			return;
		if (found >= 0)
			to->size[found] = (uint32_t)look_u64(t->look, t->at + size_at);
	}
}

static void learn_constants(struct hotspot *to, struct table *t, bool *have)
{
#define X(name, constant, versions) constant,
	static const char *const names[] = {HOTSPOT_CONSTANTS(X)};
#undef X
	uintptr_t name_at = exported(t, "gHotSpotVMIntConstantEntryNameOffset");
	uintptr_t value_at = exported(t, "gHotSpotVMIntConstantEntryValueOffset");

	if (!open_table(t, "gHotSpotVMIntConstants", "gHotSpotVMIntConstantEntryArrayStride"))
		return;
	for (uint32_t i = 0; i < ENTRIES_MAX && !t->look->failed; i++, t->at += t->stride) {
		uintptr_t name = look_word(t->look, t->at + name_at);
		int found = name ? find(t->look, name, names, HOTSPOT_CONSTANT_COUNT) : -1;

		if (!name)
			return;
		if (found >= 0) {
			to->is[found] = look_i32(t->look, t->at + value_at);
			have[found] = true;
		}
	}
}

/* Offsets and sizes are small, or they are not what they are taken for. */
static bool complete(const struct hotspot *h, const bool *constants)
{
#define X(name, type, field, versions) versions,
	static const uint8_t fields[] = {HOTSPOT_FIELDS(X)}, statics[] = {HOTSPOT_STATICS(X)};
#undef X
#define X(name, text, versions) versions,
	static const uint8_t sizes[] = {HOTSPOT_SIZES(X)}, needed[] = {HOTSPOT_CONSTANTS(X)};
#undef X
	bool all = true;

	for (int i = 0; i < HOTSPOT_FIELD_COUNT; i++)
		all = all && (!(fields[i] & h->version) || h->field[i] < 16384);
	for (int i = 0; i < HOTSPOT_STATIC_COUNT; i++)
		all = all && (!(statics[i] & h->version) || h->at[i]);
	for (int i = 0; i < HOTSPOT_SIZE_COUNT; i++)
		all = all && (!(sizes[i] & h->version) || (h->size[i] && h->size[i] < 16384));
	for (int i = 0; i < HOTSPOT_CONSTANT_COUNT; i++)
		all = all && (!(needed[i] & h->version) || constants[i]);
	return all;
}

static void read_release(struct hotspot *to, struct look *look)
{
	uintptr_t text = to->at[HOTSPOT_RELEASE] ? look_word(look, to->at[HOTSPOT_RELEASE]) : 0;

	for (uint32_t i = 0; text && i + 1 < sizeof to->release; i++)
		if (!(to->release[i] = (char)look_u8(look, text + i)))
			break;
}

/* How a frame is laid out is the processor's (cpu/x86/frame_x86.hpp), and no other's was tried. */
static uint32_t version_of(int32_t major)
{
#if !defined(__x86_64__)
	return 0;
#endif
	return major == 17 ? HOTSPOT_17 : major == 21 ? HOTSPOT_21 : major == 25 ? HOTSPOT_25 : 0;
}

enum hotspot_learned hotspot_learn(struct hotspot *to, const struct library *library, struct look *look)
{
	struct table t = {.look = look, .library = library};
	bool constants[HOTSPOT_CONSTANT_COUNT] = {false};
	int32_t major;

	memset(to, 0, sizeof *to);
	for (int i = 0; i < HOTSPOT_FIELD_COUNT; i++)
		to->field[i] = HOTSPOT_NOWHERE;
	learn_fields(to, &t);
	if (look->failed || !to->at[HOTSPOT_MAJOR])
		return HOTSPOT_OTHER_VERSION;
	major = look_i32(look, to->at[HOTSPOT_MAJOR]);
	read_release(to, look);
	to->version = version_of(major);
	if (!to->version)
		return HOTSPOT_OTHER_VERSION;
	learn_sizes(to, &t);
	learn_constants(to, &t, constants);
	return !look->failed && complete(to, constants) ? HOTSPOT_KNOWN : HOTSPOT_OTHER_LAYOUT;
}
