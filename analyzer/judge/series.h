/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many sockets were open over the life of the process, in all and by place, and whether a place grows
 * until the end. Wants the places decided; prints nothing.
 */
#ifndef CONNLEAK_SERIES_H
#define CONNLEAK_SERIES_H

#include "model/model.h"

enum growth {
	GROWTH_UNKNOWN, /* too few, too short, or up and down */
	GROWTH_ON,      /* more and more until the end */
	GROWTH_PLATEAU, /* it came to its most early on, and stayed at or below it */
};

struct series {
	uint64_t bucket_ns;
	uint32_t count; /* buckets, from the start of the process (or its first socket) to its end */
	/* The most that were open at once in each. Of a place of several stacks the sum of theirs: at most that. */
	uint64_t open[DUMP_SERIES_CELLS];
	enum growth growth;
};

/* False when the dump does not tell. */
bool series_of_all(const struct model *m, struct series *to);
/* `place` as in model_stack.place. */
bool series_of_place(const struct model *m, uint32_t place, struct series *to);

/* Of numbers in the order of time; for tests. */
enum growth series_growth(const uint64_t *open, uint32_t count);

#endif
