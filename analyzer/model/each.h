/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each connection of a model, ascending by id: those in memory, or one at a time from a dump that is
 * walked, in memory that does not grow with their number. As far as anything is decided of it when it is
 * met, it is.
 *
 *	struct each e;
 *
 *	each_begin(&e, m);
 *	for (struct model_conn *c; (c = each_next(&e));)
 *		...
 *	return each_end(&e, m->why);
 */
#ifndef CONNLEAK_EACH_H
#define CONNLEAK_EACH_H

#include "model/model.h"

struct each_side { /* a pool that has something of some of them */
	struct dump_walk *walk;
	const void *item; /* the next one; NULL: no more */
};

#define EACH_ASKED 32

struct each_asked { /* what the kernel was asked of one that is open, of a running process */
	uint32_t index;
	struct model_kernel kernel;
};

struct each {
	const struct model *m;
	uint32_t at, named;
	uint64_t last; /* id */
	struct dump_walk *conns;
	struct each_side streams, kernel, closes, tasks;
	struct model_conn conn;
	struct dump_streams conn_streams;
	struct dump_task conn_task;
	struct each_asked asked[EACH_ASKED]; /* some of model.asked */
	uint32_t asked_at, asked_end, asked_next; /* in `asked`; which one comes behind these */
	bool failed;
	char why[DUMP_WHY_MAX];
};

void each_begin(struct each *e, const struct model *m);
/* Valid until the next call, but for those in memory. NULL: no more, or it failed. */
struct model_conn *each_next(struct each *e);
/* Of the last one: its slot in the dump, for dump_again_open(). */
uint32_t each_slot(const struct each *e, const struct model_conn *c);
/* May come before the last one. False: the dump could not be read on, and `why` says so; or "": there was
 * no memory. */
bool each_end(struct each *e, char why[DUMP_WHY_MAX]);

#endif
