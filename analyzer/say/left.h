/* SPDX-License-Identifier: Apache-2.0 */
/* What is left open beside connections, or by others: a section of the report for people, internal to it. */
#ifndef CONNLEAK_LEFT_H
#define CONNLEAK_LEFT_H

#include "say/report.h"

/* Is there any? Then it cannot be said that nothing was left behind. */
bool left_any(const struct model *m);
/* Nothing where there is none; `skip` is of view_skip(). */
void put_left(const struct report *r, const struct model *m, const char *const *skip);

#endif
