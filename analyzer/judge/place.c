/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A compiler at run time (V8, HotSpot) moves code and compiles it anew, so that one line of the
 * program has another address after a while. Where a stack enters such code, which belongs to no
 * module, it ends for us; and what goes on where another one ends cannot be told apart from it.
 *
 * Names cost the reading of debug information. They are looked up only where they can make a
 * difference: in stacks that go through the same modules in the same order.
 */
#include "judge/place.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "judge/place_made.h"
#include "name/own.h"

struct item {
	const struct model_stack *stack;
	uint32_t index;
	uint32_t depth;     /* frames that can be compared: up to the first that is no script's and in no module */
	uint32_t opens;     /* the first of them outside of libc */
	uint32_t *picked;   /* those of them that make the place, by index */
	uint32_t count;     /* of `picked` and of `frames` */
	uint32_t *frames;   /* what each is: the same number, the same to a person */
	bool resembles;     /* another stack goes through the same modules */
	bool resumed;       /* a script that an event loop may have gone on with: who began it may not be in it */
};

/* Texts, numbered from 1 on. */
struct numbered {
	UT_hash_handle hh;
	uint32_t number;
	char text[];
};

struct work {
	const struct model *model;
	struct symbols *symbols;
	struct numbered *frames, *openers;
	struct item *items;
	bool *others;      /* by module: it is no code of the user's */
	uint32_t *numbers; /* all the items' frames, and the indices of those that were picked */
};

/* 0 without memory: then it is like nothing else. */
static uint32_t number_of(struct numbered **all, const char *text, size_t size)
{
	struct numbered *it = NULL;

	HASH_FIND(hh, *all, text, size, it);
	if (it)
		return it->number;
	it = calloc(1, sizeof *it + size + 1);
	if (!it)
		return 0;
	memcpy(it->text, text, size);
	it->number = HASH_COUNT(*all) + 1;
	HASH_ADD_KEYPTR(hh, *all, it->text, size, it);
	return it->number;
}

static void place_forget(struct numbered *all)
{
	struct numbered *it, *next;

	HASH_ITER(hh, all, it, next) {
		HASH_DEL(all, it);
		free(it);
	}
}

static bool is_libc(const struct model *m, uint32_t module)
{
	struct dump_text path = module == MODEL_NONE ? (struct dump_text){NULL, 0} : m->modules[module].path;
	const char *slash = path.bytes ? memrchr(path.bytes, '/', path.size) : NULL;

	return slash && path.bytes + path.size - slash > 8 && memcmp(slash, "/libc.so", 8) == 0;
}

static bool is_comparable(const struct model_frame *f)
{
	return f->module != MODEL_NONE || f->place != MODEL_NONE;
}

/* ---- what a frame is --------------------------------------------------------------------------------- */

static bool has_line(const struct symbol *s)
{
	return s->function && s->file && s->line;
}

static size_t put_frame(char *to, size_t size, const struct model_frame *f, const struct symbol *names,
			uint32_t count)
{
	size_t n = (size_t)snprintf(to, size, "%" PRIu32, f->module);

	for (uint32_t i = 0; i < count; i++) {
		if (!has_line(&names[i]))
			return (size_t)snprintf(to, size, "%" PRIu32 "+%" PRIx64, f->module, f->address);
		n += (size_t)snprintf(to + n, n < size ? size - n : 0, "|%s|%s:%d", names[i].function, names[i].file,
				      names[i].line);
		if (n >= size)
			return size - 1;
	}
	return n;
}

/* What makes the socket is a library's function, whichever of its calls it was: one that tries a flag first
 * (Ruby 2.7) makes all others in another way. */
static bool is_makers(const struct work *w, const struct item *it, const struct model_frame *f)
{
	return f == &it->stack->frames[it->opens] && f->place == MODEL_NONE && w->others[f->module] &&
	       it->picked[it->count - 1] > it->opens;
}

static uint32_t frame_number(struct work *w, const struct item *it, uint32_t i)
{
	static const struct symbol unknown;
	const struct model_frame *f = &it->stack->frames[it->picked[i]];
	const struct symbol *names = &unknown;
	uint32_t count = 1;
	uint64_t begin;
	char text[4096];

	if (it->resembles || it->picked[i] == it->opens)
		names = symbols_at(w->symbols, f, &count);
	if (is_makers(w, it, f) && !has_line(names) && (begin = symbols_begin(w->symbols, f)) != 0)
		return number_of(&w->frames, text,
				 (size_t)snprintf(text, sizeof text, "%" PRIu32 "=%" PRIx64, f->module, begin));
	return number_of(&w->frames, text, put_frame(text, sizeof text, f, names, count));
}

/* ---- who opens ----------------------------------------------------------------------------------------- */

/* The function that was entered last of those of the module that opens; where that module is the program
 * itself, the line that opens. */
static uint32_t opener_of(struct work *w, const struct item *it)
{
	const struct model_frame *frames = it->stack->frames;
	const struct symbol *names;
	uint32_t at = it->opens, last, count, program = it->depth;
	char text[4096];
	int n;

	while (program > at && is_libc(w->model, frames[program - 1].module))
		program--; /* the start-up of main and of threads */
	if (at == program)
		return PLACE_UNKNOWN;
	for (last = at; last + 1 < program && frames[last + 1].module == frames[at].module; last++)
		;
	if (last + 1 == program) /* nobody called it: it is the program */
		n = snprintf(text, sizeof text, "frame %" PRIu32, it->frames[at]);
	else if (frames[at].place != MODEL_NONE)
		n = snprintf(text, sizeof text, "frame %" PRIu32, it->frames[at]);
	else if (names = symbols_at(w->symbols, &frames[last], &count), names[count - 1].function)
		n = snprintf(text, sizeof text, "%" PRIu32 " %s", frames[at].module, names[count - 1].function);
	else
		n = snprintf(text, sizeof text, "%" PRIu32 "+%" PRIx64, frames[at].module, frames[last].address);
	return number_of(&w->openers, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

/* ---- which are alike ----------------------------------------------------------------------------------- */

/* A stack that ends for us at once says nothing. */
static bool cut(const struct item *it)
{
	return it->depth && (it->depth < it->stack->depth || it->resumed);
}

static bool begins_with(const struct item *it, const struct item *with)
{
	return it->count >= with->count &&
	       (!with->count || memcmp(it->frames, with->frames, with->count * sizeof *it->frames) == 0);
}

/* In the order of a dictionary, so that those that one begins follow it. Of two that are equal as
 * far as they go the cut one leads. */
static int by_frames(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	for (uint32_t i = 0; i < x->count && i < y->count; i++)
		if (x->frames[i] != y->frames[i])
			return x->frames[i] < y->frames[i] ? -1 : 1;
	if (x->count != y->count)
		return x->count < y->count ? -1 : 1;
	return (int)cut(y) - (int)cut(x);
}

static int by_modules(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? -1 : 1;
	for (uint32_t i = 0; i < x->count; i++) {
		uint32_t a_module = x->stack->frames[x->picked[i]].module, b_module = y->stack->frames[y->picked[i]].module;

		if (a_module != b_module)
			return a_module < b_module ? -1 : 1;
	}
	return 0;
}

/* Where one is cut, a longer one may begin with it. */
static void find_resembling(struct item *items, uint32_t count)
{
	bool any_cut = false;

	for (uint32_t i = 0; i < count; i++)
		any_cut = any_cut || cut(&items[i]);
	qsort(items, count, sizeof *items, by_modules);
	for (uint32_t i = 0; i < count; i++)
		items[i].resembles = any_cut || (i && by_modules(&items[i - 1], &items[i]) == 0) ||
				     (i + 1 < count && by_modules(&items[i], &items[i + 1]) == 0);
}

/* Of a stack that nothing was opened by (an interpreter's own, that was taken before its lines were known)
 * the rest is not wanted: others that go on from it are not to be one place for its sake. */
static bool leads(const struct item *it)
{
	return cut(it) && (it->stack->used || it->stack->facts->opened);
}

static void number(const struct item *items, uint32_t count, struct model_stack *stacks)
{
	const struct item *leader = NULL;
	uint32_t last = PLACE_UNKNOWN;

	for (uint32_t i = 0; i < count; i++) {
		if (!items[i].stack->depth)
			continue;
		if (!leader || !leads(leader) || !begins_with(&items[i], leader)) {
			if (!leader || by_frames(leader, &items[i]) != 0 || !items[i].depth)
				last++;
			leader = &items[i];
		}
		stacks[items[i].index].place = last;
	}
}

/* ---- which frames make the place ----------------------------------------------------------------------- */

/* Go's own library is in the program's file, and lines cost little there. Whose a frame is its outermost
 * function says: what is inlined into it is part of it. */
static bool of_go(const struct work *w, const struct model_frame *f)
{
	const char *runtime = w->model->process.runtime;
	const struct symbol *names;
	uint32_t count;

	if (!runtime || strncmp(runtime, "go", 2) != 0 || !w->symbols)
		return false;
	names = symbols_at(w->symbols, f, &count);
	return count && own_whose(w->model->options.own, &(struct own_names){names[count - 1].function,
				  names[count - 1].file}) != WHOSE_OWN;
}

/* By what is known without symbols, but for Go. */
static bool of_others(const struct work *w, const struct model_frame *f)
{
	const struct model_place *p = f->place == MODEL_NONE ? NULL : &w->model->places[f->place];

	if (p)
		return own_whose(w->model->options.own, &(struct own_names){p->function, p->file}) != WHOSE_OWN;
	return w->others[f->module] || of_go(w, f);
}

static void ask_modules(struct work *w)
{
	const struct model *m = w->model;

	for (uint32_t i = 0; i < m->module_count; i++) {
		char path[4096];

		snprintf(path, sizeof path, "%.*s", (int)m->modules[i].path.size, m->modules[i].path.bytes ?
			 m->modules[i].path.bytes : "");
		w->others[i] = own_whose(m->options.own, &(struct own_names){.module = path}) != WHOSE_OWN;
	}
}

/* Of a line of JavaScript: an async function that goes on after an await has the event loop below
 * it, and no longer who called it. */
static bool may_be_resumed(const struct work *w, const struct model_frame *f)
{
	return f->place != MODEL_NONE && w->model->places[f->place].language == DUMP_LANGUAGE_JAVASCRIPT;
}

/* How a library came from a request to the socket is not the user's doing, nor how the runtime
 * came to call the program: one line of theirs is one place, whether there was a proxy, a redirect
 * or a second try, whether a module was loaded or an event loop went on. What makes the socket
 * stays: a socketpair is no connection. */
static void pick(const struct work *w, struct item *it, uint32_t *to)
{
	const struct model_frame *frames = it->stack->frames;
	uint32_t makes = it->opens, own = it->opens;

	while (own < it->depth && of_others(w, &frames[own]))
		own++;
	while (makes < own && frames[makes].place == MODEL_NONE)
		makes++;
	if (makes == own)
		makes = it->opens; /* no line of a script */
	it->picked = to;
	for (uint32_t i = 0; i < it->depth; i++)
		if (i <= makes || own == it->depth || (i >= own && !of_others(w, &frames[i])))
			it->picked[it->count++] = i;
	it->resumed = own < it->depth && may_be_resumed(w, &frames[it->picked[it->count - 1]]);
}

/* ---- all of them --------------------------------------------------------------------------------------- */

static bool begin(struct work *w, uint32_t *count)
{
	const struct model *m = w->model;
	size_t frames = 0;

	w->items = calloc(m->stack_count + 1u, sizeof *w->items);
	for (uint32_t i = 0; w->items && i < m->stack_count; i++) {
		struct item *it = &w->items[(*count)++];

		*it = (struct item){.stack = &m->stacks[i], .index = i};
		while (it->depth < it->stack->depth && is_comparable(&it->stack->frames[it->depth]))
			it->depth++;
		while (it->opens < it->depth && is_libc(m, it->stack->frames[it->opens].module))
			it->opens++;
		frames += it->depth;
	}
	w->numbers = calloc(2 * frames + 1, sizeof *w->numbers);
	w->others = calloc(m->module_count + 1u, sizeof *w->others);
	if (!w->items || !w->numbers || !w->others)
		return false;
	ask_modules(w);
	for (uint32_t i = 0, *to = w->numbers; i < *count; i++) {
		pick(w, &w->items[i], to);
		to += 2 * w->items[i].count;
	}
	return true;
}

static void number_frames(struct work *w, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct item *it = &w->items[i];

		it->frames = it->picked + it->count;
		for (uint32_t k = 0; k < it->count; k++)
			it->frames[k] = frame_number(w, it, k);
	}
}

bool place_decide(struct model *m, struct symbols *symbols)
{
	struct work w = {.model = m, .symbols = symbols};
	uint32_t count = 0;
	bool enough = begin(&w, &count);

	if (count < 2)
		w.symbols = NULL; /* alone it is its own place */
	if (enough) {
		find_resembling(w.items, count);
		number_frames(&w, count);
		qsort(w.items, count, sizeof *w.items, by_frames);
		number(w.items, count, m->stacks);
		for (uint32_t i = 0; i < count; i++)
			m->stacks[w.items[i].index].opener = opener_of(&w, &w.items[i]);
		enough = place_made_join(m);
	}
	place_forget(w.frames);
	place_forget(w.openers);
	free(w.items);
	free(w.numbers);
	free(w.others);
	return enough;
}
