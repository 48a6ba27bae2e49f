/* SPDX-License-Identifier: Apache-2.0 */
/* CPython's line tables, and code objects that are what they should be, or are not, in memory that ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/names.h"
#include "here/presence.h"
#include "scripts/peek.h"
#include "scripts/python_code.h"
#include "scripts/python_lines.h"

/* ---- line tables ------------------------------------------------------------------------------------- */

#define LINE(kind, table, first, instruction) python_line(kind, table, sizeof table, first, instruction)

/* The examples of CPython's own Objects/lnotab_notes.txt. */
static void test_lnotab(void **unused)
{
	static const uint8_t table[] = {0, 1, 6, 1, 44, 5, 255, 0, 45, 127, 0, 73, 11, 1};
	static const int expected[][2] = {{-1, 0}, {0, 1}, {5, 1}, {6, 2}, {49, 2}, {50, 7}, {349, 7}, {350, 207}, {360, 207},
					  {361, 208}, {9999, 208}};

	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
		assert_int_equal(LINE(PYTHON_LNOTAB, table, 0, expected[i][0]), expected[i][1]);
	assert_int_equal(python_line(PYTHON_LNOTAB, table, 0, 12, 3), 12);
	assert_int_equal(LINE(PYTHON_LNOTAB, ((const uint8_t[]){4, (uint8_t)-2}), 12, 4), 10);
}

static void test_linetable(void **unused)
{
	static const uint8_t table[] = {6, 1, 44, 1, 254, 5, 46, 0, 10, 128, 16, 1, 0, 127, 4, 73};
	static const int expected[][2] = {{0, 1}, {4, 1}, {6, 2}, {48, 2}, {50, 7}, {348, 7}, {350, 0}, {358, 0}, {360, 8},
					  {374, 8}, {376, 208}, {378, 208}, {380, 0}};

	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
		assert_int_equal(LINE(PYTHON_LINETABLE, table, 0, expected[i][0] / 2), expected[i][1]);
}

/* Objects/locations.md: a byte of kind and length, what belongs to the kind; numbers of six bits, lowest first. */
#define ENTRY(kind, units) (0x80 | (kind) << 3 | ((units)-1))
static void test_locations(void **unused)
{
	static const uint8_t table[] = {
		ENTRY(15, 2),                          /* no line */
		ENTRY(0, 1), 0x25,                     /* the same line, columns */
		ENTRY(11, 8), 4, 9,                    /* a line on */
		ENTRY(13, 1), 0x40 | 4, 3 << 1 >> 1,   /* signed, 2 numbers: 4 + 3 * 64 = 196, halved: 98 on */
		ENTRY(14, 3), 3, 0, 1, 1,              /* odd: back by one; end, columns */
		ENTRY(12, 1), 0, 0,                    /* two lines on */
	};
	static const int expected[][2] = {{-1, 100}, {0, 0}, {1, 0}, {2, 100}, {3, 101}, {10, 101}, {11, 199}, {12, 198},
					  {14, 198}, {15, 200}, {16, 0}, {999, 0}};

	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
		assert_int_equal(LINE(PYTHON_LOCATIONS, table, 100, expected[i][0]), expected[i][1]);
}

/* Whatever is in it, it is not read beyond its end: the last byte is the last of its page. */
static void test_tables_of_any_bytes(void **unused)
{
	uint8_t *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_int_equal(mprotect(page + 4096, 4096, PROT_NONE), 0);
	srand(1);
	for (int round = 0; round < 20000; round++) {
		uint32_t size = (uint32_t)rand() % 40;

		for (uint32_t i = 0; i < size; i++)
			page[4096 - size + i] = (uint8_t)rand();
		for (int kind = PYTHON_LNOTAB; kind <= PYTHON_LOCATIONS; kind++)
			assert_true(python_line((enum python_lines)kind, page + 4096 - size, size, 1, rand() % 100) >= 0);
	}
	munmap(page, 8192);
}

/* ---- objects --------------------------------------------------------------------------------------------- */

/* A code object of 3.11, as its headers have it, its parts, and its type's table of members. */
struct member {
	const char *name;
	int type;
	intptr_t offset;
	int flags;
	const char *doc;
};

struct objects {
	uintptr_t type[64]; /* of code */
	struct member members[6];
	uintptr_t code[32]; /* 184 bytes, then code units */
	struct {
		uintptr_t count, type, size, hash;
		uint32_t state, pad;
		uintptr_t wstr;
		char text[24];
	} name, file;
	struct {
		uintptr_t count, type, size, hash;
		uint8_t bytes[16];
	} table;
	uintptr_t text_type, bytes_type;
};

static uint8_t *pages; /* the middle one of three can be read */
static struct objects *o;
static struct python_types types;
static struct python_layout layout;

#define CODE(offset) (*(uintptr_t *)(void *)((uint8_t *)o->code + (offset)))

static void fill_text(void *to, const char *text)
{
	uintptr_t *words = to;

	words[0] = 1;
	words[1] = types.text;
	words[2] = strlen(text);
	words[4] = 1 << 2 | 1 << 5 | 1 << 6; /* one byte each, compact, ASCII */
	memcpy(words + 6, text, strlen(text));
}

static void fill(void)
{
	static const struct member members[] = {{"co_filename", 6, 112, 1, NULL}, {"co_qualname", 6, 128, 1, NULL},
						{"co_firstlineno", 1, 72, 1, NULL}, {"co_linetable", 6, 136, 1, NULL}};

	memset(o, 0, sizeof *o);
	types = (struct python_types){(uintptr_t)o->type, (uintptr_t)&o->text_type, (uintptr_t)&o->bytes_type};
	memcpy(o->members, members, sizeof members);
	o->type[4] = 184;
	o->type[5] = 2;
	o->type[30] = (uintptr_t)o->members;
	CODE(8) = types.code;
	CODE(16) = 20; /* code units */
	*(int *)(void *)((uint8_t *)o->code + 72) = 7;
	CODE(112) = (uintptr_t)&o->file;
	CODE(128) = (uintptr_t)&o->name;
	CODE(136) = (uintptr_t)&o->table;
	fill_text(&o->name, "Some.name");
	fill_text(&o->file, "/a/file.py");
	o->table.type = types.bytes;
	o->table.size = 2;
	memcpy(o->table.bytes, (const uint8_t[]){ENTRY(13, 8), 3 << 1}, 2); /* three lines on */
}

static int setup(void **unused)
{
	pages = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	o = (struct objects *)(void *)(pages + 8192 - sizeof *o);
	here.told.page = (uint32_t)sysconf(_SC_PAGESIZE);
	if (mprotect(pages, 4096, PROT_NONE) || mprotect(pages + 8192, 4096, PROT_NONE) || !recorder_prepare(&here))
		return 1;
	fill();
	peek_begin();
	return python_layout_of(0x030b, 0, types.code, &layout);
}

static bool place(uint32_t *at)
{
	return python_place(&layout, &types, (uintptr_t)o->code, (uintptr_t)o->code + 184 + 2 * 3, at);
}

static bool is(uint32_t id, const char *text)
{
	size_t size;
	const void *bytes = names_bytes(&here, id, &size);

	return size == strlen(text) && memcmp(bytes, text, size) == 0;
}

static void test_a_place(void **unused)
{
	uint32_t first, again;
	const struct dump_place *p;

	fill();
	assert_true(place(&first) && place(&again) && first == again);
	p = arena_item(&here, ARENA_PLACES, first);
	assert_true(is(p->function, "Some.name") && is(p->file, "/a/file.py"));
	assert_int_equal(p->line, 10);
	assert_int_equal(p->language, DUMP_LANGUAGE_PYTHON);
	o->name.text[0] = 'T'; /* other code where this one lay: what was kept of it is not believed */
	assert_true(place(&again) && again != first);
	assert_true(is(((const struct dump_place *)arena_item(&here, ARENA_PLACES, again))->function, "Tome.name"));
}

/* Each word that leads to something leads elsewhere: to memory that cannot be read, or to what is of another type. */
static void test_what_it_is_not(void **unused)
{
	const uintptr_t elsewhere[] = {0, 8, (uintptr_t)pages, (uintptr_t)pages + 4095, (uintptr_t)pages + 8192 - 8,
				       (uintptr_t)pages + 8192, (uintptr_t)o->type, (uintptr_t)&o->name + 1, 1ull << 47,
				       ~0ull - 7, ~0ull};
	const uint16_t words[] = {8, 112, 128, 136};
	uint32_t at;

	for (size_t w = 0; w < sizeof words / sizeof *words; w++)
		for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++) {
			fill();
			CODE(words[w]) = elsewhere[i];
			assert_int_equal(place(&at), words[w] == 8 && elsewhere[i] == types.code);
		}
	fill();
	for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
		assert_false(python_place(&layout, &types, elsewhere[i], elsewhere[i], &at));
	assert_false(python_place(&layout, &types, (uintptr_t)o->code, (uintptr_t)o->code + 184 + 2 * 20, &at));
	assert_false(python_place(&layout, &types, (uintptr_t)o->code, (uintptr_t)o->code + 182 - 2, &at));
	assert_true(python_place(&layout, &types, (uintptr_t)o->code, (uintptr_t)o->code + 182, &at)); /* not begun */
}

/* No bit of it makes us read what is not there. */
static void test_any_bytes(void **unused)
{
	uint32_t at, good = 0;

	srand(2);
	for (int round = 0; round < 100000; round++) {
		fill();
		for (int n = rand() % 4; n >= 0; n--)
			((uint8_t *)o)[(size_t)rand() % sizeof *o] = (uint8_t)rand();
		good += place(&at);
	}
	assert_true(good > 1000); /* most bytes lead nowhere */
}

/* Each offset of the layout is a wrong one: nothing is found, or what is there, and nothing breaks. */
static void test_wrong_offsets(void **unused)
{
	struct python_layout right = layout;
	uint16_t *const offsets[] = {&layout.filename, &layout.name, &layout.first_line, &layout.line_table, &layout.bytecode,
				     &layout.text_ascii, &layout.text_bits};
	uint32_t at;

	fill();
	for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++)
		for (uint16_t wrong = 0; wrong <= 240; wrong += 4) {
			*offsets[i] = i == 6 ? wrong / 8 : wrong;
			place(&at);
			layout = right;
		}
	layout.name = 120; /* where there is nothing */
	assert_false(place(&at));
	layout = right;
}

/* ---- versions ---------------------------------------------------------------------------------------------- */

static void test_versions(void **unused)
{
	struct python_layout it;

	fill();
	assert_int_equal(python_layout_of(0x0308, 0, types.code, &it), DUMP_DECLINE_VERSION);
	assert_int_equal(python_layout_of(0x030f, 0, types.code, &it), DUMP_DECLINE_VERSION);
	o->type[5] = 1; /* code units of one byte */
	assert_int_equal(python_layout_of(0x030b, 0, types.code, &it), DUMP_DECLINE_LAYOUT);
	fill();
	o->members[1].name = "co_name";
	assert_int_equal(python_layout_of(0x030b, 0, types.code, &it), DUMP_DECLINE_LAYOUT);
}


/* What a runtime publishes: words as CPython 3.13.0 and 3.14.10 have them. */
static const uint64_t published[2][96] = {
	{[1] = 0x030d00f0, [11] = 7656, [19] = 304, [22] = 16, [23] = 72, [24] = 152, [28] = 80, [29] = 8, [31] = 56, [32] = 72,
	 [33] = 70, [45] = 8, [65] = 16, [66] = 32, [68] = 32, [69] = 16, [70] = 40},
	{[1] = 0x030e0af0, [12] = 7688, [22] = 832, [25] = 16, [26] = 72, [27] = 152, [31] = 88, [32] = 8, [34] = 56, [35] = 80,
	 [36] = 74, [51] = 8, [75] = 16, [76] = 32, [78] = 32, [79] = 16, [80] = 40},
};

static enum dump_decline told(uint16_t version, unsigned word, uint64_t is, struct python_layout *to)
{
	uint64_t words[96];

	memcpy(words, published[version > 0x030d], sizeof words);
	memcpy(words, "xdebugpy", 8);
	words[word] = is;
	return python_layout_of(version, (uintptr_t)words, types.code, to);
}

static void test_what_the_runtime_publishes(void **unused)
{
	struct python_layout it;

	fill();
	for (uint16_t version = 0x030d; version <= 0x030e; version++) {
		const uint64_t *right = published[version > 0x030d];

		assert_int_equal(told(version, 95, 0, &it), DUMP_DECLINE_NONE);
		assert_true(it.thread_id == 152 && it.current == 72 && it.instruction == 56 && it.text_ascii == 40);
		assert_int_equal(told(version, 0, 0, &it), DUMP_DECLINE_LAYOUT);
		assert_int_equal(told(version, 1, 0x030f0000, &it), DUMP_DECLINE_LAYOUT);
		assert_int_equal(told(version, 2, 1, &it), DUMP_DECLINE_FREE_THREADED);
		for (unsigned i = 3; i < 96; i++) { /* each that is used, and is not as it should be */
			bool used = right[i] || i == (version == 0x030d ? 30 : 33); /* where a frame has its code: at 0 */

			assert_int_equal(told(version, i, 1ull << 40, &it), used ? DUMP_DECLINE_LAYOUT : DUMP_DECLINE_NONE);
		}
	}
	assert_true(it.locals == 80 && it.frame_size == 88 && it.owner == 74 && it.modules == 7688 && it.running_loop == 864);
	assert_int_equal(told(0x030f, 95, 0, &it), DUMP_DECLINE_VERSION);
	assert_int_equal(python_layout_of(0x030d, 4096, types.code, &it), DUMP_DECLINE_LAYOUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lnotab), cmocka_unit_test(test_linetable), cmocka_unit_test(test_locations),
		cmocka_unit_test(test_tables_of_any_bytes), cmocka_unit_test(test_a_place), cmocka_unit_test(test_what_it_is_not),
		cmocka_unit_test(test_any_bytes), cmocka_unit_test(test_wrong_offsets), cmocka_unit_test(test_versions),
		cmocka_unit_test(test_what_the_runtime_publishes),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
