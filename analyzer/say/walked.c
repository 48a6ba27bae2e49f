/* SPDX-License-Identifier: Apache-2.0 */
#include "say/walked.h"

#include "base/trouble.h"
#include "judge/suppress.h"

const char *report_suppressed(const struct report *report, const struct model_conn *c)
{
	if (report->walked)
		return suppressed_by(report->walked, c);
	return report->suppressed ? report->suppressed[c->index] : NULL;
}

void report_end_each(const struct report *report, struct each *e)
{
	char why[DUMP_WHY_MAX] = "not enough memory";

	if (each_end(e, why))
		return;
	trouble("%s", why);
	if (report->broken)
		*report->broken = true;
}
