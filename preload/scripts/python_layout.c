/* SPDX-License-Identifier: Apache-2.0 */
#include "scripts/python_layout.h"

#include <stddef.h>
#include <string.h>

#include "scripts/peek.h"

static const struct python_layout layouts[] = {
	{.version = 0x0309, .lines = PYTHON_LNOTAB,
	 .interp = 16, .next = 8, .thread_id = 176, .current = 24,
	 .thread_dict = 152, .modules = 856, .task_size = 184, .task_dict = 96, .task_name = 160,
	 .locals = 360, .cached_keys = 864, .attributes = PYTHON_DICT,
	 .frame_size = 108, .code = 32, .previous = 24, .instruction = 104,
	 .text_ascii = 48, .text_compact = 72, .text_bits = 2},
	{.version = 0x030a, .lines = PYTHON_LINETABLE,
	 .interp = 16, .next = 8, .thread_id = 176, .current = 24,
	 .thread_dict = 152, .modules = 856, .task_size = 192, .task_dict = 104, .task_name = 168,
	 .locals = 352, .cached_keys = 872, .attributes = PYTHON_DICT,
	 .frame_size = 100, .code = 32, .previous = 24, .instruction = 96,
	 .text_ascii = 48, .text_compact = 72, .text_bits = 2},
	{.version = 0x030b, .lines = PYTHON_LOCATIONS, .interpreters = 40, .threads = 16,
	 .interp = 16, .next = 8, .thread_id = 152, .current = 56, .by_cframe = true, .cframe = 8,
	 .thread_dict = 128, .modules = 888, .task_size = 176, .task_dict = 104, .task_name = 144,
	 .locals = 72, .cached_keys = 872, .attributes = PYTHON_BEFORE,
	 .frame_size = 72, .code = 32, .previous = 48, .instruction = 56, .entry = 68,
	 .text_ascii = 48, .text_compact = 72, .text_bits = 2},
	{.version = 0x030c, .lines = PYTHON_LOCATIONS,
	 .interp = 16, .next = 8, .thread_id = 136, .current = 56, .by_cframe = true, .cframe = 0,
	 .thread_dict = 112, .modules = 944, .task_size = 176, .task_dict = 104, .task_name = 144,
	 .locals = 72, .cached_keys = 880, .attributes = PYTHON_MARKED,
	 .frame_size = 72, .code = 0, .previous = 8, .instruction = 56, .owner = 70,
	 .text_ascii = 40, .text_compact = 56, .text_bits = 2},
	{.version = 0x030d, .lines = PYTHON_LOCATIONS,
	 .task_size = 144, .task_dict = -1, .task_name = 128,
	 .cached_keys = 880, .values = 8, .attributes = PYTHON_INLINE,
	 .text_compact = 56, .text_bits = 2},
	{.version = 0x030e, .lines = PYTHON_LOCATIONS, .tags = 3,
	 .running_loop = 32, .running_task = 40, .task_size = 168, .task_dict = -1, .task_name = 136,
	 .cached_keys = 880, .values = 8, .attributes = PYTHON_INLINE,
	 .text_compact = 56, .text_bits = 2},
};

/* ---- what a type says of its attributes ---------------------------------------------------------------- */

/* PyTypeObject, the same since 3.8: basicsize, itemsize, a table of members. */
#define TYPE_BASICSIZE 32
#define TYPE_ITEMSIZE 40
#define TYPE_MEMBERS 240

struct member { /* PyMemberDef */
	uintptr_t name;
	int32_t type;
	intptr_t offset;
	int32_t flags;
	uintptr_t doc;
};
#define MEMBERS_MAX 64
#define NAME_SIZE 20 /* enough to tell them apart */

static bool is_called(uintptr_t at, const char *name)
{
	char text[NAME_SIZE];
	size_t size = strlen(name) + 1;

	return size <= sizeof text && peek(at, text, size) && memcmp(text, name, size) == 0;
}

/* 0: there is none. */
static uint16_t member(uintptr_t type, const char *name)
{
	uintptr_t at;
	struct member m;

	if (!peek_word(type + TYPE_MEMBERS, &at))
		return 0;
	for (unsigned i = 0; i < MEMBERS_MAX && peek(at, &m, sizeof m) && m.name; i++, at += sizeof m)
		if (is_called(m.name, name))
			return m.offset > 0 && m.offset + 8 <= PYTHON_CODE_SIZE ? (uint16_t)m.offset : 0;
	return 0;
}

static bool learn_code(uintptr_t type, struct python_layout *to)
{
	uintptr_t size, item;

	if (!peek_word(type + TYPE_BASICSIZE, &size) || !peek_word(type + TYPE_ITEMSIZE, &item))
		return false;
	to->filename = member(type, "co_filename");
	to->name = member(type, to->lines == PYTHON_LOCATIONS ? "co_qualname" : "co_name");
	to->first_line = member(type, "co_firstlineno");
	to->line_table = member(type, to->lines == PYTHON_LNOTAB ? "co_lnotab" : "co_linetable");
	to->bytecode = to->lines == PYTHON_LOCATIONS ? (uint16_t)size : 0;
	return to->filename && to->name && to->first_line && to->line_table && size <= PYTHON_CODE_SIZE &&
	       item == (to->lines == PYTHON_LOCATIONS ? 2 : 0);
}

/* ---- what the runtime publishes ------------------------------------------------------------------------ */

/* _Py_DebugOffsets, at the start of _PyRuntime (Include/internal/pycore_debug_offsets): a mark, and words of
 * which each version has more. Name here, and which word it is in 3.13 and in 3.14. */
#define OFFSETS(X)                                                                                \
	X(MODULES, 11, 12)  /* interpreter_state.imports_modules */                               \
	X(STATE_SIZE, 19, 22) X(INTERP, 22, 25) X(CURRENT, 23, 26) X(THREAD_ID, 24, 27)           \
	X(FRAME_SIZE, 28, 31) X(PREVIOUS, 29, 32) X(EXECUTABLE, 30, 33) X(INSTRUCTION, 31, 34)    \
	X(LOCALS, 32, 35) X(OWNER, 33, 36)                                                        \
	X(OB_TYPE, 45, 51)  /* object.ob_type */                                                  \
	X(BYTES_SIZE, 65, 75) X(BYTES_TEXT, 66, 76) /* bytes.ob_size, ob_sval */                  \
	X(TEXT_STATE, 68, 78) X(TEXT_LENGTH, 69, 79) X(TEXT_ASCII, 70, 80)

enum offset {
#define X(name, three, four) AT_##name,
	OFFSETS(X)
#undef X
	OFFSET_COUNT
};
static const uint8_t words_of[2][OFFSET_COUNT] = {
#define X(name, three, four) [AT_##name] = (three),
	{OFFSETS(X)},
#undef X
#define X(name, three, four) [AT_##name] = (four),
	{OFFSETS(X)},
#undef X
};
#define WORD_VERSION 1 /* PY_VERSION_HEX */
#define WORD_FREE_THREADED 2
#define WORDS_MAX 96

struct offsets {
	uint64_t of[OFFSET_COUNT];
};

/* What python_code.c takes for granted is so, and the others fit into what is looked at. */
static bool sound(const struct offsets *o)
{
	const uint64_t *of = o->of, frame = of[AT_FRAME_SIZE], state = of[AT_STATE_SIZE];

	return of[AT_OB_TYPE] == 8 && of[AT_BYTES_SIZE] == 16 && of[AT_BYTES_TEXT] == 32 &&
	       of[AT_TEXT_STATE] == 32 && of[AT_TEXT_LENGTH] == 16 && of[AT_TEXT_ASCII] < 128 &&
	       state < UINT16_MAX && of[AT_INTERP] < state && of[AT_CURRENT] < state &&
	       of[AT_THREAD_ID] < state && of[AT_MODULES] < UINT16_MAX && frame <= PYTHON_FRAME_SIZE &&
	       of[AT_EXECUTABLE] < frame && of[AT_PREVIOUS] < frame && of[AT_INSTRUCTION] < frame &&
	       of[AT_OWNER] < frame && of[AT_LOCALS] <= frame;
}

static void use(const struct offsets *o, struct python_layout *to)
{
	to->interp = (uint16_t)o->of[AT_INTERP];
	to->thread_id = (uint16_t)o->of[AT_THREAD_ID];
	to->current = (uint16_t)o->of[AT_CURRENT];
	to->frame_size = (uint16_t)o->of[AT_FRAME_SIZE];
	to->code = (uint16_t)o->of[AT_EXECUTABLE];
	to->previous = (uint16_t)o->of[AT_PREVIOUS];
	to->instruction = (uint16_t)o->of[AT_INSTRUCTION];
	to->owner = (uint16_t)o->of[AT_OWNER];
	to->locals = (uint16_t)o->of[AT_LOCALS];
	to->text_ascii = (uint16_t)o->of[AT_TEXT_ASCII];
	to->modules = (uint16_t)o->of[AT_MODULES];
	/* What stands behind it in _PyThreadStateImpl. */
	to->running_loop = (uint16_t)(o->of[AT_STATE_SIZE] + to->running_loop);
	to->running_task = (uint16_t)(to->running_task ? o->of[AT_STATE_SIZE] + to->running_task : 0);
}

static enum dump_decline learn_offsets(uintptr_t runtime, struct python_layout *to)
{
	const uint8_t *words = words_of[to->version > 0x030d];
	uint64_t it[WORDS_MAX];
	struct offsets o;

	if (!peek(runtime, it, sizeof it) || memcmp(it, "xdebugpy", sizeof *it) != 0 ||
	    it[WORD_VERSION] >> 16 != to->version)
		return DUMP_DECLINE_LAYOUT;
	if (it[WORD_FREE_THREADED])
		return DUMP_DECLINE_FREE_THREADED;
	for (unsigned i = 0; i < OFFSET_COUNT; i++)
		o.of[i] = it[words[i]];
	if (!sound(&o))
		return DUMP_DECLINE_LAYOUT;
	use(&o, to);
	return DUMP_DECLINE_NONE;
}

enum dump_decline python_layout_of(uint16_t version, uintptr_t runtime, uintptr_t code_type,
				   struct python_layout *to)
{
	enum dump_decline why = DUMP_DECLINE_VERSION;

	for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
		if (layouts[i].version == version) {
			*to = layouts[i];
			why = to->frame_size ? DUMP_DECLINE_NONE : learn_offsets(runtime, to);
		}
	if (why)
		return why;
	return learn_code(code_type, to) ? DUMP_DECLINE_NONE : DUMP_DECLINE_LAYOUT;
}
