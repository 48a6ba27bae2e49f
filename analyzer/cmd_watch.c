/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "find.h"
#include "frames.h"
#include "image.h"
#include "options.h"
#include "verdict.h"

#define SITES_MAX 15

static void put_site(const struct model *m, struct symbols *symbols, const struct model_call_site *s)
{
	struct frame_text frames[FRAMES_TEXT_MAX];
	unsigned n = frames_of(m, symbols, s->stack, frames), at = 0;

	while (at + 1 < n && !frames[at].file) /* the first frame that has a source, if any */
		at++;
	if (n && !frames[at].file)
		at = 0;
	printf("%9" PRIu64 " %9" PRIu64 " %7" PRIu64 " %7" PRIu64 " %7" PRIu64 "  %s", s->opened,
	       s->closed + s->closed_early, s->open_now, s->drained, s->leaked,
	       n && frames[at].function ? frames[at].function : "(no stack)");
	if (n && frames[at].file)
		printf(" (%s:%d)", frames[at].file, frames[at].line);
	putchar('\n');
}

static void put_picture(const struct model *m, bool clear)
{
	struct symbols *symbols = symbols_open(m);
	const struct model_summary *s = &m->summary;
	double seconds = 0;

	model_seconds(m, m->process.ended_mono, &seconds);
	printf("%sconnleak: process %u, %s, %.0f s\n", clear ? "\033[H\033[J" : "", m->process.pid,
	       model_end_name(m->process.end), seconds);
	printf("%" PRIu64 " sockets, %" PRIu64 " closed, %" PRIu64 " active, %" PRIu64 " drained, %" PRIu64
	       " leaked; %" PRIu64 " threads alive, %" PRIu64 " pinned\n",
	       s->sockets, s->closed + s->closed_early, s->active, s->drained, s->leaked, s->threads_alive,
	       s->threads_pinned);
	printf("   opened    closed    open drained  leaked  where\n");
	for (uint32_t i = 0; i < m->call_site_count && i < SITES_MAX; i++)
		put_site(m, symbols, &m->call_sites[i]);
	symbols_close(symbols);
	fflush(stdout);
}

static void pause_for(double seconds)
{
	struct timespec t = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};

	nanosleep(&t, NULL);
}

int cmd_watch(int argc, char **argv)
{
	struct options o;
	struct paths paths = {NULL, 0};
	int status = options_parse(COMMAND_WATCH, argc, argv, &o);
	bool tty = isatty(STDOUT_FILENO), runs = true;

	if (status >= 0)
		return status;
	if (o.rest + 1 != argc)
		return trouble("watch: name one pid or one dump; try 'connleak watch --help'");
	status = find_argument(&paths, argv[o.rest]);
	if (status < 0)
		status = 0;
	for (unsigned i = 0; !status && runs && (!o.count || i < o.count); i++) {
		struct image image;

		if (i)
			pause_for(o.interval_s);
		if (!image_open(&image, paths.path[0], &o, NULL)) {
			status = EXIT_TROUBLE;
			break;
		}
		put_picture(&image.model, tty);
		runs = image.model.process.end == MODEL_END_RUNNING;
		image_close(&image);
	}
	paths_free(&paths);
	return status;
}
