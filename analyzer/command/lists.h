/* SPDX-License-Identifier: Apache-2.0 */
/* Values of options that are words out of a list. Each returns -1, or the status to exit with after a line on
 * standard error. Internal to options.c and manual.c. */
#ifndef CONNLEAK_LISTS_H
#define CONNLEAK_LISTS_H

#include "command/options.h"

int lists_fail_on(struct options *o, const char *list);
int lists_sort(struct options *o, const char *name);
/* "leaked", "leaked/undrained", more of them after commas: into view.reasons. */
int lists_verdict(struct options *o, const char *list);
int lists_color(struct options *o, const char *name);

/* Says in one line which of the options that shape a report are of no use for its format. */
void lists_unused(const struct options *o);

/* The words, a line each, for programs: "value", option, word. Separated by tabs. */
void lists_words(FILE *to);

#endif
