/* SPDX-License-Identifier: Apache-2.0 */
/* Members of a JSON object, name and value: what the formats that are JSON have in common. */
#ifndef CONNLEAK_PAIRS_H
#define CONNLEAK_PAIRS_H

#include "model/model.h"
#include "say/json.h"

void pair_null(struct json *g, const char *name);
void pair_integer(struct json *g, const char *name, uint64_t value);
void pair_bool(struct json *g, const char *name, bool value);
/* NULL becomes null. */
void pair_text(struct json *g, const char *name, const char *value);
void pair_view(struct json *g, const char *name, struct dump_text value);
/* CLOCK_REALTIME ns as RFC 3339; 0 becomes null. */
void pair_moment(struct json *g, const char *name, uint64_t wall);

#endif
