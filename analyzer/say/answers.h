/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked first, in half a sentence: how much leaks, and where most of it. Knows no layout. */
#ifndef CONNLEAK_ANSWERS_H
#define CONNLEAK_ANSWERS_H

#include <stdio.h>

#include "judge/findings.h"
#include "name/symbol.h"

/* "12 connections at 3 places, 10 of them at fetch.py:12 in fetch_profile". Of findings, of which some leak;
 * `skip` by index into model.conns: not NULL, and the connection does not count; NULL: all count. */
void phrase_leaking(FILE *to, const struct model *m, struct symbols *symbols, const struct findings *all,
		    const char *const *skip);

#endif
