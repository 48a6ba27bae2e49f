/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where it was in the program: stacks with their frames, modules and lines of scripts, and what was opened at
 * each place. Part of model.h, which says who fills in what.
 */
#ifndef CONNLEAK_MODEL_STACK_H
#define CONNLEAK_MODEL_STACK_H

#include <stdbool.h>
#include <stdint.h>

#include "connleak/dump.h"
#include "model/verdicts.h"
#include "read/reader.h"

#define MODEL_NONE UINT32_MAX /* an index that points nowhere, of whatever the model has */

struct model_module {
	struct dump_text path;
	uint64_t start, end;
	uint64_t bias; /* address - bias is the address in the ELF file */
	uint8_t build_id[20];
	uint8_t build_id_size; /* 0 unknown */
	uint8_t go_id[20];     /* where only Go's linker left one (DUMP_MODULE_GO_ID) */
	uint8_t go_id_size;
};

struct model_place { /* a line of a script */
	const char *function; /* terminated; NULL unknown */
	const char *file;     /* terminated; NULL unknown */
	int line;             /* 0 unknown */
	enum dump_language language; /* NATIVE: caught while it was written */
};

/* "native", "python", ... */
const char *model_language_name(enum dump_language language);
/* By that name; NATIVE for any other, and for NULL. */
enum dump_language model_language_of(const char *name);

struct model_frame {
	uint64_t address; /* the return address: look up address - 1 for function and line; of a script's: its tag */
	uint64_t offset;  /* in the ELF file's own addresses; equals address without a module */
	uint32_t module;  /* index into model.modules, or MODEL_NONE */
	uint32_t place;   /* index into model.places: a script's, which has no address; or MODEL_NONE */
};

struct model_stack {
	uint32_t id;    /* of the report */
	uint32_t depth; /* 0: a stack that could not be taken */
	const struct model_frame *frames; /* innermost first */
	const struct dump_stack *facts;
	bool used; /* by a connection, a thread or a call site of this model */

	/* decided by place.c */
	uint32_t place, opener; /* from 1 on; 0 unknown */
	uint32_t whole; /* of one that ends too early: index + 1 of one that is the same place; 0: it does not */
};

/* Sockets by verdict: of a process, of a place, of a place without what is suppressed. Those of which only a
 * counter is left are among them. */
struct counts {
	uint64_t of[VERDICT_COUNT];
	uint32_t example; /* index of the connection that shows the worst of them, or MODEL_NONE */
	uint32_t stack;   /* index into model.stacks, who opened that one; or MODEL_NONE */
	enum verdict verdict; /* and the verdict and reason of that one */
	enum reason reason;
	bool one_reason;  /* there are leaked ones, and all have the example's reason */
};
#define COUNTS_NONE ((struct counts){.example = MODEL_NONE, .stack = MODEL_NONE})

/* In time or too early. */
static inline uint64_t counts_closed(const struct counts *c)
{
	return c->of[VERDICT_CLOSED] + c->of[VERDICT_CLOSED_EARLY];
}

#define MODEL_CLOSED_AT_MAX 4

struct model_call_site { /* decided by tally.c */
	uint32_t place; /* all stacks with this model_stack.place; 0: stacks that could not be taken */
	uint32_t stack; /* index into model.stacks: of `counts.example`, or one of them */
	uint32_t stacks; /* how many stacks of this place opened something */
	uint64_t opened, open_now, open_max;
	uint64_t connections; /* of those opened: connected or accepted */
	struct counts counts;

	/* decided by traces.c: indices into model.stacks */
	uint32_t first_used; /* where one of its connections was used first; MODEL_NONE unknown */
	uint32_t closed_at[MODEL_CLOSED_AT_MAX], closed_at_count; /* where the first were closed, in no ending */
};

#endif
