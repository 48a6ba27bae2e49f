/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Suppressions: findings that somebody has looked at and that do not count, by verdict and stack,
 * as in valgrind:
 *
 *	{
 *	   name
 *	   connleak:leaked            or leaked/abandoned, or drained, ...
 *	   fun:connect_*              function: as it is printed, with its parameters, or mangled
 *	   obj:*libfoo.so*            module
 *	   src:*client.c:12           source file, with or without a line
 *	   ...                        any number of frames
 *	}
 *
 * `*` and `?` are wildcards. Frames are matched from the innermost on; the recorder's own are not
 * there. The first suppression that matches is the one that is said. Knows models, decides no verdict.
 */
#ifndef CONNLEAK_SUPPRESS_H
#define CONNLEAK_SUPPRESS_H

#include <stdbool.h>
#include <stdio.h>

#include "model/model.h"
#include "name/symbol.h"

struct suppressions;

/* Reads the files. NULL: a line on standard error says which file, which line, and what is wrong. */
struct suppressions *suppressions_read(const char *const *files, unsigned count);
void suppressions_free(struct suppressions *s);

/* By index into model.conns: the name of the suppression that matches, or NULL. The caller frees
 * the array; the names live as long as the suppressions. NULL: there are none. */
const char **suppressions_apply(struct suppressions *s, const struct model *m, struct symbols *symbols);

/* The same of a model whose connections are walked: what is suppressed, by verdict and stack, to be asked
 * for each by suppressed_by(); `left`: how many are not suppressed, by verdict. NULL without memory, or
 * with model.why. */
struct suppressed;
struct suppressed *suppressions_walk(struct suppressions *s, struct model *m, struct symbols *symbols,
				     uint64_t left[VERDICT_COUNT]);
const char *suppressed_by(const struct suppressed *s, const struct model_conn *c);
void suppressed_free(struct suppressed *s);

/* Calls `tell` for each, in the order in which they were read: how many findings it has matched so far. */
typedef void suppressions_told(void *data, const char *name, const char *file, unsigned line, uint64_t used);
void suppressions_tell(const struct suppressions *s, suppressions_told *tell, void *data);

/* Prints a suppression for each call site with findings that are not suppressed yet (by index into
 * model.conns, or NULL; or where these are walked). */
void suppressions_generate(const struct model *m, const char *const *suppressed,
			   const struct suppressed *walked, struct symbols *symbols, FILE *to);

#endif
