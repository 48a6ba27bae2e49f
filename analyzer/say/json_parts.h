/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report as JSON in its parts, each in a file of its own: the process (json_report.c), connections, and
 * where they were opened; and what these have in common. For these files only.
 */
#ifndef CONNLEAK_JSON_PARTS_H
#define CONNLEAK_JSON_PARTS_H

#include "say/pairs.h"
#include "say/report.h"

/* Ids begin at 1: 0 is nobody. */
void json_id(struct json *g, const char *name, uint64_t id);
/* CLOCK_MONOTONIC ns as seconds since the process began; null: never. */
void json_time(struct json *g, const char *name, const struct model *m, uint64_t mono);
/* By the id that it has in "stacks"; null where it is MODEL_NONE. */
void json_stack(struct json *g, const char *name, const struct model *m, uint32_t stack);

/* The elements of "connections" (json_connections.c), and how many are none of --verdict and --peer. */
uint64_t json_connections(struct json *g, const struct report *r, const struct model *m);
/* Members of the report: "stacks" and "call_sites" (json_places.c). */
void json_stacks(struct json *g, const struct report *r, const struct model *m);
void json_call_sites(struct json *g, const struct report *r, const struct model *m);

#endif
