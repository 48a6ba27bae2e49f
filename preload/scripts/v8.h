/* SPDX-License-Identifier: Apache-2.0 */
/*
 * V8's stack trace, asked of V8 itself by the functions that it exports to addons. Knows neither Node nor the
 * recorder.
 *
 * V8 leaves out where lines are when it compiles, and finds them again when it is asked: there is nothing in
 * its memory to be read. So it is asked, and may allocate in its heap and collect it, as it may wherever it
 * is called; not where that heap is almost full.
 * That is for who calls it to allow: only where the program's own code could make the same call.
 */
#ifndef CONNLEAK_SCRIPTS_V8_H
#define CONNLEAK_SCRIPTS_V8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scripts/library.h"

struct v8_frame {
	uint32_t line; /* from 1 on; 0 unknown */
	uint16_t function_size, file_size; /* of the texts that follow, not terminated */
};

#define V8_TEXT 4088u /* bytes */
struct v8_trace {
	uint16_t count, used;
	char text[V8_TEXT]; /* v8_frame and its texts, innermost first */
};

/* Binds them. False: one is missing. */
bool v8_bind(const struct library *l);

/* "10.2.154.26-node.36": NULL before v8_bind(). */
const char *v8_version(void);

/* Is it one of those that we have tried? */
bool v8_is_known(void);

/* Down to where V8 lets the calling thread's stack grow, --stack-size and a worker's own limit included. 0:
 * it is not where we know it. */
uintptr_t v8_stack_limit(void);

/* The frames of what the calling thread runs, as many of `max` as fit. False: none. */
bool v8_take(struct v8_trace *to, int max);

/* The frame at *at, and where its texts lie; moves on. False: that was the last. */
bool v8_next(const struct v8_trace *trace, uint16_t *at, struct v8_frame *frame, const char **function,
	     const char **file);

#endif
