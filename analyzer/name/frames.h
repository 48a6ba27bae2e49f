/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames as a reader wants them: names instead of addresses, inlined functions spelled out, and
 * without the recorder's own. Knows models and symbols, prints nothing.
 */
#ifndef CONNLEAK_FRAMES_H
#define CONNLEAK_FRAMES_H

#include <stdbool.h>

#include "model/model.h"
#include "name/own.h"
#include "name/symbol.h"

#define FRAMES_TEXT_MAX 256

struct frame_text {
	const char *function; /* NULL unknown */
	const char *brief;    /* the same without parameters, for people */
	const char *mangled;  /* as the file has it */
	const char *file;     /* NULL unknown */
	enum whose whose;
	int line; /* 0 unknown */
	enum dump_language language;
	char module[256]; /* path, terminated; "" unknown */
	uint64_t offset;
};

/* Is this frame the recorder's own? It is below what the program called. */
bool frames_recorder(const struct model *m, const struct model_frame *f);

/* Whose it is, by its names: frames_of() has asked. */
enum whose frames_whose(const struct own *own, const struct frame_text *f);

/* The frames of a stack (an index into model.stacks, or MODEL_NONE), innermost first; of one that ends too
 * early those of the one that shows its place (model_whole()). How many. */
unsigned frames_of(const struct model *m, struct symbols *symbols, uint32_t stack,
		   struct frame_text to[FRAMES_TEXT_MAX]);

/* How many of `n` frames are the program's: without the start-up of main and of threads, in which
 * every stack ends. */
unsigned frames_without_start(const struct frame_text *frames, unsigned n);

/* The frame that tells where it was, the place: the first one that is the user's own, else the first one
 * above the system's libraries; one whose line is known before one that has a name only. `n` is not 0. */
unsigned frames_telling(const struct frame_text *frames, unsigned n);

/* What is shown of a stack: a frame, or several of libraries and the runtime: "(3 frames of requests)". */
struct frame_run {
	unsigned first, count; /* more than 1, or `go`: folded */
	bool go;               /* only Go's own library's, but for the one that the program called, which follows */
	char of[128];          /* "requests, urllib3": whose they are, the outermost first; "" nobody could say */
};

/* How to show `n` frames, of which `at` tells: every one of the user's alone, those in between folded. Where
 * none is the user's, what is above the one that tells is shown as it is. How many runs. */
unsigned frames_folded(const struct frame_text *frames, unsigned n, unsigned at,
		       struct frame_run to[FRAMES_TEXT_MAX]);

/* Is it in libc? Its lines say of every thread the same. */
bool frames_of_libc(const struct frame_text *frame);

#endif
