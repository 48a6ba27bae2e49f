/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Too many open files, or nearly: when, who was refused, and who held the descriptors just then.
 * For people and for programs.
 */
#ifndef CONNLEAK_SAY_EXHAUSTED_H
#define CONNLEAK_SAY_EXHAUSTED_H

#include "say/json.h"
#include "say/report.h"

#define EXHAUSTED_ADVICE \
	"close what the place that holds most of them leaves open; " \
	"where all of them are needed, raise the limit (ulimit -n)"

/* The first finding of the report; nothing where there is none. */
void put_exhausted(const struct report *r, const struct model *m);

/* "12.3 s after the start the program ran into ...", in a sentence, for other formats. False: nothing. */
bool phrase_exhausted(FILE *to, const struct model *m);

/* Where somebody would look who was told of it: the place that held most descriptors just then, else the one
 * that once had most open; an index into model.stacks, or MODEL_NONE. */
uint32_t exhausted_stack(const struct model *m);

/* The member "exhaustion"; null where the limit is far. */
void pair_exhaustion(struct json *g, const struct report *r, const struct model *m);

#endif
