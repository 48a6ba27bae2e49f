/* SPDX-License-Identifier: Apache-2.0 */
/* What verdicts, reasons and evidence are called, out of their tables. */
#include "model/verdicts.h"

#include <string.h>

#define NAMES(list, type, function)                                                               \
	const char *function##_name(type v)                                                       \
	{                                                                                         \
		static const char *const names[] = {list(NAME)};                                  \
                                                                                                  \
		return names[v];                                                                  \
	}                                                                                         \
	const char *function##_help(type v)                                                       \
	{                                                                                         \
		static const char *const texts[] = {list(HELP)};                                  \
                                                                                                  \
		return texts[v];                                                                  \
	}
#define NAME(name, text, ...) text,
#define HELP(name, text, help) help,
NAMES(VERDICTS, enum verdict, verdict)
NAMES(EVIDENCES, enum evidence, evidence)
#undef HELP
#define HELP(name, text, verdicts, help) help,
NAMES(REASONS, enum reason, reason)

bool reason_explains(enum reason r, enum verdict v)
{
	static const unsigned bits[] = {
#define X(name, text, verdicts, help) verdicts,
		REASONS(X)
#undef X
	};

	return bits[r] & 1u << v;
}

int verdict_by_name(const char *name, size_t size)
{
	for (int v = 0; v < VERDICT_COUNT; v++)
		if (strlen(verdict_name((enum verdict)v)) == size &&
		    memcmp(verdict_name((enum verdict)v), name, size) == 0)
			return v;
	return -1;
}
