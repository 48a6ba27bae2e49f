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
};

/* ---- what a type says of its attributes ------------------------------------------------------------------- */

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

/* ---- what the runtime publishes ---------------------------------------------------------------------------- */

/* _Py_DebugOffsets of 3.13, at the start of _PyRuntime (Include/internal/pycore_runtime). */
struct offsets {
	char cookie[8];
	uint64_t version, free_threaded;
	struct {
		uint64_t size, finalizing, interpreters_head;
	} runtime_state;
	struct {
		uint64_t size, id, next, threads_head, gc, modules, others[7];
	} interpreter_state;
	struct {
		uint64_t size, prev, next, interp, current_frame, thread_id, native_thread_id, datastack_chunk, status;
	} thread_state;
	struct {
		uint64_t size, previous, executable, instr_ptr, localsplus, owner;
	} frame;
	struct {
		uint64_t size, filename, name, qualname, linetable, firstlineno, argcount, localsplusnames, localspluskinds,
			code_adaptive;
	} code;
	struct {
		uint64_t size, ob_type;
	} object;
	uint64_t others[4 + 3 + 3 + 3 + 2 + 3];
	struct {
		uint64_t size, ob_size, ob_sval;
	} bytes;
	struct {
		uint64_t size, state, length, asciiobject_size;
	} text;
};

/* What python_code.c takes for granted is so, and the others fit into what is looked at. */
static bool sound(const struct offsets *o)
{
	return memcmp(o->cookie, "xdebugpy", sizeof o->cookie) == 0 && o->object.ob_type == 8 && o->bytes.ob_size == 16 &&
	       o->bytes.ob_sval == 32 && o->text.state == 32 && o->text.length == 16 && o->thread_state.size < UINT16_MAX &&
	       o->thread_state.current_frame < o->thread_state.size && o->thread_state.thread_id < o->thread_state.size &&
	       o->frame.size < PYTHON_FRAME_SIZE && o->frame.executable < o->frame.size && o->frame.previous < o->frame.size &&
	       o->frame.instr_ptr < o->frame.size && o->frame.owner < o->frame.size &&
	       o->frame.localsplus <= o->frame.size && o->text.asciiobject_size < 128;
}

static enum dump_decline learn_offsets(uintptr_t runtime, struct python_layout *to)
{
	struct offsets o;

	if (!peek(runtime, &o, sizeof o) || o.version >> 16 != to->version)
		return DUMP_DECLINE_LAYOUT;
	if (o.free_threaded)
		return DUMP_DECLINE_FREE_THREADED;
	if (!sound(&o))
		return DUMP_DECLINE_LAYOUT;
	to->interp = (uint16_t)o.thread_state.interp;
	to->thread_id = (uint16_t)o.thread_state.thread_id;
	to->current = (uint16_t)o.thread_state.current_frame;
	to->frame_size = (uint16_t)o.frame.size;
	to->code = (uint16_t)o.frame.executable;
	to->previous = (uint16_t)o.frame.previous;
	to->instruction = (uint16_t)o.frame.instr_ptr;
	to->owner = (uint16_t)o.frame.owner;
	to->locals = (uint16_t)o.frame.localsplus;
	to->modules = o.interpreter_state.modules < UINT16_MAX ? (uint16_t)o.interpreter_state.modules : 0;
	to->running_loop = (uint16_t)o.thread_state.size; /* _PyThreadStateImpl: the first behind it */
	to->text_ascii = (uint16_t)o.text.asciiobject_size;
	return DUMP_DECLINE_NONE;
}

enum dump_decline python_layout_of(uint16_t version, uintptr_t runtime, uintptr_t code_type, struct python_layout *to)
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
