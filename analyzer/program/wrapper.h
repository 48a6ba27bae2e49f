/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that are there to run another one: env, nice, nohup, timeout, ... Which one that will be
 * is in their arguments. Reads words, runs nothing; what it cannot follow it does not guess at.
 */
#ifndef CONNLEAK_WRAPPER_H
#define CONNLEAK_WRAPPER_H

#include <stdbool.h>

struct wrapped {
	char **argv;       /* the program and its arguments: a part of the wrapper's */
	bool other_path;   /* it may be looked for elsewhere than in our PATH */
	bool other_folder; /* a relative name begins elsewhere than here */
	bool no_preload;   /* LD_PRELOAD does not reach it */
};

/* What `argv`, which ends with NULL, is a wrapper of. False: of nothing, or nobody can tell. */
bool wrapper_look(char **argv, struct wrapped *w);

#endif
