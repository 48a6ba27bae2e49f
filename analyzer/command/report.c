/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "command/cmd.h"
#include "command/find.h"
#include "command/image.h"
#include "command/options.h"
#include "command/order.h"
#include "base/progress.h"

/* Reads all of them; a damaged one costs the status, not the others. */
static int read_all(const struct paths *paths, const struct options *o, struct suppressions *s,
		    struct images *all)
{
	int status = 0;

	all->image = calloc(paths->count + 1, sizeof *all->image);
	for (size_t i = 0; all->image && i < paths->count; i++) {
		progress("reading", paths->path[i]);
		if (image_open_to_report(&all->image[all->count], paths->path[i], o, s))
			all->count++;
		else
			status = EXIT_TROUBLE;
	}
	return status;
}

static int report(const struct paths *paths, const struct options *o)
{
	struct suppressions *s = suppressions_read(o->suppressions, o->suppression_count);
	struct images all = {NULL, 0, NULL};
	int status;

	if (!s)
		return EXIT_TROUBLE;
	all.suppressions = s;
	status = read_all(paths, o, s, &all);
	images_sort(&all, 0);
	images_join(&all);
	if (!all.count)
		progress_end();
	else if (!images_report(&all, o, stdout, false))
		status = EXIT_TROUBLE;
	if (!status && images_failed(&all, o))
		status = EXIT_LEAKS;
	for (size_t i = 0; i < all.count; i++)
		image_close(&all.image[i]);
	free(all.image);
	suppressions_free(s);
	return status;
}

int cmd_report(int argc, char **argv)
{
	struct options o;
	struct paths paths = {NULL, 0};
	int status = options_parse(COMMAND_REPORT, argc, argv, &o), wrong = 0;

	if (status >= 0)
		return status;
	if (o.rest == argc)
		return trouble("report: no dump, folder or pid is named; try 'connleak report --help'");
	for (int i = o.rest; i < argc; i++)
		if (find_argument(&paths, argv[i]) >= 0)
			wrong = EXIT_TROUBLE;
	status = paths.count ? report(&paths, &o) : EXIT_TROUBLE;
	paths_free(&paths);
	return wrong ? wrong : status;
}
