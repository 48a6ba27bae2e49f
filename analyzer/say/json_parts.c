/* SPDX-License-Identifier: Apache-2.0 */
#include "say/json_parts.h"

#include <inttypes.h>

void json_id(struct json *g, const char *name, uint64_t id)
{
	if (id)
		pair_integer(g, name, id);
	else
		pair_null(g, name);
}

void json_time(struct json *g, const char *name, const struct model *m, uint64_t mono)
{
	double s;

	json_name(g, name);
	if (model_seconds(m, mono, &s))
		json_seconds(g, s);
	else
		json_null(g);
}

void json_stack(struct json *g, const char *name, const struct model *m, uint32_t stack)
{
	char id[16];

	if (stack == MODEL_NONE) {
		pair_null(g, name);
		return;
	}
	snprintf(id, sizeof id, "%" PRIu32, m->stacks[stack].id);
	pair_text(g, name, id);
}
