/* SPDX-License-Identifier: Apache-2.0 */
#include "say/pairs.h"

#include <time.h>

void pair_null(struct json *g, const char *name)
{
	json_name(g, name);
	json_null(g);
}

void pair_integer(struct json *g, const char *name, uint64_t value)
{
	json_name(g, name);
	json_integer(g, (int64_t)value);
}

void pair_bool(struct json *g, const char *name, bool value)
{
	json_name(g, name);
	json_bool(g, value);
}

void pair_text(struct json *g, const char *name, const char *value)
{
	json_name(g, name);
	if (value)
		json_text(g, value, strlen(value));
	else
		json_null(g);
}

void pair_view(struct json *g, const char *name, struct dump_text value)
{
	json_name(g, name);
	if (value.bytes)
		json_text(g, value.bytes, value.size);
	else
		json_null(g);
}

void pair_moment(struct json *g, const char *name, uint64_t wall)
{
	char moment[64] = "";
	time_t at = (time_t)(wall / 1000000000u);
	struct tm tm;
	size_t n;

	if (!wall) {
		pair_null(g, name);
		return;
	}
	gmtime_r(&at, &tm);
	n = strftime(moment, sizeof moment, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(moment + n, sizeof moment - n, ".%06uZ", (unsigned)(wall % 1000000000u / 1000u));
	pair_text(g, name, moment);
}
