/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The live view. On a terminal it has a screen of its own (watch_screen.h), that is left again however it
 * ends; the last picture stays behind. Elsewhere pictures follow one another.
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
#include "command/screen.h"
#include "command/watch_screen.h"
#include "say/phrases.h"
#include "base/printable.h"
#include "model/verdicts.h"

#define HEAD_LINES 5

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

	s->lines = 0; /* where no terminal says how many there are */
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
	phrase_spot(p.text, m, symbols, s->stack);
	put_line(screen, &p);
}

/* Takes the text. */
static void put_text(const struct screen *screen, char *text)
{
	struct prose p;

	if (text && prose_begin(&p)) {
		fputs(text, p.text);
		put_line(screen, &p);
	}
	free(text);
}

static void put_head(const struct screen *screen, const struct model *m)
{
	put_text(screen, watch_head_process(m));
	put_text(screen, watch_head_sockets(m));
	put_text(screen, watch_head_pace(m));
	puts("\n   opened    closed    open  active drained  leaked  where");
}

static void put_picture(const struct screen *screen, const struct model *m, const struct view *view)
{
	struct symbols *symbols = symbols_open(m);
	uint32_t *sites = calloc(m->call_site_count + 1ul, sizeof *sites);
	uint32_t n = sites ? view_sites(view, m, sites) : 0;
	uint32_t room = screen->lines ? screen->lines - HEAD_LINES : view->top ? view->top : n;

	put_head(screen, m);
	for (uint32_t i = 0; i < n && i < room; i++)
		put_site(screen, m, symbols, &m->call_sites[sites[i]]);
	if (n > room && !screen->lines)
		printf("  ... and %s more place%s; --top 0 shows all\n", NUMBER(n - room), plural(n - room));
	symbols_close(symbols);
	free(sites);
	fflush(stdout);
}

/* ---- one after another --------------------------------------------------------------------------------- */

static void pause_for(double seconds)
{
	struct timespec t = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};

	nanosleep(&t, NULL);
}

static bool runs(const struct image *i)
{
	return i->model.process.end == MODEL_END_RUNNING;
}

static bool pictures(const char *path, const struct options *o, struct image *last)
{
	struct screen screen = {.terminal = isatty(STDOUT_FILENO)};
	struct image next;

	for (unsigned i = 0; !interrupted && !ferror(stdout) && (!o->count || i < o->count) && (!i || runs(last));
	     i++) {
		if (i)
			pause_for(o->interval_s);
		if (!image_open(&next, path, o, NULL))
			return false;
		if (last->dump)
			image_close(last);
		*last = next;
		measure(&screen);
		if (i)
			putchar('\n');
		put_picture(&screen, &last->model, &o->view);
	}
	return true;
}

/* The last picture stays behind, where the terminal is as it was. */
static bool on_screen(const char *path, const struct options *o, struct image *last)
{
	struct screen screen = {.terminal = true};
	bool readable = watch_screen(path, o, &interrupted, last);
	struct image next;

	screen_close();
	putchar('\r'); /* whatever the terminal was told last: the picture begins at the line's beginning */
	measure(&screen);
	if (last->dump)
		put_picture(&screen, &last->model, &o->view);
	if (!readable && image_open(&next, path, o, NULL)) /* says why where it can be read */
		image_close(&next);
	return readable;
}

static int watch(const char *path, const struct options *o)
{
	struct image image = {0}, next;
	bool readable;

	if (!image_open(&next, path, o, NULL))
		return EXIT_TROUBLE;
	image_close(&next);
	catch_signals();
	readable = screen_open(image_wants_colour(o, stdout)) ?
			   on_screen(path, o, &image) : pictures(path, o, &image);
	image_close(&image);
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
