/* SPDX-License-Identifier: Apache-2.0 */
#include "goimage/image.h"

#include "goimage/read.h"

/* The line table begins with a magic number, two zero bytes, the size of an instruction (1 on x86-64, 4 on
 * aarch64) and that of a pointer (debug/gosym/pclntab.go). */
#define MAGIC_118 0xfffffff0u /* 1.18, 1.19 */
#define MAGIC_120 0xfffffff1u /* 1.20 and later */
#define HEADER 72u

static bool is_table(const uint8_t *at)
{
	uint32_t magic = go_half(at);

	return (magic == MAGIC_118 || magic == MAGIC_120) && at[4] == 0 && at[5] == 0 &&
	       (at[6] == 1 || at[6] == 4) && at[7] == 8;
}

/* The linker puts it at a multiple of 32. */
static uint64_t find_table_in(const struct go_segment *s)
{
	for (uint64_t at = (s->start + 31) & ~31ull; at + HEADER < s->end; at += 32)
		if (s->bytes[at - s->start + 3] == 0xff && is_table(s->bytes + (at - s->start)))
			return at;
	return 0;
}

/* Each page that is looked at costs a fault: constants, which lie behind the code, come first, and what can
 * be written, with all that is zero yet, last. */
static uint64_t find_table(const struct go_image *image)
{
	uint64_t found = 0;

	for (int writable = 0; writable <= 1; writable++)
		for (uint32_t i = image->count; i-- > 0 && !found;)
			if (image->segments[i].writable == writable)
				found = find_table_in(&image->segments[i]);
	return found;
}

static bool part(const struct go_image *image, uint32_t at, uint32_t *to)
{
	uint64_t offset = go_word(go_within(&image->table, image->table.start + at, 8));

	*to = (uint32_t)offset;
	return offset >= HEADER && offset < image->table.end - image->table.start && offset < UINT32_MAX;
}

/* Each part ends where the next begins, so they have to be in order. */
static bool open_table(struct go_image *image, uint64_t at)
{
	const uint8_t *header = go_look(image, at, HEADER);
	uint64_t functions = go_word(header ? header + 8 : NULL);

	if (!header || !is_table(header))
		return false;
	for (uint32_t i = 0; i < image->count; i++)
		if (at >= image->segments[i].start && at < image->segments[i].end)
			image->table = (struct go_segment){at, image->segments[i].end, header, false};
	image->go120 = go_half(header) == MAGIC_120;
	image->functions = (uint32_t)functions;
	return part(image, 32, &image->names) && part(image, 40, &image->cutab) && part(image, 48, &image->files) &&
	       part(image, 56, &image->pctab) && part(image, 64, &image->functab) && image->names < image->cutab &&
	       image->cutab <= image->files && image->files < image->pctab && image->pctab < image->functab &&
	       functions && functions < 1u << 26 &&
	       go_within(&image->table, at + image->functab, functions * 8 + 4) != NULL;
}

/* ---- the module ---------------------------------------------------------------------------------------- */

/* runtime.moduledata begins with a pointer to the table; funcnametab, cutab, filetab, pctab, pclntable
 * and ftab are slices; then findfunctab, minpc, maxpc, text, etext; eight words of data and bss, two
 * more of coverage since 1.20; end, gcdata, gcbss, types, etypes, rodata, gofunc; the slices textsectmap
 * and typelinks (runtime/symtab.go). */
#define MODULE_MINPC (8u + 6 * 24 + 8)
#define MODULE_TEXT (MODULE_MINPC + 16)
#define MODULE_TYPES(image) (MODULE_TEXT + 16 + 8 * 8 + ((image)->go120 ? 16u : 0u) + 3 * 8)

static bool is_module(const struct go_image *image, const uint8_t *at)
{
	uint64_t minpc = go_word(at + MODULE_MINPC), maxpc = go_word(at + MODULE_MINPC + 8);
	uint64_t text = go_word(at + MODULE_TEXT), etext = go_word(at + MODULE_TEXT + 8);

	return text < etext && minpc >= text && maxpc <= etext && minpc < maxpc &&
	       go_look(image, text, etext - text);
}

static const uint8_t *find_module(struct go_image *image)
{
	const uint64_t size = MODULE_TYPES(image) + 32;

	for (uint32_t i = 0; i < image->count; i++) {
		const struct go_segment *s = &image->segments[i];

		if (!s->writable)
			continue;
		for (uint64_t at = (s->start + 7) & ~7ull; at + size < s->end; at += 8) {
			const uint8_t *here = s->bytes + (at - s->start);

			if (go_word(here) == image->table.start && is_module(image, here)) {
				image->module = at;
				return here;
			}
		}
	}
	return NULL;
}

/* Offsets of 32 bits, without slack. Who goes by them checks each. */
static void find_links(struct go_image *image)
{
	const uint8_t *slice = go_look(image, image->module + MODULE_TYPES(image) + 56, 24);
	uint64_t count = go_word(slice ? slice + 8 : NULL);

	image->links = NULL;
	if (count && count < 1u << 24 && count == go_word(slice + 16))
		image->links = go_look(image, go_word(slice), count * 4);
	image->linked = image->links ? count : 0;
}

static void find_types(struct go_image *image, const uint8_t *module)
{
	const uint8_t *at = module + MODULE_TYPES(image);
	uint64_t types = go_word(at), etypes = go_word(at + 8);
	const uint8_t *bytes = types < etypes ? go_look(image, types, etypes - types) : NULL;

	if (bytes)
		image->types = (struct go_segment){types, etypes, bytes, false};
	image->gofunc = go_word(at + 24);
	find_links(image);
}

bool go_image_open(struct go_image *image, uint64_t table)
{
	const uint8_t *module;

	if (!table || !go_look(image, table, HEADER))
		table = find_table(image);
	if (!table || !open_table(image, table))
		return false;
	module = find_module(image);
	if (!module)
		return false;
	image->text = go_word(module + MODULE_TEXT);
	image->etext = go_word(module + MODULE_TEXT + 8);
	find_types(image, module);
	return true;
}

/* ---- version ------------------------------------------------------------------------------------------- */

/* Section .go.buildinfo, at a multiple of 16: a magic text, the size of a pointer, flags; with the flag 2
 * (since 1.18) the version stands at 32, behind its length (debug/buildinfo). */
static const char *version_at(const uint8_t *here, size_t *size)
{
	static const char magic[] = "\xff Go buildinf:";

	if (here[0] != 0xff || memcmp(here, magic, sizeof magic - 1) != 0 || !(here[15] & 2) || here[32] > 31 ||
	    here[32] < 4 || memcmp(here + 33, "go", 2) != 0)
		return NULL;
	*size = here[32];
	return (const char *)here + 33;
}

/* Whoever links puts it before Go's data, in which the module is: not all of a program is looked at for what
 * is a name only, since each page costs a fault. */
const char *go_image_version(const struct go_image *image, size_t *size)
{
	const char *found = NULL;

	for (uint32_t i = 0; i < image->count && !found; i++) {
		const struct go_segment *s = &image->segments[i];

		if (image->module < s->start || image->module >= s->end || s->end - s->start < 64)
			continue;
		for (uint64_t at = image->module & ~15ull; at >= s->start && !found; at -= 16) {
			found = s->end - at > 64 ? version_at(s->bytes + (at - s->start), size) : NULL;
			if (at - s->start < 16)
				break;
		}
	}
	return found;
}

/* ---- goroutines ---------------------------------------------------------------------------------------- */

#if defined(__x86_64__)
/* runtime.forEachG loads the slice's pointer and its length, two neighbouring words, by mov reg, [rip+x]. */
uint64_t go_image_goroutines(const struct go_image *image)
{
	struct go_function f = {"runtime.forEachG", 0, 0};
	const uint8_t *code;
	uint64_t before = 0;

	if (!go_image_functions(image, &f, 1) || f.end - f.start > 4096)
		return 0;
	code = go_look(image, f.start, f.end - f.start);
	for (uint64_t i = 0; code && i + 7 <= f.end - f.start; i++) {
		const uint8_t *c = code + i;
		uint64_t at;

		if ((c[0] & 0xfb) != 0x48 || c[1] != 0x8b || (c[2] & 0xc7) != 0x05)
			continue;
		at = f.start + i + 7 + (uint64_t)(int64_t)(int32_t)go_half(c + 3);
		if (before && at == before + 8)
			return before;
		before = at;
	}
	return 0;
}
#else
uint64_t go_image_goroutines(const struct go_image *image)
{
	return 0;
}
#endif
