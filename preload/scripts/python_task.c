/* SPDX-License-Identifier: Apache-2.0 */
#include "scripts/python_task.h"

#include "scripts/look.h"
#include "scripts/python_attribute.h"

/* PyTypeObject, PyModuleObject, PyRunningLoopHolder: the same since 3.8. */
#define TYPE_NAME 24
#define TYPE_BASICSIZE 32
#define TYPE_BASE 256
#define TYPE_DICTOFFSET 288
#define MODULE_DICT 16
#define HOLDER_LOOP 16
#define BASES_MAX 16
#define WORD sizeof(uintptr_t)

static uintptr_t type_of(struct look *look, uintptr_t object)
{
	return object && !(object & 7) ? look_word(look, object + WORD) : 0;
}

/* ---- which loop runs on the thread --------------------------------------------------------------------- */

/* Up to 3.11 behind a holder, which says of which process it is. */
static uintptr_t running_loop(const struct python_layout *l, const struct python_types *types,
			      uintptr_t state)
{
	static struct python_seen last;
	struct look look = {false};
	uintptr_t it, type;

	if (l->running_loop)
		return look_word(&look, state + l->running_loop);
	it = look_word(&look, state + l->thread_dict);
	it = it ? python_item(l, types, it, "__asyncio_running_event_loop__", &last) : 0;
	type = type_of(&look, it);
	if (type && look_is_text(&look, look_word(&look, type + TYPE_NAME), "_RunningLoopHolder"))
		it = look_word(&look, it + HOLDER_LOOP);
	return look.failed ? 0 : it;
}

/* ---- which task each loop is in ------------------------------------------------------------------------ */

static uintptr_t current_tasks(const struct python_layout *l, const struct python_types *types,
			       uintptr_t state)
{
	static struct python_seen last_module, last_tasks;
	struct look look = {false};
	uintptr_t modules = look_word(&look, look_word(&look, state + l->interp) + l->modules);
	uintptr_t module = look.failed ? 0 : python_item(l, types, modules, "_asyncio", &last_module);

	if (!module || !types->module || type_of(&look, module) != types->module)
		return 0;
	module = look_word(&look, module + MODULE_DICT);
	return look.failed ? 0 : python_item(l, types, module, "_current_tasks", &last_tasks);
}

/* ---- its name ------------------------------------------------------------------------------------------ */

/* Of _asyncio.Task as we know it, or of a class made of it. */
static bool is_task(const struct python_layout *l, struct look *look, uintptr_t task)
{
	uintptr_t type = type_of(look, task);

	for (unsigned i = 0; type && !look->failed && i < BASES_MAX; i++, type = look_word(look, type + TYPE_BASE))
		if (look_is_text(look, look_word(look, type + TYPE_NAME), "_asyncio.Task"))
			return look_word(look, type + TYPE_BASICSIZE) == l->task_size &&
			       (intptr_t)look_word(look, type + TYPE_DICTOFFSET) == l->task_dict;
	return false;
}

/* PyLongObject, from 3.12 on: how many digits << 3 | a mark of small ones << 2 | sign, digits of 30 bits.
 * Names that nobody gave or asked for are numbers. */
static uint32_t numbered(struct look *look, uintptr_t number, uint8_t *to, uint32_t max)
{
	static const char before[] = "Task-";
	uint64_t tag = look_word(look, number + 16), value = look_u32(look, number + 24);
	uint8_t digits[20];
	uint32_t n = 0, size = 0;

	if (tag >> 3 == 2)
		value |= (uint64_t)look_u32(look, number + 28) << 30;
	if (look->failed || (tag & 3) || !(tag >> 3) || tag >> 3 > 2 || max < sizeof before + sizeof digits)
		return 0;
	for (; before[size]; size++)
		to[size] = (uint8_t)before[size];
	do
		digits[n++] = (uint8_t)('0' + value % 10);
	while (value /= 10);
	while (n)
		to[size++] = digits[--n];
	return size;
}

static uint32_t name_of(const struct python_layout *l, const struct python_types *types, uintptr_t task,
			uint8_t *to, uint32_t max)
{
	struct look look = {false};
	uintptr_t name;

	if (!is_task(l, &look, task)) /* asyncio's own in Python */
		return python_text(l, types, python_attribute(l, types, task, "_name"), to, max);
	name = look_word(&look, task + l->task_name);
	if (types->number && l->version >= 0x030c && type_of(&look, name) == types->number)
		return numbered(&look, name, to, max);
	return name && !look.failed ? python_text(l, types, name, to, max) : 0;
}

uint32_t python_task(const struct python_layout *l, const struct python_types *types, uintptr_t state,
		     uint8_t *to, uint32_t max)
{
	uintptr_t loop, task = 0;

	if (!l->task_name || !l->modules || (!l->running_loop && !l->thread_dict))
		return 0;
	if (l->running_task) {
		if (!peek_word(state + l->running_task, &task))
			return 0;
	} else {
		loop = running_loop(l, types, state);
		task = loop ? python_item_of(l, types, current_tasks(l, types, state), loop) : 0;
	}
	return task && !(task & 7) ? name_of(l, types, task, to, max) : 0;
}
