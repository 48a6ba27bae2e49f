/* SPDX-License-Identifier: Apache-2.0 */
/* The sections of the report for people, in their order. Internal to it: each prints nothing where there is
 * nothing to say. `skip` is of view_skip(): what is not to be shown, by index into model.conns. */
#ifndef CONNLEAK_TEXT_H
#define CONNLEAK_TEXT_H

#include "judge/findings.h"
#include "say/report.h"

/* Is it leaking, where, how fast, how long until there are no descriptors left. */
void put_answers(const struct report *r, const struct model *m, const struct findings *all,
		 const char *const *skip);
/* Of several images: does one that was reported before leak at the same places, for the same reasons? Its
 * pid, or 0; the next ones are compared with this one, too. */
uint32_t text_same_as(const struct report *r, const struct model *m, const struct findings *all);
/* The places that leak, in full. */
void put_leaks(const struct report *r, const struct model *m, const struct findings *all,
	       const char *const *skip);
/* A stack (an index into model.stacks), folded unless all is asked for. */
void put_frames(const struct report *r, const struct model *m, uint32_t stack);
/* Of one of them: where its connections are first used, and where those are closed that are. */
void put_lost(const struct report *r, const struct model *m, const struct finding *f);
/* Of a connection: which task of an event loop opened it, where one did. */
void put_task(const struct report *r, const struct model_conn *c);
/* Of a connection in whose stack no line is the user's: a client of the runtime's may dial on a thread of its
 * own (java.net.http). Which line of his made that thread, or the one that made it. */
void put_starter(const struct report *r, const struct model *m, const struct model_conn *c);
/* Of a connection: which thread used it last, and when. */
void put_last_use(const struct report *r, const struct model *m, const struct model_conn *c);
/* Connections of one verdict, a line for each place. */
void put_places(const struct report *r, const struct model *m, const char *const *skip, enum verdict v);
/* How many were suppressed, and by what; with -v, which suppressions matched nothing in all the images. */
void put_suppressed(const struct report *r, const struct model *m);
void put_unused_suppressions(const struct report *r);

/* Has a process nothing to say? Nothing was left behind in it, and nothing missed. */
bool text_quiet(const struct model *m);
/* "12 sockets, 10 connections: 8 closed, 2 LEAKED" */
void put_sockets(const struct report *r, FILE *to, const struct model *m);

#endif
