/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions, files and lines out of .gopclntab. A function's description (runtime._func) is words of 32 bits:
 *
 *   0 entry  4 name  8 args  12 deferreturn  16 pcsp  20 pcfile  24 pcln  28 npcdata  32 cuOffset
 *   36 startLine (since 1.20), then four bytes, the last of which is nfuncdata;
 *   then npcdata offsets of tables, then nfuncdata offsets from gofunc.
 */
#include "goimage/image.h"
#include "goimage/read.h"

/* cmd/internal/objabi/funcdata.go */
#define PCDATA_INLINED 2u   /* index into the tree of inlined calls, -1: none */
#define FUNCDATA_INLINED 3u /* that tree */

static uint32_t half(const struct go_image *image, uint64_t offset)
{
	return go_half(go_within(&image->table, image->table.start + offset, 4));
}

/* Where the i-th function begins, and its description: an offset in the table. */
static uint64_t entry(const struct go_image *image, uint32_t i)
{
	return image->text + half(image, image->functab + (uint64_t)i * 8);
}

static uint64_t description(const struct go_image *image, uint32_t i)
{
	return image->functab + (uint64_t)half(image, image->functab + (uint64_t)i * 8 + 4);
}

/* A text between two parts of the table; NULL unless it ends there. */
static const char *text_at(const struct go_image *image, uint64_t offset, uint32_t from, uint32_t to)
{
	const uint8_t *at = image->table.bytes + offset;

	if (offset < from || offset >= to || !memchr(at, 0, to - offset))
		return NULL;
	return (const char *)at;
}

static const char *name_at(const struct go_image *image, uint64_t offset)
{
	return text_at(image, image->names + offset, image->names, image->cutab);
}

/* ---- by name ------------------------------------------------------------------------------------------- */

#define NAME_START 8u /* bytes that are compared first: a program has 100,000 names */

uint32_t go_image_functions(const struct go_image *image, struct go_function *wanted, uint32_t count)
{
	const uint8_t *names = image->table.bytes + image->names;
	uint64_t room = image->cutab - image->names, starts[64];
	uint32_t found = 0;

	if (count > 64)
		return 0;
	for (uint32_t k = 0; k < count; k++) {
		wanted[k].start = wanted[k].end = starts[k] = 0;
		memcpy(&starts[k], wanted[k].name, strnlen(wanted[k].name, NAME_START));
	}
	for (uint32_t i = 0; i < image->functions && found < count; i++) {
		uint64_t at = half(image, description(image, i) + 4), start;

		if (at + NAME_START > room)
			continue;
		start = go_word(names + at);
		for (uint32_t k = 0; k < count; k++) {
			size_t size = starts[k] == start ? strlen(wanted[k].name) + 1 : 0;

			if (!size || size > room - at || wanted[k].start || memcmp(names + at, wanted[k].name, size) != 0)
				continue;
			wanted[k].start = entry(image, i);
			wanted[k].end = entry(image, i + 1);
			if (wanted[k].end <= wanted[k].start || !go_look(image, wanted[k].start, wanted[k].end - wanted[k].start))
				wanted[k].start = wanted[k].end = 0;
			else
				found++;
			break;
		}
	}
	return found;
}

/* ---- by address ---------------------------------------------------------------------------------------- */

static bool find(const struct go_image *image, uint64_t address, uint32_t *index)
{
	uint32_t low = 0, high = image->functions;

	if (address < entry(image, 0) || address >= entry(image, image->functions))
		return false;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (entry(image, middle) <= address)
			low = middle;
		else
			high = middle;
	}
	*index = low;
	return true;
}

static const char *look_up(const struct go_image *image, uint64_t address)
{
	uint32_t i;

	return find(image, address, &i) ? name_at(image, half(image, description(image, i) + 4)) : NULL;
}

/* A word: an address, from the first function on, and its name's place in the table: threads may share it. */
const char *go_image_name(const struct go_image *image, uint64_t address)
{
	uint64_t from = address - image->text, is;
	uint64_t *known =
		image->known && from <= UINT32_MAX ? &image->known[from * 0x9e3779b97f4a7c15ull >> 52] : NULL;
	const char *name;

	if (!known)
		return look_up(image, address);
	is = __atomic_load_n(known, __ATOMIC_RELAXED);
	if (is && is >> 32 == from)
		return (const char *)image->table.bytes + (uint32_t)is;
	name = look_up(image, address);
	if (name && (uint64_t)(name - (const char *)image->table.bytes) <= UINT32_MAX)
		__atomic_store_n(known, from << 32 | (uint64_t)(name - (const char *)image->table.bytes), __ATOMIC_RELAXED);
	return name;
}

_Static_assert(GO_NAMES_KNOWN == 1 << (64 - 52), "as go_image_name() shifts");

/* A table pc -> value: pairs of how much the value changes (zigzag) and for how many bytes it holds, until
 * one change is 0. -1: none, which many of them say for "nothing". */
static int32_t value_at(const struct go_image *image, uint32_t table, uint64_t start, uint64_t address)
{
	struct go_stream s = {image->table.bytes + image->pctab + table, image->table.bytes + image->functab, false};
	uint64_t pc = start;
	int64_t value = -1;

	if (!table || table >= image->functab - image->pctab)
		return -1;
	for (bool first = true; !s.ended; first = false) {
		uint32_t change = go_varint(&s);

		if (!change && !first)
			break;
		value += (int32_t)(change >> 1) ^ -(int32_t)(change & 1);
		pc += go_varint(&s);
		if (!s.ended && address < pc)
			return (int32_t)value;
	}
	return -1;
}

/* A function that holds an address, and what its description says. */
struct function {
	const struct go_image *image;
	uint64_t at, start; /* description, first address */
	uint32_t pcdata, funcdata, datas; /* how many tables; where its last words begin, and how many */
};

static struct function function_of(const struct go_image *image, uint32_t i)
{
	struct function f = {.image = image, .at = description(image, i), .start = entry(image, i)};
	uint32_t fixed = image->go120 ? 44 : 40;

	f.pcdata = half(image, f.at + 28);
	if (f.pcdata > 64)
		f.pcdata = 0;
	f.datas = half(image, f.at + fixed - 4) >> 24;
	f.funcdata = fixed + f.pcdata * 4;
	return f;
}

static void line_of(const struct function *f, uint64_t address, struct go_place *to)
{
	const struct go_image *image = f->image;
	int32_t file = value_at(image, half(image, f->at + 20), f->start, address);
	uint64_t at;

	to->line = value_at(image, half(image, f->at + 24), f->start, address);
	to->file = NULL;
	if (to->line < 0)
		to->line = 0;
	if (file < 0)
		return;
	at = image->cutab + ((uint64_t)half(image, f->at + 32) + (uint32_t)file) * 4;
	if (at + 4 <= image->files)
		to->file = text_at(image, (uint64_t)image->files + half(image, at), image->files, image->pctab);
}

/* The entry of the tree of inlined calls (runtime.inlinedCall): where the name of what was inlined and the
 * place of its call are in it differs. */
static const uint8_t *inlined_at(const struct function *f, uint64_t address)
{
	const struct go_image *image = f->image;
	uint32_t size = image->go120 ? 16 : 20, tree;
	int32_t index;

	if (f->pcdata <= PCDATA_INLINED || f->datas <= FUNCDATA_INLINED || !image->gofunc)
		return NULL;
	tree = half(image, f->at + f->funcdata + FUNCDATA_INLINED * 4);
	index = value_at(image, half(image, f->at + f->funcdata - f->pcdata * 4 + PCDATA_INLINED * 4),
			 f->start, address);
	if (tree == UINT32_MAX || index < 0)
		return NULL;
	return go_look(image, image->gofunc + tree + (uint64_t)(uint32_t)index * size, size);
}

uint32_t go_image_places(const struct go_image *image, uint64_t address, struct go_place *to, uint32_t max)
{
	const uint8_t *inlined;
	struct function f;
	uint32_t i, n = 0;

	if (!max || !find(image, address, &i))
		return 0;
	f = function_of(image, i);
	for (uint32_t turns = 0; turns < 64 && n + 1 < max && (inlined = inlined_at(&f, address)); turns++) {
		to[n].function = name_at(image, go_half(inlined + (image->go120 ? 4 : 12)));
		to[n].inlined = true;
		line_of(&f, address, &to[n]);
		if (to[n].function)
			n++;
		address = f.start + go_half(inlined + (image->go120 ? 8 : 16));
	}
	to[n].function = name_at(image, half(image, f.at + 4));
	to[n].inlined = false;
	line_of(&f, address, &to[n]);
	return n + 1;
}
