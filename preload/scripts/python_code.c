/* SPDX-License-Identifier: Apache-2.0 */
#include "scripts/python_code.h"

#include <string.h>

#include "core/names.h"
#include "core/places.h"
#include "here/presence.h"
#include "scripts/peek.h"
#include "scripts/python_lines.h"
#include "scripts/scripts.h"
#include "stacks/stack.h"

#define NAME_MAX_BYTES 1000u /* of a function's name; of a file's as many as the kernel takes */
#define PATH_MAX_BYTES 4000u
#define TABLE_MAX (4u << 20)

/* PyObject, PyVarObject: a reference count, the type, a size. */
struct object {
	uintptr_t count, type;
	intptr_t size;
};

/* ---- texts --------------------------------------------------------------------------------------------- */

struct text {
	uintptr_t at;   /* of its characters */
	uint32_t size;  /* in characters */
	uint32_t width; /* bytes of each */
	bool ascii;
};

__attribute__((no_sanitize("address", "thread"))) static uint32_t character(const struct text *t, uint32_t i)
{
	switch (t->width) {
	case 1: return ((const uint8_t *)t->at)[i];
	case 2: return ((const uint16_t *)t->at)[i];
	default: return ((const uint32_t *)t->at)[i];
	}
}

/* PyASCIIObject: the size in characters, a hash, and a word of bits: two or more that say
 * whether it is interned (more from 3.14 on), three for the width, compact, ascii. The text ends
 * with a character that is 0. */
static bool read_text(const struct python_layout *l, const struct python_types *types, uintptr_t at,
		      struct text *to)
{
	struct {
		struct object head;
		uintptr_t hash;
		uint32_t state;
	} it;
	uint32_t bits;

	if ((at & 7) || !peek(at, &it, sizeof it) || it.head.type != types->text || it.head.size <= 0 ||
	    it.head.size > (intptr_t)TABLE_MAX)
		return false;
	bits = it.state >> l->text_bits;
	*to = (struct text){.size = (uint32_t)it.head.size, .width = bits & 7, .ascii = bits >> 4 & 1};
	to->at = at + (to->ascii ? l->text_ascii : l->text_compact);
	return (bits >> 3 & 1) && (to->width == 1 || to->width == 2 || to->width == 4) &&
	       peek_can(to->at, ((size_t)to->size + 1) * to->width) && !character(to, to->size) &&
	       character(to, to->size - 1);
}

/* A file's name that is no UTF-8 has its odd bytes as halves of pairs (PEP 383): they become bytes again. */
static uint32_t put_utf8(uint8_t *to, uint32_t c)
{
	if (c < 0x80 || (c >= 0xdc80 && c <= 0xdcff)) {
		to[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (uint8_t)(0xc0 | c >> 6);
		to[1] = (uint8_t)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (uint8_t)(0xe0 | c >> 12);
		to[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		to[2] = (uint8_t)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (uint8_t)(0xf0 | (c >> 18 & 7));
	to[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
	to[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	to[3] = (uint8_t)(0x80 | (c & 0x3f));
	return 4;
}

/* In UTF-8, cut where a character ends. */
static uint32_t copy_text(const struct text *t, uint8_t *to, uint32_t max)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->size && n + 4 <= max; i++)
		n += put_utf8(to + n, character(t, i));
	return n;
}

static __attribute__((noinline)) uint32_t name_of(const struct text *t, uint32_t max)
{
	uint8_t bytes[PATH_MAX_BYTES];

	return names_intern(&here, bytes, copy_text(t, bytes, max));
}

/* ---- code ---------------------------------------------------------------------------------------------- */

struct code {
	struct text function, file;
	uintptr_t name_at, file_at, table_at;
	uintptr_t table; /* its bytes */
	uint32_t table_size;
	int32_t first_line;
	uintptr_t units; /* of code, from 3.11 on */
};

static uintptr_t word_at(const uint8_t *bytes, uint16_t offset)
{
	uintptr_t word;

	memcpy(&word, bytes + offset, sizeof word);
	return word;
}

/* The header of a bytes object: size, hash, then its bytes. */
static bool read_table(const struct python_types *types, struct code *c)
{
	struct object head;

	if (!peek(c->table_at, &head, sizeof head) || head.type != types->bytes || head.size < 0 ||
	    head.size > (intptr_t)TABLE_MAX)
		return false;
	c->table = c->table_at + sizeof head + sizeof(uintptr_t);
	c->table_size = (uint32_t)head.size;
	return true;
}

static bool read_code(const struct python_layout *l, const struct python_types *types, uintptr_t at,
		      struct code *c)
{
	uint8_t bytes[PYTHON_CODE_SIZE];
	uint16_t size = l->line_table + 8;

	if ((at & 7) || !peek(at, bytes, size) || word_at(bytes, 8) != types->code)
		return false;
	c->units = word_at(bytes, 16);
	c->name_at = word_at(bytes, l->name);
	c->file_at = word_at(bytes, l->filename);
	c->table_at = word_at(bytes, l->line_table);
	memcpy(&c->first_line, bytes + l->first_line, sizeof c->first_line);
	return read_text(l, types, c->name_at, &c->function) && read_text(l, types, c->file_at, &c->file) &&
	       read_table(types, c);
}

static bool line_of(const struct python_layout *l, const struct code *c, int32_t instruction, uint32_t *line)
{
	int32_t found;

	if (!peek_can(c->table, c->table_size + 1))
		return false;
	found = python_line((enum python_lines)l->lines, (const uint8_t *)c->table, c->table_size,
			    c->first_line, instruction);
	*line = found > 0 ? (uint32_t)found : 0;
	return true;
}

/* ---- known again --------------------------------------------------------------------------------------- */

#define KNOWN 4096u
/* What was at this instruction of the code object at this address, when it had these parts. Written by who
 * makes `seq` odd, as in stacks/cache.c. */
static struct known {
	uint32_t seq, place, forgets;
	int32_t instruction, first_line;
	uint32_t table_size;
	uintptr_t code, name_at, file_at, table_at;
} known[KNOWN];

#define GET(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define SET(x, value) __atomic_store_n(&(x), value, __ATOMIC_RELAXED)

static struct known *cell_of(uintptr_t code, int32_t instruction)
{
	return &known[((code >> 4) + (uint64_t)(uint32_t)instruction * 0x10001) * 0x9e3779b97f4a7c15ull >> 52];
}

/* The parts may be new ones that lie where others lay: so the names are compared, too. */
static bool says(uint32_t id, const struct text *t)
{
	size_t size;
	const void *bytes = id ? names_bytes(&here, id, &size) : NULL;

	return bytes && t->ascii && size == t->size && peek_same(t->at, bytes, size);
}

static bool find(const struct code *c, uintptr_t code, int32_t instruction, uint32_t *place)
{
	const struct known *k = cell_of(code, instruction);
	uint32_t seq = __atomic_load_n(&k->seq, __ATOMIC_ACQUIRE);
	const struct dump_place *p;

	if ((seq & 1) || GET(k->code) != code || GET(k->instruction) != instruction ||
	    GET(k->forgets) != stack_forgets() + 1 || GET(k->name_at) != c->name_at ||
	    GET(k->file_at) != c->file_at || GET(k->table_at) != c->table_at ||
	    GET(k->table_size) != c->table_size || GET(k->first_line) != c->first_line)
		return false;
	*place = GET(k->place);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (GET(k->seq) != seq)
		return false;
	p = arena_item(&here, ARENA_PLACES, *place);
	return says(p->function, &c->function) && says(p->file, &c->file);
}

static void keep(const struct code *c, uintptr_t code, int32_t instruction, uint32_t place)
{
	struct known *k = cell_of(code, instruction);
	uint32_t seq = GET(k->seq);

	if ((seq & 1) || !__atomic_compare_exchange_n(&k->seq, &seq, seq + 1, false, __ATOMIC_ACQ_REL,
						      __ATOMIC_RELAXED))
		return;
	SET(k->code, code);
	SET(k->instruction, instruction);
	SET(k->forgets, stack_forgets() + 1);
	SET(k->name_at, c->name_at);
	SET(k->file_at, c->file_at);
	SET(k->table_at, c->table_at);
	SET(k->table_size, c->table_size);
	SET(k->first_line, c->first_line);
	SET(k->place, place);
	__atomic_store_n(&k->seq, seq + 2, __ATOMIC_RELEASE);
}

/* In front of it: not begun yet. */
static bool index_of(const struct python_layout *l, const struct code *c, uintptr_t at, uintptr_t instruction,
		     int32_t *index)
{
	uintptr_t begin = at + l->bytecode;

	if (instruction + 2 == begin) {
		*index = -1;
		return true;
	}
	*index = (int32_t)((instruction - begin) / 2);
	return !(instruction & 1) && instruction >= begin && (instruction - begin) / 2 < c->units &&
	       c->units < INT32_MAX;
}

bool python_place(const struct python_layout *l, const struct python_types *types, uintptr_t at,
		  uintptr_t instruction, uint32_t *place)
{
	struct dump_place it = {.language = DUMP_LANGUAGE_PYTHON};
	int32_t index = (int32_t)instruction;
	struct code c;

	if (!read_code(l, types, at, &c))
		return false;
	if (l->bytecode && !index_of(l, &c, at, instruction, &index))
		return false;
	if (find(&c, at, index, place))
		return true;
	if (!line_of(l, &c, index, &it.line))
		return false;
	it.function = name_of(&c.function, NAME_MAX_BYTES);
	it.file = name_of(&c.file, PATH_MAX_BYTES);
	*place = places_intern(&here, &it);
	if (*place != PLACES_NONE)
		keep(&c, at, index, *place);
	return true;
}

uint32_t python_text(const struct python_layout *l, const struct python_types *types, uintptr_t at,
		     uint8_t *to, uint32_t max)
{
	struct text t;

	return read_text(l, types, at, &t) ? copy_text(&t, to, max) : 0;
}

static bool ends_with(const struct text *t, const char *end)
{
	uint32_t size = (uint32_t)strlen(end);

	for (uint32_t i = 0; i < size; i++)
		if (t->size < size || character(t, t->size - size + i) != (uint8_t)end[i])
			return false;
	return true;
}

bool python_code_is(const struct python_layout *l, const struct python_types *types, uintptr_t code,
		    const char *name, const char *file)
{
	struct code c;

	return read_code(l, types, code, &c) && c.function.size == strlen(name) && ends_with(&c.function, name) &&
	       ends_with(&c.file, file);
}
