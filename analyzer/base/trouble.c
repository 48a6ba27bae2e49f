/* SPDX-License-Identifier: Apache-2.0 */
#include "base/trouble.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/progress.h"

/* One line, and nothing that a terminal obeys, whatever names are in it. */
int trouble(const char *format, ...)
{
	char *line = NULL;
	va_list list;

	va_start(list, format);
	if (vasprintf(&line, format, list) < 0)
		line = NULL;
	va_end(list);
	for (char *p = line; p && *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			*p = '?';
	progress_wipe();
	fprintf(stderr, "connleak: %s\n", line ? line : "not enough memory");
	free(line);
	return EXIT_TROUBLE;
}
