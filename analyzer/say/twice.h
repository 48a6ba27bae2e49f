/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors that were closed twice, with the stacks of both: for people and for programs. */
#ifndef CONNLEAK_SAY_TWICE_H
#define CONNLEAK_SAY_TWICE_H

#include "say/json.h"
#include "say/report.h"

/* A section of the report for people; nothing where there is none. */
void put_twice(const struct report *r, const struct model *m);

/* Of one of them: what happened, and what the number stood for, each in a sentence. */
void phrase_twice(FILE *to, const struct model *m, struct symbols *symbols, const struct model_twice *t);
void phrase_twice_was(FILE *to, const struct model *m, struct symbols *symbols, const struct model_twice *t);
/* Whom it hit, as far as that is known; false: nobody that we know of. */
bool phrase_twice_meant(FILE *to, const struct model_twice *t);
#define TWICE_TITLE "Closed twice: by then the number may be another's, whose connection it ends"
#define TWICE_ADVICE "close a descriptor in one place only, and forget its number there (fd = -1); in your " \
	"language: connleak explain closed-twice"

/* The member "closed_twice", an array. */
void pair_twice(struct json *g, const struct report *r, const struct model *m);

#endif
