/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "base/progress.h"
#include "command/baseline.h"
#include "command/cmd.h"
#include "command/image.h"
#include "say/pairs.h"

/* ---- saying it --------------------------------------------------------------------------------------- */

static size_t unmatched(const struct baseline *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->count; i++)
		n += !b->leak[i].match;
	return n;
}

static const char *places(size_t n)
{
	return n == 1 ? "place" : "places";
}

static void put_text(FILE *to, const struct baseline *old, const struct baseline *new)
{
	size_t come = unmatched(new), gone = unmatched(old);

	for (size_t i = 0; i < new->count; i++) {
		const struct leak *l = &new->leak[i];

		if (!l->match)
			fprintf(to, "new: %s: %s leaked, %s\n%s\n", l->place, NUMBER(l->leaked), l->reason, l->frames);
	}
	for (size_t i = 0; i < new->count; i++)
		if (new->leak[i].match)
			fprintf(to, "still: %s: %s leaked, %s before\n", new->leak[i].place, NUMBER(new->leak[i].leaked),
				NUMBER(new->leak[i].match->leaked));
	for (size_t i = 0; i < old->count; i++)
		if (!old->leak[i].match)
			fprintf(to, "gone: %s: %s leaked before\n", old->leak[i].place, NUMBER(old->leak[i].leaked));
	fprintf(to, "%s new %s that leak%s, %s as before, %s gone\n", NUMBER(come), places(come),
		come == 1 ? "s" : "", NUMBER(new->count - come), NUMBER(gone));
}

static void put_list(struct json *g, const char *name, const struct baseline *b, bool matched)
{
	json_name(g, name);
	json_open(g, '[');
	for (size_t i = 0; i < b->count; i++) {
		const struct leak *l = &b->leak[i];

		if (!l->match == matched)
			continue;
		json_open(g, '{');
		pair_text(g, "place", l->place);
		pair_text(g, "reason", l->reason);
		pair_integer(g, "leaked", l->leaked);
		if (matched)
			pair_integer(g, "leaked_before", l->match->leaked);
		json_close(g, '}');
	}
	json_close(g, ']');
}

static void put_json(FILE *to, const struct baseline *old, const struct baseline *new)
{
	static struct json buffer;

	json_begin(&buffer, to);
	json_open(&buffer, '{');
	pair_text(&buffer, "schema", "connleak-diff/1");
	put_list(&buffer, "new", new, false);
	put_list(&buffer, "still", new, true);
	put_list(&buffer, "gone", old, false);
	json_close(&buffer, '}');
	json_flush(&buffer);
	fputc('\n', to);
}

static int print(const struct options *o, const struct baseline *old, const struct baseline *new)
{
	FILE *to = o->report_file ? fopen(o->report_file, "we") : stdout;
	bool written;

	if (!to)
		return image_cannot_write(o, "standard output");
	if (strcmp(o->format->name, "json") == 0)
		put_json(to, old, new);
	else
		put_text(to, old, new);
	written = fflush(to) == 0 && !ferror(to);
	if (to != stdout)
		written = fclose(to) == 0 && written;
	if (!written)
		return image_cannot_write(o, "standard output");
	return unmatched(new) ? EXIT_LEAKS : 0;
}

/* ---- the command --------------------------------------------------------------------------------------- */

static int diff(char *const paths[2], const struct options *o)
{
	struct suppressions *s = suppressions_read(o->suppressions, o->suppression_count);
	struct baseline old = {NULL, 0}, new = {NULL, 0};
	int status = s ? -1 : EXIT_TROUBLE;

	if (status < 0)
		status = baseline_read(&old, paths[0], o, s);
	if (status < 0)
		status = baseline_read(&new, paths[1], o, s);
	progress_end();
	if (status < 0) {
		baseline_match(&old, &new);
		status = print(o, &old, &new);
	}
	baseline_free(&old);
	baseline_free(&new);
	suppressions_free(s);
	return status;
}

int cmd_diff(int argc, char **argv)
{
	struct options o;
	int status = options_parse(COMMAND_DIFF, argc, argv, &o);

	if (status >= 0)
		return status;
	if (argc - o.rest != 2)
		return trouble("diff: needs two of dump, folder, pid or JSON report, the old one first; try 'connleak diff "
			       "--help'");
	if (strcmp(o.format->name, "text") != 0 && strcmp(o.format->name, "json") != 0)
		return trouble("--format: '%s': no format of a difference; use text or json", o.format->name);
	return diff(argv + o.rest, &o);
}
