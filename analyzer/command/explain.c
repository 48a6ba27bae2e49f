/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/printable.h"
#include "command/cmd.h"
#include "command/image.h"
#include "command/options.h"
#include "say/remedies.h"

static void put_code(const char *code)
{
	for (const char *line = code; *line;) {
		size_t n = strcspn(line, "\n");

		printf("    %.*s\n", (int)n, line);
		line += n + (line[n] == '\n');
	}
}

/* "  name: text." */
static void put_wrapped(const char *name, const char *text, unsigned rest)
{
	struct prose p;

	if (!prose_begin(&p))
		return;
	fprintf(p.text, name ? "%s: %s." : "%s%s", name ? name : "", text);
	prose_end(&p, stdout, image_width(stdout), 2, rest);
}

static void put_remedy(const struct remedy *remedy)
{
	puts("\nWhat to do\n");
	put_wrapped(NULL, remedy->what, 2);
	for (int i = 0; i < REMEDY_LANGUAGE_COUNT; i++) {
		printf("\n  %s\n", remedy_language_name((enum remedy_language)i));
		put_code(remedy->code[i]);
	}
}

static void explain(enum verdict v, enum reason r)
{
	const struct remedy *remedy = remedy_for(v, r);

	printf("%s/%s\n\n", verdict_name(v), reason_name(r));
	put_wrapped(verdict_name(v), verdict_help(v), 4);
	put_wrapped(reason_name(r), reason_help(r), 4);
	if (remedy)
		put_remedy(remedy);
	else if (v == VERDICT_OPEN && r != REASON_PASSED_ON)
		puts("\nOne does no harm. A place that goes on making them runs out of descriptors: close each that is\n"
		     "needed no more, of a pair both ends, and what was received or inherited, too.");
	else
		puts("\nNothing needs to be done about it.");
}

/* The one finding that is no verdict. */
#define TWICE "closed-twice"
#define TWICE_HELP \
	"a descriptor that was a socket when it was last seen was closed, and closed again: close said EBADF"

static int explain_twice(void)
{
	puts(TWICE "\n");
	put_wrapped(NULL, TWICE_HELP ".", 2);
	put_remedy(&remedy_closed_twice);
	return 0;
}

static int list(void)
{
	for (int v = 0; v < VERDICT_COUNT; v++)
		for (int r = 0; r < REASON_COUNT; r++)
			if (reason_explains((enum reason)r, (enum verdict)v))
				printf("%s/%s\n    %s\n", verdict_name((enum verdict)v), reason_name((enum reason)r),
				       reason_help((enum reason)r));
	puts(TWICE "\n    " TWICE_HELP);
	return 0;
}

/* "leaked/undrained", or "undrained" of the worst verdict that it may explain. */
static int named(const char *name)
{
	static const enum verdict worst_first[] = {
		VERDICT_LEAKED, VERDICT_CLOSED_EARLY, VERDICT_DRAINED, VERDICT_ACTIVE,
		VERDICT_OPEN, VERDICT_LISTENING, VERDICT_CLOSED};
	_Static_assert(sizeof worst_first / sizeof *worst_first == VERDICT_COUNT, "each of them is somewhere");
	const char *slash = strchr(name, '/'), *reason = slash ? slash + 1 : name;

	if (strcmp(name, TWICE) == 0)
		return explain_twice();
	for (size_t i = 0; i < sizeof worst_first / sizeof *worst_first; i++)
		for (int r = 0; r < REASON_COUNT; r++) {
			const char *verdict = verdict_name(worst_first[i]);

			if (strcmp(reason, reason_name((enum reason)r)) != 0 ||
			    !reason_explains((enum reason)r, worst_first[i]) ||
			    (slash && (strlen(verdict) != (size_t)(slash - name) || strncmp(name, verdict, strlen(verdict)) != 0)))
				continue;
			explain(worst_first[i], (enum reason)r);
			return 0;
		}
	return trouble("explain: '%s': no such verdict and reason; 'connleak explain' lists them", name);
}

int cmd_explain(int argc, char **argv)
{
	struct options o;
	int status = options_parse(COMMAND_EXPLAIN, argc, argv, &o);

	if (status >= 0)
		return status;
	if (argc - o.rest > 1)
		return trouble("explain: one verdict and reason at a time; try 'connleak explain leaked/undrained'");
	return o.rest == argc ? list() : named(argv[o.rest]);
}
