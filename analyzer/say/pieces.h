/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the report for people share: its colours, its threads. Internal to it. */
#ifndef CONNLEAK_REPORT_PIECES_H
#define CONNLEAK_REPORT_PIECES_H

#include "say/phrases.h"
#include "base/printable.h"
#include "say/report.h"

#define BOLD "\033[1m"
#define RED "\033[31m"
#define YELLOW "\033[33m"
#define GREEN "\033[32m"
#define PLAIN "\033[0m"

/* The code, or nothing where the report is not coloured. */
const char *colour(const struct report *r, const char *code);
/* A section's heading, after an empty line. */
void put_title(const struct report *r, const char *title);
/* Is it the section's `n`th (from 0 on), and one too many of what the reader asked for? */
bool beyond_top(const struct report *r, uint64_t n);
/* "... and 7 more places; --top 0 shows all" */
void put_more(const struct report *r, uint64_t more, const char *what);
/* In half a line: the threads that connections of this call site pin (an index, MODEL_NONE those of unknown
 * places), or the one connection does. */
void put_pinned_by_site(const struct report *r, const struct model *m, uint32_t site);
void put_pinned_by_connection(const struct report *r, const struct model *m, uint64_t id);
/* The dump of all threads that have to do with connections. */
void put_threads(const struct report *r, const struct model *m);

#endif
