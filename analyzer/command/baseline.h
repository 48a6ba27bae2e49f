/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The leaks of a run, by place, as far as another run of another build can be compared with them:
 * from dumps, or from a JSON report that is kept in a repository. Knows no verdict rules.
 */
#ifndef CONNLEAK_BASELINE_H
#define CONNLEAK_BASELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "command/options.h"
#include "judge/suppress.h"

struct leak {
	char *key;    /* functions and files from the place outwards: no address, no line, no folder */
	char *place;  /* for people */
	char *frames; /* for people, a line each */
	char *reason; /* of the first of them */
	int line;     /* of the place; 0 unknown */
	uint64_t leaked;
	const struct leak *match; /* for who compares: the same place in the other run, or NULL */
};

struct baseline {
	struct leak *leak;
	size_t count;
};

/* Adds what an argument of the user stands for: a dump, a folder, a pid, or a report in JSON. -1, or
 * an exit status after a line on standard error. */
int baseline_read(struct baseline *b, const char *argument, const struct options *o, struct suppressions *s);
void baseline_free(struct baseline *b);

/* Gives each leak of both its match in the other. A place is the same when its functions are; where a
 * function leaks at more lines than before, the nearest lines are the same and the others are new. */
void baseline_match(struct baseline *a, struct baseline *b);

#endif
