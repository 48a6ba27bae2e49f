/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ruby: what rb_profile_frames() says, which profilers call from signal handlers: it reads the calling
 * thread's own frames, allocates nothing, takes no lock. Of each frame rb_profile_frame_path() and
 * rb_profile_frame_label() return texts that are there. Only while the thread holds the lock of its virtual
 * machine: ruby_thread_has_gvl_p() says so of any thread: then nothing moves.
 */
#include <string.h>

#include "core/arena.h"
#include "core/places.h"
#include "here/presence.h"
#include "process_facts.h"
#include "scripts/called.h"
#include "scripts/look.h"
#include "scripts/place.h"
#include "scripts/scripts.h"

typedef uintptr_t VALUE;

/* struct RString of Ruby's headers. */
enum {
	TYPE_MASK = 0x1f, TYPE_STRING = 5, NOT_EMBEDDED = 1 << 13,
	SIZE = 16, POINTER = 24,               /* of one that is not */
	EMBEDDED_OLD = 16, EMBEDDED_SHIFT = 14, EMBEDDED_MASK = 0x1f, /* up to 3.1: its size is in the flags */
	EMBEDDED = 24,                         /* from 3.2 on */
};
#define NIL_OLD 8u /* Qnil, 4 from 3.2 on */
#define NIL 4u
#define NAME_MAX_BYTES 256u

static struct ruby {
	struct library library;
	int (*has_lock)(void);
	int (*frames)(int, int, VALUE *, int *);
	VALUE (*path)(VALUE);
	VALUE (*label)(VALUE);
	bool old, known, declined;
	char name[CALLED_SIZE];
} it;

static void say(void)
{
	process_interpreter(it.name);
	if (!it.known)
		process_interpreter_declined(it.name, DUMP_DECLINE_VERSION);
}

/* "3.1.2" */
static void version(const char *text)
{
	static const char *const known[] = {"2.7.", "3.0.", "3.1.", "3.2.", "3.3."};

	called_begin(it.name, "Ruby ");
	called_add(it.name, text, 16);
	for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
		if (strncmp(text, known[i], strlen(known[i])) == 0) {
			it.known = true;
			it.old = i < 3;
		}
}

static bool ruby_found(const struct library *l)
{
	const char *text;

	if (it.frames) { /* the child of a fork */
		if (it.library.bias == l->bias)
			say();
		return it.library.bias == l->bias && it.known;
	}
	text = library_symbol(l, "ruby_version", NULL);
	it.has_lock = (int (*)(void))library_symbol(l, "ruby_thread_has_gvl_p", NULL);
	it.path = (VALUE (*)(VALUE))library_symbol(l, "rb_profile_frame_path", NULL);
	it.label = (VALUE (*)(VALUE))library_symbol(l, "rb_profile_frame_label", NULL);
	if (!text || !it.has_lock || !it.path || !it.label)
		return false;
	it.frames = (int (*)(int, int, VALUE *, int *))library_symbol(l, "rb_profile_frames", NULL);
	if (!it.frames)
		return false;
	it.library = *l;
	version(text);
	say();
	return it.known;
}

/* ---- a frame ------------------------------------------------------------------------------------------- */

struct text {
	char bytes[NAME_MAX_BYTES];
	size_t size;
};

static bool is_object(VALUE value)
{
	return value && !(value & 7) && value != (it.old ? NIL_OLD : NIL);
}

/* A String's bytes, as far as there is room; none of what is no String (nil: it has no file). */
static void text_of(struct look *look, VALUE value, struct text *to)
{
	uint64_t flags = is_object(value) ? look_u64(look, value) : 0, size;
	uintptr_t bytes;

	to->size = 0;
	if (look->failed || (flags & TYPE_MASK) != TYPE_STRING)
		return;
	size = it.old && !(flags & NOT_EMBEDDED) ? flags >> EMBEDDED_SHIFT & EMBEDDED_MASK
						 : look_u64(look, value + SIZE);
	bytes = flags & NOT_EMBEDDED ? look_word(look, value + POINTER) : value + (it.old ? EMBEDDED_OLD : EMBEDDED);
	if (size <= sizeof to->bytes && look_bytes(look, to->bytes, bytes, size))
		to->size = size;
}

static bool add(struct look *look, VALUE frame, int line, struct script_frames *to)
{
	struct text file, function;
	uint32_t place;

	if (line <= 0)
		return true; /* below the outermost */
	text_of(look, it.path(frame), &file);
	if (look->failed || !file.size)
		return !look->failed; /* written in C */
	text_of(look, it.label(frame), &function);
	if (look->failed)
		return false;
	place = script_place(DUMP_LANGUAGE_RUBY, (struct script_text){function.bytes, function.size},
			     (struct script_text){file.bytes, file.size}, (uint32_t)line);
	if (place == PLACES_NONE)
		return false;
	to->places[to->count++] = place;
	return true;
}

static bool ruby_take(struct script_frames *to)
{
	VALUE frames[SCRIPT_FRAMES_MAX];
	int lines[SCRIPT_FRAMES_MAX], n;
	struct look look = {false};

	if (__atomic_load_n(&it.declined, __ATOMIC_RELAXED) || !it.has_lock())
		return false;
	n = it.frames(0, (int)to->max, frames, lines);
	for (int i = 0; i < n && i < (int)to->max; i++)
		if (!add(&look, frames[i], lines[i], to))
			break;
	if (!look.failed)
		return to->count;
	if (!__atomic_exchange_n(&it.declined, true, __ATOMIC_RELAXED))
		process_interpreter_declined(it.name, DUMP_DECLINE_LAYOUT);
	return false;
}

static bool ruby_owns(uintptr_t address)
{
	return address - it.library.start < it.library.end - it.library.start;
}

const struct script_runtime script_ruby = {"Ruby", ruby_found, ruby_take, ruby_owns, NULL, false};
