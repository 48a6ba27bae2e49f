/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast a process leaks, and when it will have used up its descriptors. Wants the verdicts decided; knows
 * no words.
 */
#ifndef CONNLEAK_PACE_H
#define CONNLEAK_PACE_H

#include <stdbool.h>

#include "model/model.h"

#define PACE_MIN 3 /* fewer tell nothing of how fast */

struct pace {
	uint64_t leaked;   /* of those that are listed, suppressed ones left out */
	double span_s;     /* from the opening of the first of them to that of the last */
	double quiet_s;    /* from there to the end of the process, or to now */
	bool known;        /* there are PACE_MIN, and time went by: the rest is valid */
	bool goes_on;      /* the last one is not long ago, as intervals between them go */
	double per_s;      /* leaks a second, while they went on */
	double to_limit_s; /* with goes_on: from the first of them, or of a process that runs from now, until
	                      RLIMIT_NOFILE; negative: there is none, or nobody knows */
};

/* `skip` by index into model.conns: not NULL, and the connection does not count; NULL: all count. */
struct pace pace_of(const struct model *m, const char *const *skip);

#endif
