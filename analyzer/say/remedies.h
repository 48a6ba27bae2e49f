/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Remedies: what to do about a finding, as the lines of a program. Knows languages and their usual
 * libraries, nothing of a program at hand.
 */
#ifndef CONNLEAK_REMEDIES_H
#define CONNLEAK_REMEDIES_H

#include "model/verdicts.h"

/* Language, its name for people. */
#define REMEDY_LANGUAGES(X)                                                                       \
	X(C, "C")                                                                                 \
	X(PYTHON, "Python")                                                                       \
	X(JAVA, "Java")                                                                           \
	X(NODE, "Node.js")                                                                        \
	X(GO, "Go")                                                                               \
	X(PHP, "PHP")

enum remedy_language {
#define X(name, text) REMEDY_##name,
	REMEDY_LANGUAGES(X)
#undef X
	REMEDY_LANGUAGE_COUNT
};

struct remedy {
	const char *what;                        /* to do, in a sentence */
	const char *code[REMEDY_LANGUAGE_COUNT]; /* lines, each ended by a newline */
};

/* NULL: nothing needs to be done about it. */
const struct remedy *remedy_for(enum verdict v, enum reason r);
/* About a descriptor that is closed twice. */
extern const struct remedy remedy_closed_twice;
const char *remedy_language_name(enum remedy_language language);

#endif
