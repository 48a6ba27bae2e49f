/* SPDX-License-Identifier: Apache-2.0 */
#include "command/image.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "model/holders.h"
#include "model/kernel.h"
#include "judge/pins.h"
#include "judge/place.h"
#include "base/progress.h"
#include "say/report.h"
#include "name/goroutines.h"
#include "name/symbol.h"
#include "judge/verdict.h"
#include "model/alive.h"
#include "model/unseen.h"
#include "model/twice.h"
#include "model/waits.h"

static bool suppress(struct image *i, struct suppressions *s, struct symbols *symbols)
{
	if (!model_walks(&i->model)) {
		i->suppressed = suppressions_apply(s, &i->model, symbols);
		return true;
	}
	i->walked = suppressions_walk(s, &i->model, symbols, i->left);
	return i->walked;
}

/* The symbols are not kept: of a hundred processes they would be a hundred times the same files. */
static bool decide(struct image *i, struct suppressions *s)
{
	struct symbols *symbols = symbols_open(&i->model);
	bool enough = place_decide(&i->model, symbols) && verdict_decide(&i->model) && pins_decide(&i->model) &&
		      suppress(i, s, symbols);

	symbols_close(symbols);
	return enough;
}

/* What can be asked from outside, too. */
static bool join(struct image *i)
{
	if (!goroutines_ask(&i->model) || !twice_join(&i->model))
		return false;
	waits_join(&i->model);
	if (!kernel_ask(&i->model))
		return false;
	unseen_count(&i->model, i->path);
	return true;
}

/* A process that has not written down its end was killed, or runs: here, or where its number is another one,
 * as in a container, or on another machine. */
static bool changes(const struct dump_process *p)
{
	return p->end == DUMP_END_NONE || kernel_process_runs(p);
}

/* Where there is no room for a copy it is held. */
static bool read_dump(struct image *i, bool walk, char why[DUMP_WHY_MAX])
{
	enum dump_error error = DUMP_ERROR_NO_ROOM;

	signal(SIGXFSZ, SIG_IGN); /* ulimit -f's limit is an error like a full disk: of a copy and of a report */
	if (walk)
		error = dump_open_to_walk(i->path, changes, &i->dump, why);
	if (error == DUMP_ERROR_NO_ROOM)
		error = dump_open(i->path, &i->dump, why);
	return error == DUMP_ERROR_OK;
}

/* What was recorded. Who runs no more has written its last: what was read before that is read once more. */
static bool build(struct image *i, const struct options *o, bool walk, bool once_more)
{
	struct model_options options = {.idle_ns = (uint64_t)(o->idle_s * 1e9), .own = &o->own,
					.symbols = &o->symbols, .mangled = o->no_demangle};
	char why[DUMP_WHY_MAX];

	if (!model_build(&i->model, i->dump, &options))
		return false;
	if (!once_more || i->model.process.end == MODEL_END_RUNNING || !dump_ended_meanwhile(i->dump))
		return true;
	model_free(&i->model);
	dump_close(i->dump);
	if (read_dump(i, walk, why))
		return build(i, o, walk, false);
	memcpy(i->model.why, why, sizeof why);
	return false;
}

static bool image_open_as(struct image *i, const char *path, const struct options *o, struct suppressions *s,
			  bool walk)
{
	char why[DUMP_WHY_MAX];

	*i = (struct image){.path = strdup(path)};
	if (!i->path) {
		trouble("%s: not enough memory", path);
		return false;
	}
	if (!read_dump(i, walk, why)) {
		trouble("%s", why);
		image_close(i);
		return false;
	}
	if (build(i, o, walk, true) && join(i) && decide(i, s))
		return true;
	if (*i->model.why)
		trouble("%s", i->model.why);
	else
		trouble("%s: not enough memory", path);
	image_close(i);
	return false;
}

bool image_open(struct image *i, const char *path, const struct options *o, struct suppressions *s)
{
	return image_open_as(i, path, o, s, false);
}

bool image_open_to_report(struct image *i, const char *path, const struct options *o, struct suppressions *s)
{
	return image_open_as(i, path, o, s, report_walks(o->format));
}

void image_close(struct image *i)
{
	if (i->dump) {
		verdict_free(&i->model);
		holders_free(&i->model);
		model_free(&i->model);
	}
	dump_close(i->dump);
	suppressed_free(i->walked);
	free(i->suppressed);
	free(i->path);
	*i = (struct image){0};
}

bool images_join(const struct images *all)
{
	struct model **models = calloc(all->count + 1, sizeof *models);
	bool enough = models;

	for (size_t i = 0; models && i < all->count; i++)
		models[i] = &all->image[i].model;
	enough = enough && holders_join(models, all->count);
	free(models);
	if (!enough)
		trouble("not enough memory to tell who else holds the sockets");
	return enough;
}

/* ---- printing ----------------------------------------------------------------------------------------- */

bool image_wants_colour(const struct options *o, FILE *to)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (o->color != COLOR_AUTO)
		return o->color == COLOR_ALWAYS;
	return isatty(fileno(to)) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

#define WIDTH_MIN 40
#define WIDTH_OTHERWISE 100 /* a file, a log */

unsigned image_width(FILE *to)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	unsigned width = WIDTH_OTHERWISE;

	if (columns && options_whole(columns, 10000) && atoi(columns))
		width = (unsigned)atoi(columns);
	else if (isatty(fileno(to)) && ioctl(fileno(to), TIOCGWINSZ, &size) == 0 && size.ws_col)
		width = size.ws_col;
	return width < WIDTH_MIN ? WIDTH_MIN : width;
}

static void print(const struct image *i, const struct options *o, struct report report, bool name_dump)
{
	FILE *to = report.to;
	struct symbols *symbols = symbols_open(&i->model);

	report.symbols = symbols;
	report.suppressed = i->suppressed;
	report.walked = i->walked;
	report.dump = name_dump ? i->path : NULL;

	if (isatty(fileno(to)))
		progress_end(); /* there the report itself shows */
	else
		progress("reporting", i->path);
	o->format->print(&report, &i->model);
	if (o->gen_suppressions && !o->report_file)
		progress_end();
	if (o->gen_suppressions && i->dump)
		suppressions_generate(&i->model, i->suppressed, i->walked, symbols, o->report_file ? to : stderr);
	symbols_close(symbols);
}

static const struct model **models_of(const struct images *all)
{
	const struct model **models = calloc(all->count + 1, sizeof(struct model *));

	for (size_t i = 0; models && i < all->count; i++)
		models[i] = &all->image[i].model;
	return models;
}

/* What stands before the first of several, and what behind the last one. */
static void print_begin(const struct images *all, const struct options *o, const struct report *report)
{
	const struct model **models = models_of(all);
	const char *const **suppressed = calloc(all->count + 1, sizeof *suppressed);

	for (size_t i = 0; suppressed && i < all->count; i++)
		suppressed[i] = all->image[i].suppressed;
	if (models && suppressed)
		o->format->begin(report, models, suppressed, all->count);
	free(models);
	free(suppressed);
}

static void print_total(const struct images *all, const struct options *o, const struct report *report)
{
	const struct model **models = models_of(all);

	if (models)
		o->format->total(report, models, all->count);
	free(models);
}

int image_cannot_write(const struct options *o, const char *otherwise)
{
	return trouble("%s: cannot write the report: %s; name %s with --report-file",
		       o->report_file ? o->report_file : otherwise, strerror(errno),
		       o->report_file ? "another file" : "a file");
}

bool images_report(const struct images *all, const struct options *o, FILE *otherwise,
		   bool name_dumps)
{
	FILE *to = o->report_file ? fopen(o->report_file, "we") : otherwise;
	struct report report = {.to = to, .among_others = all->count > 1, .view = o->view,
				.suppressions = all->suppressions,
				.failing = (unsigned)o->fail_on_leaked << VERDICT_LEAKED |
					   (unsigned)o->fail_on_drained << VERDICT_DRAINED,
				.failing_exhausted = o->fail_on_exhausted};
	bool written, broken = false;

	report.broken = &broken;
	signal(SIGXFSZ, SIG_IGN); /* as when dumps are read */
	if (!to) {
		image_cannot_write(o, NULL);
		return false;
	}
	report.colour = image_wants_colour(o, to);
	report.width = image_width(to);
	fputs(o->format->head, to);
	if (o->format->begin && all->count > 1)
		print_begin(all, o, &report);
	for (size_t i = 0; i < all->count; i++)
		print(&all->image[i], o, report, name_dumps);
	if (o->format->total)
		print_total(all, o, &report);
	fputs(o->format->foot, to);
	progress_end();
	written = fflush(to) == 0 && !ferror(to);
	if (o->gen_suppressions && !o->report_file)
		written = !ferror(stderr) && written;
	if (to != otherwise)
		written = fclose(to) == 0 && written;
	if (!written)
		image_cannot_write(o, to == stderr || ferror(stderr) ? "standard error" : "standard output");
	return written && !broken;
}

static bool failed(const struct image *i, const struct options *o)
{
	if (o->fail_on_exhausted && i->model.exhaustion.count)
		return true;
	if (i->walked)
		return (o->fail_on_leaked && i->left[VERDICT_LEAKED]) || (o->fail_on_drained && i->left[VERDICT_DRAINED]);
	for (uint32_t c = 0; c < i->model.conn_count; c++) {
		enum verdict v = i->model.conns[c].verdict;

		if (i->suppressed && i->suppressed[c])
			continue;
		if ((v == VERDICT_LEAKED && o->fail_on_leaked) || (v == VERDICT_DRAINED && o->fail_on_drained))
			return true;
	}
	return false;
}

bool images_failed(const struct images *all, const struct options *o)
{
	for (size_t i = 0; i < all->count; i++)
		if (failed(&all->image[i], o))
			return true;
	return false;
}
