/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames as a reader wants them: names instead of addresses, inlined functions spelled out, and
 * without the recorder's own. Knows models and symbols, prints nothing.
 */
#ifndef CONNLEAK_FRAMES_H
#define CONNLEAK_FRAMES_H

#include <stdbool.h>

#include "model/model.h"
#include "name/symbol.h"

#define FRAMES_TEXT_MAX 256

struct frame_text {
	const char *function; /* NULL unknown */
	const char *file;     /* NULL unknown */
	int line;
	char module[256]; /* path, terminated; "" unknown */
	uint64_t offset;
};

/* Is this frame the recorder's own? It is below what the program called. */
bool frames_recorder(const struct model *m, const struct model_frame *f);

/* The frames of a stack (an index into model.stacks, or MODEL_NONE), innermost first. How many. */
unsigned frames_of(const struct model *m, struct symbols *symbols, uint32_t stack,
		   struct frame_text to[FRAMES_TEXT_MAX]);

/* How many of `n` frames are the program's: without the start-up of main and of threads, in which
 * every stack ends. */
unsigned frames_without_start(const struct frame_text *frames, unsigned n);

/* How many of the innermost frames are Go's own library's, but for the one that the program called: what people
 * look for comes behind them. 0 where nothing else does. */
unsigned frames_of_library(const struct frame_text *frames, unsigned n);

/* The frame that tells where it was: the first one with a source outside of libc, else the first
 * one with a name, else the first. `n` is not 0. */
unsigned frames_telling(const struct frame_text *frames, unsigned n);
/* Is it in libc? Its lines say of every thread the same. */
bool frames_of_libc(const struct frame_text *frame);

#endif
