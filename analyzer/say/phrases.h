/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What reports for people say, and in which words: shared by the text and the page. Plain text,
 * harmless for a terminal; knows neither layout nor markup.
 */
#ifndef CONNLEAK_PHRASES_H
#define CONNLEAK_PHRASES_H

#include <stdbool.h>
#include <stdio.h>

#include "judge/findings.h"
#include "judge/pace.h"
#include "model/verdicts.h"
#include "model/model.h"
#include "name/symbol.h"

/* "s", or "" for one. */
const char *plural(uint64_t n);
/* What a place opened: "connection", or "socket" where not all of them became one. */
const char *phrase_opened(const struct model_call_site *s);
/* "12.3 s", "4.5 min", "2.0 h", "3.5 days" */
void put_duration(FILE *to, double seconds);
/* "./server --port 80", cut when it is long. "(nobody saw which program)" */
void phrase_command(FILE *to, const struct model *m);
/* "exited with 0 after 1.0 s" */
void phrase_end(FILE *to, const struct model *m);
/* "to 127.0.0.1:80 (example.org)", "from ...", "at ..." */
void put_where(FILE *to, const struct model *m, const struct model_conn *c);
/* "function (file:line)" or "function (module+0x123)" of the first frame that has a source, else
 * of the first one; "an unknown place". */
void phrase_place(FILE *to, const struct model *m, struct symbols *symbols, uint32_t stack);
/* The same, to be freed; NULL without memory. */
char *phrase_place_text(const struct model *m, struct symbols *symbols, uint32_t stack);
/* The same for people: "fetch.py:12 in fetch_profile", "connect_to in libfoo.so"; "an unknown place". */
void phrase_spot(FILE *to, const struct model *m, struct symbols *symbols, uint32_t stack);
/* "opened 6 connections and closed 2", "opened 6 sockets, 5 of them connected, and closed 2" */
void phrase_counts(FILE *to, const struct model *m, const struct finding *f);
/* "framing: 10 of 300 bytes of the body were read; ..." */
void phrase_evidence(FILE *to, const struct model_conn *c);
/* "kept-alive, 6 requests, reused 5 times" */
void phrase_use(FILE *to, const struct model_conn *c);
/* "how fast: 26 in 20.1 s, 1.3 a second; at this rate the limit of 1,024 ..."; false: nobody can tell. */
bool phrase_pace(FILE *to, const struct model *m, const struct pace *pace);
/* The same in little room: "leaking 1.3 a second, 26 so far; out of descriptors (1,024) in 12.5 min" */
bool phrase_pace_short(FILE *to, const struct model *m, const struct pace *pace);
/* What to do about a leaked connection of this reason; NULL: nothing in particular. */
const char *phrase_advice(enum reason r);
/* The same as it fits this connection: who was never asked for anything, or speaks what nobody
 * follows, may have been refused. */
const char *phrase_advice_for(const struct model_conn *c);

#endif
