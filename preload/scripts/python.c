/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPython: the frames that the calling thread runs, read in its own memory.
 *
 * The thread's state is asked for by PyGILState_GetThisThreadState(), which reads a thread-specific value and
 * needs no lock, neither the interpreter's nor another. While this thread is in our hook nobody else changes
 * its chain of frames, whether it holds that lock or has given it up for the call.
 */
#include "scripts/called.h"
#include "scripts/scripts.h"

#include <pthread.h>
#include <string.h>

#include "core/arena.h"
#include "core/places.h"
#include "here/presence.h"
#include "process_facts.h"
#include "scripts/peek.h"
#include "scripts/python_attribute.h"
#include "scripts/python_code.h"
#include "scripts/python_layout.h"
#include "scripts/python_task.h"

enum proof { UNPROVEN, PROVEN, DECLINED };

static struct python {
	struct library library;
	struct python_layout layout;
	uintptr_t runtime; /* _PyRuntime */
	struct python_types types;
	uintptr_t loop, loop_size; /* _PyEval_EvalFrameDefault() */
	void *(*thread_state)(void);
	char name[CALLED_SIZE];
	bool here;    /* known, or declined */
	int proof;    /* enum proof */
	int declined; /* enum dump_decline */
} it;

/* ---- is it here ---------------------------------------------------------------------------------------- */

/* "3.9.2 (default, ...", as Py_Version has it: a byte each, and one for what is no part of it. */
static uint32_t packed(const char *text)
{
	uint32_t version = 0;

	for (unsigned part = 0; part < 3; part++) {
		unsigned n = 0;

		while (*text >= '0' && *text <= '9')
			n = n * 10 + (unsigned)(*text++ - '0');
		text += *text == '.';
		version = version << 8 | (n & 255);
	}
	return version << 8;
}

/* Py_Version is there from 3.11 on. Before, Py_GetVersion() prints the same as ever into its own buffer. */
static uint32_t version_of(const struct library *l)
{
	const unsigned long *number = library_symbol(l, "Py_Version", NULL);
	const char *(*text)(void) = (const char *(*)(void))library_symbol(l, "Py_GetVersion", NULL);

	return number ? (uint32_t)*number : text ? packed(text()) : 0;
}

static bool find_symbols(const struct library *l)
{
	it.runtime = (uintptr_t)library_symbol(l, "_PyRuntime", NULL);
	if (!it.runtime)
		return false;
	it.types.code = (uintptr_t)library_symbol(l, "PyCode_Type", NULL);
	it.types.text = (uintptr_t)library_symbol(l, "PyUnicode_Type", NULL);
	it.types.bytes = (uintptr_t)library_symbol(l, "PyBytes_Type", NULL);
	it.types.dict = (uintptr_t)library_symbol(l, "PyDict_Type", NULL);
	it.types.module = (uintptr_t)library_symbol(l, "PyModule_Type", NULL);
	it.types.number = (uintptr_t)library_symbol(l, "PyLong_Type", NULL);
	it.loop = (uintptr_t)library_symbol(l, "_PyEval_EvalFrameDefault", &it.loop_size);
	it.thread_state = (void *(*)(void))library_symbol(l, "PyGILState_GetThisThreadState", NULL);
	return it.types.code && it.types.text && it.types.bytes && it.loop && it.thread_state;
}

static void decline(enum dump_decline why)
{
	it.declined = why;
	__atomic_store_n(&it.proof, DECLINED, __ATOMIC_RELAXED);
	process_interpreter_declined(it.name, why);
}

static bool python_found(const struct library *l)
{
	enum dump_decline why;
	uint32_t version;

	if (it.here && it.library.bias == l->bias && it.declined) /* in the child of a fork */
		decline(it.declined);
	if (it.here || !find_symbols(l))
		return false;
	version = version_of(l);
	called_version(it.name, "CPython ", version >> 24, version >> 16 & 255, version >> 8 & 255);
	process_interpreter(it.name);
	it.library = *l;
	it.here = true;
	peek_begin();
	why = python_layout_of((uint16_t)(version >> 16), it.runtime, it.types.code, &it.layout);
	if (why)
		decline(why);
	return !why;
}

/* ---- frames -------------------------------------------------------------------------------------------- */

/* FRAME_OWNED_BY_CSTACK, FRAME_OWNED_BY_INTERPRETER, and what comes after: below the outermost
 * frame of a call of the loop. */
#define OWNED_BY_C 3
#define CHAIN_MAX 512 /* frames of any kind that are looked at */

static uintptr_t word_at(const uint8_t *bytes, uint16_t offset)
{
	uintptr_t word;

	memcpy(&word, bytes + offset, sizeof word);
	return word;
}

/* The frame that runs in it, 0: none, and what on the thread's stack belongs to it. False: it
 * is no state of this thread. */
static bool first_frame(uintptr_t state, uintptr_t *frame, uintptr_t *cframe)
{
	const struct python_layout *l = &it.layout;
	uintptr_t thread, at;

	if ((state & 7) || !peek_word(state + l->thread_id, &thread) || thread != (uintptr_t)pthread_self() ||
	    !peek_word(state + l->current, &at))
		return false;
	*cframe = *frame = at;
	return !l->by_cframe || (!(at & 7) && peek_word(at + l->cframe, frame));
}

/* What a reference in a frame leads to. */
static uintptr_t object_of(uintptr_t reference)
{
	return reference & ~(uintptr_t)it.layout.tags;
}

static uintptr_t instruction_of(const uint8_t *frame)
{
	const struct python_layout *l = &it.layout;
	int32_t index;

	if (l->bytecode)
		return word_at(frame, l->instruction);
	memcpy(&index, frame + l->instruction, sizeof index);
	return (uintptr_t)(intptr_t)index;
}

/* One frame; false: it is none. */
static bool add_frame(const uint8_t *frame, struct script_frames *to)
{
	const struct python_layout *l = &it.layout;

	if (l->owner && frame[l->owner] >= OWNED_BY_C) {
		if (to->count)
			to->entry[to->count - 1] = true;
		return true;
	}
	if (!python_place(l, &it.types, object_of(word_at(frame, l->code)), instruction_of(frame),
			  &to->places[to->count]))
		return false;
	if (to->places[to->count] == PLACES_NONE) { /* no room, which is counted: then there are none at all */
		to->count = to->max = 0;
		return true;
	}
	to->entry[to->count] = l->entry ? frame[l->entry] == 1 : !l->owner;
	to->count++;
	return true;
}

static bool walk(uintptr_t at, struct script_frames *to)
{
	const struct python_layout *l = &it.layout;
	uint8_t frame[PYTHON_FRAME_SIZE];

	for (unsigned n = 0; at && to->count < to->max && n < CHAIN_MAX; n++) {
		if ((at & 7) || !peek(at, frame, l->frame_size) || !add_frame(frame, to))
			return false;
		at = word_at(frame, l->previous);
	}
	return at || !to->count || to->entry[to->count - 1]; /* whoever is outermost was called by C */
}

/* The first frames decide whether this is the version that we take it for. */
static bool not_so(void)
{
	if (__atomic_load_n(&it.proof, __ATOMIC_RELAXED) == UNPROVEN)
		decline(DUMP_DECLINE_LAYOUT);
	else
		arena_lost(&here, DUMP_LOST_SCRIPTS, 1);
	return false;
}

/* ---- which states -------------------------------------------------------------------------------------- */

/* In which a thread runs frames: one for each interpreter that it is inside of. */
#define STATES_MAX 8
#define LOOKED_AT_MAX 256
struct states {
	struct {
		uintptr_t frame, cframe; /* as first_frame() says */
	} of[STATES_MAX];
	unsigned count, looked_at;
};

/* Innermost first: the stack grows downwards. */
static void add_state(struct states *s, uintptr_t state)
{
	uintptr_t frame, cframe;
	unsigned i;

	if (!first_frame(state, &frame, &cframe) || !frame || s->count == STATES_MAX)
		return;
	for (i = s->count++; i && s->of[i - 1].cframe > cframe; i--)
		s->of[i] = s->of[i - 1];
	s->of[i].frame = frame;
	s->of[i].cframe = cframe;
}

static void add_states_of(struct states *s, uintptr_t interpreter)
{
	const struct python_layout *l = &it.layout;
	uintptr_t state, whose;

	if (!peek_word(interpreter + l->threads, &state))
		return;
	for (; state && !(state & 7) && s->looked_at < LOOKED_AT_MAX; s->looked_at++) {
		if (!peek_word(state + l->interp, &whose) || whose != interpreter)
			return;
		add_state(s, state);
		if (!peek_word(state + l->next, &state))
			return;
	}
}

/* Up to 3.11 the thread-specific state is that of the first interpreter that the thread was in, and
 * the others have to be looked for. Other threads may be changing these lists: each state is one of
 * this thread or is passed over. */
static void find_states(struct states *s, uintptr_t state)
{
	uintptr_t at, next = 0;

	if (!it.layout.interpreters || !peek_word(it.runtime + it.layout.interpreters, &at) ||
	    !peek_word(at, &next) || !next) {
		add_state(s, state);
		return;
	}
	for (unsigned n = 0; at && !(at & 7) && n < LOOKED_AT_MAX; n++) {
		add_states_of(s, at);
		if (!peek_word(at, &at))
			return;
	}
}

static bool python_take(struct script_frames *to)
{
	struct states states = {.count = 0};
	uintptr_t state, frame, cframe;

	if (__atomic_load_n(&it.proof, __ATOMIC_RELAXED) == DECLINED || !peek_can(it.types.code, 8))
		return false;
	state = (uintptr_t)it.thread_state();
	if (!state)
		return false;
	if (!first_frame(state, &frame, &cframe))
		return not_so();
	find_states(&states, state);
	for (unsigned i = 0; i < states.count; i++)
		if (!walk(states.of[i].frame, to))
			return not_so();
	if (to->count)
		__atomic_store_n(&it.proof, PROVEN, __ATOMIC_RELAXED);
	return to->count;
}

/* ---- names of threads and tasks ------------------------------------------------------------------------ */

/* The calling thread is making one: the line that runs is of threading.Thread.start(), whose first local is
 * the Thread. That has its name already, and nobody else knows it yet. */
static uint32_t new_thread_name(uint8_t *to, uint32_t max)
{
	const struct python_layout *l = &it.layout;
	uintptr_t state = 0, frame, cframe, code, thread;

	if (__atomic_load_n(&it.proof, __ATOMIC_RELAXED) == PROVEN)
		state = (uintptr_t)it.thread_state();
	if (!state || !first_frame(state, &frame, &cframe) || !frame || !peek_word(frame + l->code, &code) ||
	    !python_code_is(l, &it.types, object_of(code), l->lines == PYTHON_LOCATIONS ? "Thread.start" : "start",
			    "/threading.py") ||
	    !peek_word(frame + l->locals, &thread))
		return 0;
	return python_text(l, &it.types, python_attribute(l, &it.types, object_of(thread), "_name"), to, max);
}

static uint32_t python_task_name(uint8_t *to, uint32_t max)
{
	uintptr_t state = 0, thread;

	if (__atomic_load_n(&it.proof, __ATOMIC_RELAXED) == PROVEN)
		state = (uintptr_t)it.thread_state();
	if (!state || !peek_word(state + it.layout.thread_id, &thread) || thread != (uintptr_t)pthread_self())
		return 0;
	return python_task(&it.layout, &it.types, state, to, max);
}

/* ---- its own code -------------------------------------------------------------------------------------- */

static bool python_owns(uintptr_t address)
{
	return address - it.library.start < it.library.end - it.library.start;
}

static bool runs(uintptr_t address)
{
	return address - it.loop - 1 < it.loop_size; /* a call at its very end returns to the byte after it */
}

const struct script_runtime script_python = {
	.name = "CPython", .found = python_found, .take = python_take, .owns = python_owns, .runs = runs,
	.new_thread_name = new_thread_name, .task_name = python_task_name,
};
