/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places: which opening stacks are one and the same to a person who looks at them. It knows frames,
 * modules and their symbols, no connections and no verdicts.
 *
 * A frame is the function and the line, where both are known (an unrolled loop has several return
 * addresses on one line), else the address. Two ways of looking are written into each stack:
 *
 *  place   the same frames all the way: one call site. Of a library's frames between the program's own line
 *          and what makes the socket nothing is asked: it may come there by more than one way
 *  opener  the same function opens: the place where a library is entered, or where the program itself calls
 *          socket(), however it was come to. A library that abandons what it opens does so for each of the
 *          program's lines; one that hands it out does not: three clients made by three lines are three.
 */
#ifndef CONNLEAK_PLACE_H
#define CONNLEAK_PLACE_H

#include "model/model.h"
#include "name/symbol.h"

/* Of a stack that could not be taken; others are numbered from 1 on. */
#define PLACE_UNKNOWN 0

/* Writes model_stack.place, .opener and .whole (place_made.h). `symbols` may be NULL: then each address is a
 * line of its own. False only without memory. */
bool place_decide(struct model *m, struct symbols *symbols);

#endif
