/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Perl: which lines the calling thread's interpreter is at, read from its stack of contexts as perlguts and
 * perl's own headers have it. Which interpreter that is, a key of its own tells: pthread_getspecific(3).
 *
 * The thread runs its interpreter while it is in our hook: nobody else changes what is read. A Perl without
 * threads (no PL_thr_key) keeps all this in variables of its own, and is declined.
 */
#include <pthread.h>
#include <string.h>

#include "core/arena.h"
#include "core/places.h"
#include "here/presence.h"
#include "process_facts.h"
#include "scripts/called.h"
#include "scripts/look.h"
#include "scripts/place.h"
#include "scripts/scripts.h"
#include "stacks/ending.h"

/* struct interpreter: Icurcop is here, Icurstackinfo two words on. */
static const struct {
	uint8_t version;
	uint16_t curcop;
} versions[] = {{32, 224}, {36, 208}, {40, 208}};

/* struct cop, struct stackinfo, struct context and the bodies of code and globs: the same in all of these. */
enum {
	INTERPRETER_OP = 8, INTERPRETER_SAVED = 40,
	OP_FUNCTION = 16, OP_TYPE = 32, COP_LINE = 36, COP_FILE = 48, OP_TYPE_MASK = 0x1ff,
	SI_CONTEXTS = 8, SI_PREVIOUS = 16, SI_INDEX = 32,
	CONTEXT_SIZE = 104, CONTEXT_CALLER = 16, CONTEXT_CODE = 72, CONTEXT_TYPE_MASK = 15, CONTEXT_SUB = 9,
	SV_FLAGS = 12, SV_TYPE_MASK = 0xff, TYPE_GLOB = 9, TYPE_CODE = 13,
	CODE_NAME = 56, CODE_FLAGS = 92, CODE_NAMED = 0x8000, GLOB_NAME = 32, NAME_SIZE = 4, NAME_BYTES = 8,
};

#define NEXTSTATE_FIRST 180u /* OP_NEXTSTATE and OP_DBSTATE, of any of these versions */
#define NEXTSTATE_LAST 215u
#define NAME_MAX_BYTES 256u
#define STACKINFOS_MAX 64u
#define SAVED_MAX 64 /* words, from the innermost on */

static struct perl {
	struct library library;
	const pthread_key_t *key;
	uintptr_t leave; /* what an operation does that leaves a scope */
	uint16_t curcop; /* 0: declined */
	bool declined;
	char name[CALLED_SIZE];
} it;

/* The operation that leaves the program's outermost scope: after it there is none. */
static bool is_last(uintptr_t op)
{
	struct look look = {false};

	return op && op % sizeof op == 0 && look_word(&look, op + OP_FUNCTION) == it.leave &&
	       !look_word(&look, op) && !look.failed;
}

/* The variables of the program's file are gone when it leaves that scope; perl_destruct() finds what is left.
 * What a subroutine does, or a block, is the program's own doing. While a destructor (DESTROY) runs, the
 * operation that led to it waits in the stack of what is to be restored. */
static bool leaves(void)
{
	uintptr_t interpreter = it.declined ? 0 : (uintptr_t)pthread_getspecific(*it.key), info, saved;
	struct look look = {false};
	int32_t top;

	if (!interpreter)
		return false;
	if (is_last(look_word(&look, interpreter + INTERPRETER_OP)))
		return true;
	info = look_word(&look, interpreter + it.curcop + 16);
	if (!look_word(&look, info + SI_PREVIOUS))
		return false;
	saved = look_word(&look, interpreter + INTERPRETER_SAVED);
	top = look_i32(&look, interpreter + INTERPRETER_SAVED + (int)sizeof saved);
	for (int32_t i = top - 1; i >= 0 && i > top - SAVED_MAX && !look.failed; i--)
		if (is_last(look_word(&look, saved + (uintptr_t)i * sizeof saved)))
			return true;
	return false;
}

static void say(void)
{
	if (it.curcop && it.leave)
		ending_by_script = leaves;
	if (it.curcop)
		process_interpreter(it.name);
	else
		process_interpreter_declined(it.name, DUMP_DECLINE_VERSION);
}

/* What an operation does, by its name; 0: not known. From 5.38 on the functions have no name outside. */
static uintptr_t function_of(const struct library *l, const char *operation)
{
	size_t size = 0, most = 0;
	const char *const *names = library_symbol(l, "PL_op_name", &size);
	const uintptr_t *functions = library_symbol(l, "PL_ppaddr", &most);

	if (most < size)
		size = most;
	for (size_t i = 0; names && functions && i < size / sizeof *names; i++)
		if (names[i] && strcmp(names[i], operation) == 0)
			return functions[i];
	return 0;
}

static bool perl_found(const struct library *l)
{
	const uint8_t *major, *minor, *patch;

	if (it.key) { /* the child of a fork */
		if (it.library.bias == l->bias)
			say();
		return it.library.bias == l->bias && it.curcop;
	}
	major = library_symbol(l, "PL_revision", NULL);
	minor = library_symbol(l, "PL_version", NULL);
	patch = library_symbol(l, "PL_subversion", NULL);
	if (!major || !minor || !patch || *major != 5)
		return false;
	it.key = library_symbol(l, "PL_thr_key", NULL);
	it.leave = function_of(l, "leave");
	it.library = *l;
	called_version(it.name, "Perl ", *major, *minor, *patch);
	for (unsigned i = 0; it.key && i < sizeof versions / sizeof *versions; i++)
		if (versions[i].version == *minor)
			it.curcop = versions[i].curcop;
	say();
	return it.curcop;
}

/* ---- a line ------------------------------------------------------------------------------------------- */

struct text {
	char bytes[NAME_MAX_BYTES];
	size_t size;
};

static void terminated(struct look *look, uintptr_t at, struct text *to)
{
	for (to->size = 0; to->size < sizeof to->bytes; to->size++) {
		char c = (char)look_u8(look, at + to->size);

		if (!c)
			return;
		to->bytes[to->size] = c;
	}
}

static uint32_t type_of(struct look *look, uintptr_t value)
{
	return look_u32(look, value + SV_FLAGS) & SV_TYPE_MASK;
}

/* Of a subroutine: it has a name of its own, or its glob has. One without is anonymous. */
static void name_of(struct look *look, uintptr_t code, struct text *to)
{
	uintptr_t body = look_word(look, code), name = look_word(look, body + CODE_NAME);
	uint32_t size;

	to->size = 0;
	if (look->failed || type_of(look, code) != TYPE_CODE || !name)
		return;
	if (!(look_u32(look, body + CODE_FLAGS) & CODE_NAMED)) {
		if (type_of(look, name) != TYPE_GLOB)
			return;
		name = look_word(look, look_word(look, name) + GLOB_NAME);
	}
	size = look_u32(look, name + NAME_SIZE);
	if (!look->failed && size && size <= sizeof to->bytes &&
	    look_bytes(look, to->bytes, name + NAME_BYTES, size))
		to->size = size;
}

/* `cop`: the statement; `code`: the subroutine that it is in, 0 none. */
static bool perl_add(struct look *look, uintptr_t cop, uintptr_t code, struct script_frames *to)
{
	uint32_t type = look_u16(look, cop + OP_TYPE) & OP_TYPE_MASK, line = look_u32(look, cop + COP_LINE), place;
	struct text file, function = {.size = 0};

	/* PL_compiling has no type, and a line only where it compiles: where it has none, a program that has Perl
	 * embedded is at something else. */
	look->failed = look->failed || (type && (type < NEXTSTATE_FIRST || type > NEXTSTATE_LAST));
	if (!type && !line)
		return false;
	terminated(look, look_word(look, cop + COP_FILE), &file);
	if (code)
		name_of(look, code, &function);
	else
		function = (struct text){"{main}", sizeof "{main}" - 1};
	if (look->failed || !file.size)
		return false;
	place = script_place(DUMP_LANGUAGE_PERL, (struct script_text){function.bytes, function.size},
			     (struct script_text){file.bytes, file.size}, line);
	if (place == PLACES_NONE)
		return false;
	to->places[to->count++] = place;
	return true;
}

/* ---- all of them --------------------------------------------------------------------------------------- */

/* From the statement that runs outwards: each subroutine's context has the statement that called it. */
static void walk(struct look *look, uintptr_t interpreter, struct script_frames *to)
{
	uintptr_t cop = look_word(look, interpreter + it.curcop);
	uintptr_t info = look_word(look, interpreter + it.curcop + 16);

	for (unsigned n = 0; info && n < STACKINFOS_MAX && !look->failed; n++) {
		uintptr_t contexts = look_word(look, info + SI_CONTEXTS);

		for (int32_t i = look_i32(look, info + SI_INDEX); i >= 0 && to->count < to->max; i--) {
			uintptr_t context = contexts + (uintptr_t)i * CONTEXT_SIZE;

			if ((look_u8(look, context) & CONTEXT_TYPE_MASK) != CONTEXT_SUB)
				continue;
			if (!perl_add(look, cop, look_word(look, context + CONTEXT_CODE), to))
				return;
			cop = look_word(look, context + CONTEXT_CALLER);
		}
		info = look_word(look, info + SI_PREVIOUS);
	}
	if (to->count < to->max)
		perl_add(look, cop, 0, to);
}

static bool perl_owns(uintptr_t address)
{
	return address - it.library.start < it.library.end - it.library.start;
}

/* A program that embeds it is done with it: perl_free() leaves the key, which leads to others' memory. */
static bool runs(const struct dump_stack *at)
{
	const uint64_t *addresses = (const uint64_t *)(at + 1);

	for (uint32_t i = 0; i < at->depth; i++)
		if (!DUMP_FRAME_IS_PLACE(addresses[i]) && perl_owns((uintptr_t)addresses[i]))
			return true;
	return false;
}

static bool perl_take(struct script_frames *to)
{
	uintptr_t interpreter = it.declined ? 0 : (uintptr_t)pthread_getspecific(*it.key);
	struct look look = {false};

	if (!interpreter)
		return false;
	walk(&look, interpreter, to);
	if (!look.failed)
		return to->count;
	to->count = 0;
	if (!runs(to->at))
		return false;
	if (__atomic_exchange_n(&it.declined, true, __ATOMIC_RELAXED))
		arena_lost(&here, DUMP_LOST_SCRIPTS, 1);
	else
		process_interpreter_declined(it.name, DUMP_DECLINE_LAYOUT);
	return false;
}

const struct script_runtime script_perl = {"Perl", perl_found, perl_take, perl_owns, NULL, false};
