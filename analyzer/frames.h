/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames as a reader wants them: names instead of addresses, inlined functions spelled out, and
 * without the recorder's own. Knows models and symbols, prints nothing.
 */
#ifndef CONNLEAK_FRAMES_H
#define CONNLEAK_FRAMES_H

#include <stdbool.h>

#include "model.h"
#include "symbol.h"

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

#endif
