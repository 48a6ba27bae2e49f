/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The live view. On a terminal it has a screen of its own, as top(1) has, that is left again however
 * it ends; the last picture stays behind. Elsewhere pictures follow one another.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "command/cmd.h"
#include "command/find.h"
#include "command/image.h"
#include "command/options.h"
#include "say/phrases.h"
#include "base/printable.h"
#include "model/verdicts.h"

#define SITES_OTHERWISE 15 /* where no terminal says how many lines there are */
#define HEAD_LINES 5

/* The alternate screen, and no cursor (xterm's control sequences, DEC private modes 1049 and 25). */
#define SCREEN_ENTER "\033[?1049h\033[?25l"
#define SCREEN_LEAVE "\033[?25h\033[?1049l"
#define SCREEN_HOME "\033[H\033[J"

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
	interrupted = number;
}

/* Without SA_RESTART: the pause ends, too. */
static void catch_signals(void)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction action = {.sa_handler = interrupt};

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		sigaction(ends[i], &action, NULL);
}

/* ---- a picture ----------------------------------------------------------------------------------------- */

struct screen {
	bool terminal;
	unsigned lines, columns;
};

static void measure(struct screen *s)
{
	struct winsize size;

	s->lines = HEAD_LINES + SITES_OTHERWISE;
	s->columns = 0; /* as wide as it gets */
	if (s->terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > HEAD_LINES + 1) {
		s->lines = size.ws_row;
		s->columns = size.ws_col;
	}
}

/* One line, cut where the screen ends. */
static void put_line(const struct screen *s, struct prose *p)
{
	unsigned column = 0;
	size_t n = 0, length;

	if (!p->text || fclose(p->text) != 0)
		return;
	while (n < p->size && (!s->columns || column < s->columns)) {
		length = utf8_length((const unsigned char *)p->bytes + n, p->size - n);
		n += length ? length : 1;
		column++;
	}
	fwrite(p->bytes, 1, n, stdout);
	putchar('\n');
	free(p->bytes);
}

static void put_site(const struct screen *screen, const struct model *m, struct symbols *symbols,
		     const struct model_call_site *s)
{
	const uint64_t *of = s->counts.of;
	struct prose p;

	if (!prose_begin(&p))
		return;
	fprintf(p.text, "%9" PRIu64 " %9" PRIu64 " %7" PRIu64 " %7" PRIu64 " %7" PRIu64 " %7" PRIu64 "  ", s->opened,
		counts_closed(&s->counts), s->open_now, of[VERDICT_ACTIVE], of[VERDICT_DRAINED], of[VERDICT_LEAKED]);
	phrase_place(p.text, m, symbols, s->stack);
	put_line(screen, &p);
}

static void put_head(const struct screen *screen, const struct model *m)
{
	const struct model_summary *s = &m->summary;
	const uint64_t *of = s->counts.of;
	struct prose p;

	if (!prose_begin(&p))
		return;
	fprintf(p.text, "connleak: process %u, ", m->process.pid);
	phrase_end(p.text, m);
	fputs(": ", p.text);
	phrase_command(p.text, m);
	put_line(screen, &p);
	if (!prose_begin(&p))
		return;
	fprintf(p.text, "%" PRIu64 " socket%s, %" PRIu64 " closed, %" PRIu64 " active, %" PRIu64 " drained, %" PRIu64
		" leaked; %" PRIu64 " thread%s alive, %" PRIu64 " pinned", s->sockets, plural(s->sockets),
		counts_closed(&s->counts), of[VERDICT_ACTIVE], of[VERDICT_DRAINED], of[VERDICT_LEAKED], s->threads_alive,
		plural(s->threads_alive), s->threads_pinned);
	put_line(screen, &p);
	puts("\n   opened    closed    open  active drained  leaked  where");
}

static void put_picture(const struct screen *screen, const struct model *m)
{
	struct symbols *symbols = symbols_open(m);
	unsigned sites = screen->lines - HEAD_LINES;

	put_head(screen, m);
	for (uint32_t i = 0; i < m->call_site_count && i < sites; i++)
		put_site(screen, m, symbols, &m->call_sites[i]);
	symbols_close(symbols);
	fflush(stdout);
}

/* ---- one after another ---------------------------------------------------------------------------------- */

static void pause_for(double seconds)
{
	struct timespec t = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};

	nanosleep(&t, NULL);
}

/* Leaves the terminal as it was, with the last picture on it. */
static void leave(struct screen *screen, const struct image *last)
{
	if (screen->terminal)
		fputs(SCREEN_LEAVE, stdout);
	if (screen->terminal && last->dump)
		put_picture(screen, &last->model);
	fflush(stdout);
}

static int watch(const char *path, const struct options *o)
{
	struct screen screen = {.terminal = isatty(STDOUT_FILENO)};
	struct image image = {0}, next;
	bool runs = true, readable = true;

	if (!image_open(&next, path, o, NULL))
		return EXIT_TROUBLE;
	image_close(&next);
	catch_signals();
	if (screen.terminal)
		fputs(SCREEN_ENTER, stdout);
	for (unsigned i = 0; runs && !interrupted && !ferror(stdout) && (!o->count || i < o->count); i++) {
		if (i)
			pause_for(o->interval_s);
		readable = image_open(&next, path, o, NULL);
		if (!readable)
			break;
		image_close(&image);
		image = next;
		measure(&screen);
		if (screen.terminal)
			fputs(SCREEN_HOME, stdout);
		else if (i)
			putchar('\n');
		put_picture(&screen, &image.model);
		runs = image.model.process.end == MODEL_END_RUNNING;
	}
	leave(&screen, &image);
	image_close(&image);
	if (!readable && screen.terminal && image_open(&next, path, o, NULL)) /* says it where it can be read */
		image_close(&next);
	return readable ? 0 : EXIT_TROUBLE;
}

int cmd_watch(int argc, char **argv)
{
	struct options o;
	struct paths paths = {NULL, 0};
	int status = options_parse(COMMAND_WATCH, argc, argv, &o);

	if (status >= 0)
		return status;
	if (o.rest + 1 != argc)
		return trouble("watch: name one pid or one dump; try 'connleak watch --help'");
	status = find_argument(&paths, argv[o.rest]);
	if (status < 0 && paths.count != 1)
		status = trouble("%s: watch shows one process; name its dump or its pid", argv[o.rest]);
	if (status < 0)
		status = watch(paths.path[0], &o);
	paths_free(&paths);
	return status;
}
