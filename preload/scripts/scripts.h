/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scripts: which interpreters are in this process, and where the lines that the calling thread runs
 * stand in its stack. Knows the runtimes by what struct script_runtime says; how one keeps its frames
 * is its own file's business.
 *
 * An interpreter is found by what a module exports, when the module is first seen, which is at the first
 * stack after it was loaded. Nothing of it is changed, locked, allocated or called but for what runtime files
 * name, with the reason. Where it cannot be asked (a signal handler, a sandbox, a small stack, a thread that
 * is none of its threads) the stack is that of the addresses, as without it.
 */
#ifndef CONNLEAK_SCRIPTS_H
#define CONNLEAK_SCRIPTS_H

#include <stdbool.h>
#include <stdint.h>

#include "scripts/library.h"

#define SCRIPT_FRAMES_MAX 64u /* options.script_depth is no more */

struct dump_stack;

struct script_frames {
	const struct dump_stack *at; /* the addresses of this stack, as it was unwound */
	uint32_t max;   /* take no more than these */
	uint32_t count;
	uint32_t places[SCRIPT_FRAMES_MAX]; /* innermost first: indices in the pool of places (core/places.h) */
	bool entry[SCRIPT_FRAMES_MAX]; /* the outermost of those that run in one call of the interpreter's loop */
};

/* A runtime is one row in scripts.c. All of it async-signal-safe, lock-free and without a change of errno. */
struct script_runtime {
	const char *name;
	/* A module was seen, under the dynamic linker's lock: is it this interpreter? Then it takes note of what it
	 * needs and says process_interpreter(). Called again in the child of a fork. */
	bool (*found)(const struct library *l);
	/* The frames of the calling thread, now. False: it has none, or they are not to be had. */
	bool (*take)(struct script_frames *to);
	/* Is this return address the interpreter's own? Such frames are left out: the script's stand for them. */
	bool (*owns)(uintptr_t address);
	/* And of these, is it in its loop, which runs the script's frames up to the next `entry`? NULL: all of them
	 * stand where the first one is that it owns. */
	bool (*runs)(uintptr_t address);
	/* The script's frames are the rest of the stack: what an unwinder finds beyond code that was made at run
	 * time, whose frames nobody describes, differs from one time to the next. */
	bool ends;
	/* What it calls the thread that the calling thread is about to make: UTF-8 of `max` bytes at most. How many;
	 * 0: it does not say. NULL: never. */
	uint32_t (*new_thread_name)(uint8_t *to, uint32_t max);
	/* What it calls the calling thread, of whose name the kernel was just told `kernels`, as much as it keeps.
	 * NULL: nothing longer than that. */
	uint32_t (*thread_name)(uint8_t *to, uint32_t max, const char *kernels);
	/* And the task of an event loop that the calling thread runs now; as above. */
	uint32_t (*task_name)(uint8_t *to, uint32_t max);
};

/* In our constructor. */
void scripts_begin(void);

extern const struct script_runtime script_python, script_java, script_node;
extern const struct script_runtime script_ruby, script_php, script_perl;

/* Node's handles are watched from the program's beginning on. In our constructor. */
void node_begin(void);
/* Where PHP is the program itself, the first socket may be made on a fiber's stack. In our constructor. */
void php_begin(void);

#endif
