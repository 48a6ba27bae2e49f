/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many were open over time: a line of bars for people, numbers for programs.
 */
#ifndef CONNLEAK_OVERTIME_H
#define CONNLEAK_OVERTIME_H

#include "judge/series.h"
#include "say/json.h"
#include "say/report.h"

/* "open over time, 2.1 s: ▁▂▃▅▇ 6 at most; it grows until the end", indented; nothing where nothing is known.
 * In ASCII where the locale is not UTF-8. */
void put_over_time_of_all(const struct report *r, const struct model *m, unsigned indent);
void put_over_time_of_site(const struct report *r, const struct model *m, uint32_t site, unsigned indent);

/* The bars alone, `columns` of them at most: the rest of the report is not asked for. */
void put_bars(FILE *to, const struct series *s, unsigned columns);

/* The member "over_time" of an object: bucket_s, open, growing (null: neither way); null where nothing is
 * known. `place` as in model_stack.place. */
void pair_over_time_of_all(struct json *g, const struct model *m);
void pair_over_time_of_place(struct json *g, const struct model *m, uint32_t place);

#endif
