/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PHP 7.3 to 8.x, without thread safety (as servers and the command line are built): what executes, read as
 * Zend's headers have it. Where in executor_globals it begins, and where a function has its file's name,
 * differs from one version to the next: both are found by what zend_get_executed_filename_ex() and
 * zend_get_executed_lineno() say, which only read that chain, and no others are believed; and by what always
 * stands before it. These two, and get_zend_version(), are all that is called.
 *
 * The main thread alone runs the script, and does so while it is in our hook.
 */
#include <string.h>

#include "core/arena.h"
#include "core/places.h"
#include "here/bounds.h"
#include "here/options.h"
#include "here/presence.h"
#include "here/self.h"
#include "process_facts.h"
#include "scripts/called.h"
#include "scripts/look.h"
#include "scripts/place.h"
#include "scripts/scripts.h"

/* zend_execute_data, zend_function, zend_op, zend_class_entry, zend_string, _zend_vm_stack. */
enum {
	EXECUTE_LINE = 0, EXECUTE_FUNCTION = 24, EXECUTE_PREVIOUS = 48,
	FUNCTION_NAME = 8, FUNCTION_CLASS = 16, FUNCTION_INTERNAL = 1, /* the bit of its type that user code lacks */
	LINE_NUMBER = 24, CLASS_NAME = 8, TEXT_SIZE = 16, TEXT_BYTES = 24, PAGE_END = 8,
};
#define GLOBALS_SEARCHED 1024u
#define STACK_BEFORE 32u /* bytes of executor_globals */
#define FUNCTION_SEARCHED 256u
#define CHAIN_MAX 4096u
#define NAME_MAX_BYTES 256u
#define MAIN_THREAD 1u

enum known { UNKNOWN, PROVEN, DECLINED };

static struct php {
	struct library library;
	uintptr_t globals;
	uintptr_t (*file)(void);
	uint32_t (*line)(void);
	uint32_t current, file_at; /* in executor_globals; in zend_op_array */
	int known;
	char name[CALLED_SIZE];
} it;

/* As soon as the program begins: executor_globals, and where in it is which context runs; 0 not known yet. */
static struct {
	uintptr_t globals;
	size_t size;
	uint32_t at;
} fibers;

/* "Zend Engine v4.2.36, ...": PHP's own version is nowhere, and the engine's is four less. */
static void name_it(const char *(*zend)(void))
{
	const char *text = zend ? zend() : NULL, *at = text ? strstr(text, " v") : NULL;
	size_t size = at ? strspn(at + 3, "0123456789.") : 0;

	called_begin(it.name, "PHP");
	if (size < 4 || size > 16 || at[2] < '3' || at[2] > '5')
		return;
	called_add(it.name, " ", 1);
	called_add(it.name, &(char){(char)(at[2] + 4)}, 1);
	called_add(it.name, at + 3, at[2] == '3' ? 2 : size);
}

static void say(void)
{
	process_interpreter(it.name);
	if (!it.globals)
		process_interpreter_declined(it.name, DUMP_DECLINE_LAYOUT);
}

static bool php_found(const struct library *l)
{
	size_t size = 0;

	if (it.file) { /* the child of a fork */
		if (it.library.bias == l->bias)
			say();
		return it.library.bias == l->bias && it.globals;
	}
	it.line = (uint32_t (*)(void))library_symbol(l, "zend_get_executed_lineno", NULL);
	it.file = it.line ? (uintptr_t (*)(void))library_symbol(l, "zend_get_executed_filename_ex", NULL) : NULL;
	if (!it.file)
		return false;
	it.globals = (uintptr_t)library_symbol(l, "executor_globals", &size);
	if (size < GLOBALS_SEARCHED)
		it.globals = 0; /* with thread safety each thread has its own */
	it.library = *l;
	name_it(library_symbol(l, "get_zend_version", NULL));
	say();
	return it.globals;
}

/* ---- proof --------------------------------------------------------------------------------------------- */

/* The innermost frame of the user's from there on, if it is a chain of them; 0 it is none. */
static uintptr_t innermost(struct look *look, uintptr_t execute, uintptr_t *function)
{
	for (unsigned i = 0; execute && !(execute & 7) && i < CHAIN_MAX && !look->failed; i++) {
		*function = look_word(look, execute + EXECUTE_FUNCTION);
		if (*function && !(look_u8(look, *function) & FUNCTION_INTERNAL))
			return look->failed ? 0 : execute;
		execute = look_word(look, execute + EXECUTE_PREVIOUS);
	}
	return 0;
}

/*
 * Only current_execute_data comes after vm_stack_top, vm_stack_end, vm_stack and vm_stack_page_size. Other
 * words may prove the same for now: where a call's arguments had a call, vm_stack_top leads to that one's
 * frame, which is over, and was called from the same line; current_observed_frame, where an extension
 * observes, leads to one that may be further out.
 */
static bool is_behind_stack(uintptr_t at)
{
	struct look look = {false};
	uintptr_t top = look_word(&look, at - STACK_BEFORE);
	uintptr_t end = look_word(&look, at - STACK_BEFORE + sizeof top);
	uintptr_t page = look_word(&look, at - STACK_BEFORE + 2 * sizeof top);

	return page < top && top <= end && look_word(&look, page + PAGE_END) == end && !look.failed;
}

static bool proves(uint32_t at, uintptr_t file, uint32_t line)
{
	struct look look = {false};
	uintptr_t function = 0, execute = innermost(&look, look_word(&look, it.globals + at), &function);

	if (!execute || look_u32(&look, look_word(&look, execute + EXECUTE_LINE) + LINE_NUMBER) != line)
		return false;
	for (uint32_t i = 2 * sizeof(uintptr_t); i < FUNCTION_SEARCHED && !look.failed; i += sizeof(uintptr_t)) {
		if (look_word(&look, function + i) != file || look.failed)
			continue;
		it.current = at;
		it.file_at = i;
		return true;
	}
	return false;
}

/* The first time that a script runs. */
static bool known(uintptr_t file, uint32_t line)
{
	int known = __atomic_load_n(&it.known, __ATOMIC_ACQUIRE);

	if (known != UNKNOWN)
		return known == PROVEN;
	for (uint32_t at = STACK_BEFORE; at < GLOBALS_SEARCHED; at += sizeof(uintptr_t))
		if (is_behind_stack(it.globals + at) && proves(at, file, line)) {
			__atomic_store_n(&it.known, PROVEN, __ATOMIC_RELEASE);
			return true;
		}
	__atomic_store_n(&it.known, DECLINED, __ATOMIC_RELEASE);
	process_interpreter_declined(it.name, DUMP_DECLINE_LAYOUT);
	return false;
}

/* ---- frames -------------------------------------------------------------------------------------------- */

struct text {
	char bytes[2 * NAME_MAX_BYTES];
	size_t size;
};

static void php_append(struct look *look, uintptr_t string, struct text *to)
{
	size_t size = string ? look_word(look, string + TEXT_SIZE) : 0;

	if (look->failed || !size || size > NAME_MAX_BYTES || to->size + size > sizeof to->bytes)
		return;
	if (look_bytes(look, to->bytes + to->size, string + TEXT_BYTES, size))
		to->size += size;
}

static void name_of(struct look *look, uintptr_t function, struct text *to)
{
	uintptr_t name = look_word(look, function + FUNCTION_NAME);
	uintptr_t class = look_word(look, function + FUNCTION_CLASS);

	to->size = 0;
	if (!name) {
		to->size = sizeof "{main}" - 1; /* the file itself, as PHP's own traces have it */
		memcpy(to->bytes, "{main}", to->size);
		return;
	}
	if (class) {
		php_append(look, look_word(look, class + CLASS_NAME), to);
		memcpy(to->bytes + to->size, "::", 2);
		to->size += to->size ? 2 : 0;
	}
	php_append(look, name, to);
}

static bool php_add(struct look *look, uintptr_t execute, uintptr_t function, struct script_frames *to)
{
	struct text name, file = {.size = 0};
	uint32_t line = look_u32(look, look_word(look, execute + EXECUTE_LINE) + LINE_NUMBER), place;

	name_of(look, function, &name);
	php_append(look, look_word(look, function + it.file_at), &file);
	if (look->failed)
		return false;
	place = script_place(DUMP_LANGUAGE_PHP, (struct script_text){name.bytes, name.size},
			     (struct script_text){file.bytes, file.size}, line);
	if (place == PLACES_NONE)
		return false;
	to->places[to->count++] = place;
	return true;
}

static bool php_take(struct script_frames *to)
{
	struct look look = {false};
	uintptr_t file = self.id == MAIN_THREAD ? it.file() : 0, execute;

	if (!file || !known(file, it.line()))
		return false;
	execute = look_word(&look, it.globals + it.current);
	for (unsigned i = 0; execute && i < CHAIN_MAX && to->count < to->max && !look.failed; i++) {
		uintptr_t function = look_word(&look, execute + EXECUTE_FUNCTION);

		if (function && !(look_u8(&look, function) & FUNCTION_INTERNAL) && !php_add(&look, execute, function, to))
			break;
		execute = look_word(&look, execute + EXECUTE_PREVIOUS);
	}
	if (look.failed)
		arena_lost(&here, DUMP_LOST_SCRIPTS, 1);
	return to->count && !look.failed;
}

/* ---- fibers -------------------------------------------------------------------------------------------- */

/* zend_fiber_context, zend_fiber_stack: from 8.1 on, and from 8.2 on. */
enum { CONTEXT_STACK_81 = 24, CONTEXT_STACK = 32, STACK_START = 0, STACK_SIZE = 8 };
#define STACK_MAX (1u << 30)

/* Is this place on that stack? Bytes below it; 0: it is not, or that is none. */
static size_t left_on(uintptr_t stack, uintptr_t place)
{
	struct look look = {false};
	uintptr_t start = stack && !(stack & 7) ? look_word(&look, stack + STACK_START) : 0;
	uintptr_t size = start ? look_word(&look, stack + STACK_SIZE) : 0;
	bool is = !look.failed && size && size < STACK_MAX && !(size & 4095) && !(start & 4095) &&
		  place - start < size;

	return is ? place - start : 0;
}

static size_t left_of(uintptr_t context, uintptr_t place)
{
	uintptr_t stack;
	size_t left = 0;

	if (!context || (context & 7))
		return 0;
	if (peek_word(context + CONTEXT_STACK, &stack))
		left = left_on(stack, place);
	return !left && peek_word(context + CONTEXT_STACK_81, &stack) ? left_on(stack, place) : left;
}

/* Where in executor_globals it is said which context runs differs from one version to the next. */
static size_t left_of_fiber(uintptr_t place)
{
	uint32_t at = __atomic_load_n(&fibers.at, __ATOMIC_RELAXED);
	uintptr_t context;
	size_t left;

	peek_begin();
	left = at && peek_word(fibers.globals + at, &context) ? left_of(context, place) : 0;
	for (at = 0; !left && at + sizeof context <= fibers.size; at += sizeof context) {
		left = peek_word(fibers.globals + at, &context) ? left_of(context, place) : 0;
		if (left)
			__atomic_store_n(&fibers.at, at, __ATOMIC_RELAXED);
	}
	return left;
}

static int php_look_at(struct dl_phdr_info *info, size_t size, void *data)
{
	struct library l;

	if (library_of(&l, info))
		fibers.globals = (uintptr_t)library_symbol(&l, "executor_globals", &fibers.size);
	if (fibers.globals)
		bounds_fiber = left_of_fiber;
	return 1; /* the program comes first */
}

void php_begin(void)
{
	if (!state.off && options.stack_depth)
		dl_iterate_phdr(php_look_at, NULL);
}

static bool php_owns(uintptr_t address)
{
	return address - it.library.start < it.library.end - it.library.start;
}

const struct script_runtime script_php = {"PHP", php_found, php_take, php_owns, NULL, false};
