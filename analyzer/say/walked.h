/* SPDX-License-Identifier: Apache-2.0 */
/* What formats that take connections as they are walked (each.h) say of each, wherever it is. */
#ifndef CONNLEAK_WALKED_H
#define CONNLEAK_WALKED_H

#include "model/each.h"
#include "say/report.h"

/* The name of the suppression that matched this connection, or NULL. */
const char *report_suppressed(const struct report *report, const struct model_conn *c);

/* Ends a walk. If the dump could not be read on, a line on standard error says so; report.broken is set. */
void report_end_each(const struct report *report, struct each *e);

#endif
