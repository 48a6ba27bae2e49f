/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command/cmd.h"
#include "command/find.h"
#include "command/image.h"
#include "command/launch.h"
#include "command/options.h"
#include "command/order.h"
#include "base/progress.h"
#include "program/unrecorded.h"

/* What we know of the main process because we waited for it. */
static void note_status(struct model_process *p, int status)
{
	if (WIFSIGNALED(status)) {
		p->end = MODEL_END_KILLED;
		p->status_known = false;
		p->signal_known = true;
		p->signal = WTERMSIG(status);
		return;
	}
	if (p->end == MODEL_END_RUNNING || p->end == MODEL_END_KILLED)
		p->end = MODEL_END_EXIT; /* by a raw exit_group, past all hooks */
	p->status_known = true;
	p->exit_status = WEXITSTATUS(status);
}

/* One that was killed wrote down nothing of when; we waited for it. */
static void note_end(struct model_process *p, const struct launch *l)
{
	note_status(p, l->status);
	if (p->signal_known && l->ended_wall > p->started_wall)
		p->ended_mono = p->started_mono + (l->ended_wall - p->started_wall);
}

/* The last image of a process; the ones before it ended in exec. */
static struct image *last_of(const struct images *all, pid_t pid)
{
	struct image *last = NULL;

	for (size_t i = 0; i < all->count; i++)
		if (all->image[i].model.process.pid == (uint32_t)pid &&
		    (!last || image_before(last, &all->image[i])))
			last = &all->image[i];
	return last;
}

/* A process that left no dump has its place in the report all the same: it opened no socket, or it
 * could not be recorded, and that is said. */
static void add_undumped(struct images *all, const struct launch *l, char *cmdline, size_t size)
{
	const struct image *before = last_of(all, l->pid);
	struct image *i = &all->image[all->count++];
	struct model_process *p = &i->model.process;
	uint64_t anchor = 1;

	*i = (struct image){0};
	p->pid = (uint32_t)l->pid;
	p->ppid = (uint32_t)getpid();
	p->started_wall = l->started_wall;
	if (before) {
		p->started_wall = before->model.process.started_wall + before->model.process.ended_mono -
				  before->model.process.started_mono;
		p->exe = before->model.process.exec_path;
		if (before->model.process.exec_reason)
			model_warn(&i->model, MODEL_UNRECORDED "%.*s is %s: it cannot be recorded", (int)p->exe.size,
				   p->exe.bytes, before->model.process.exec_reason);
	} else {
		p->exe = (struct dump_text){l->program.image, strlen(l->program.image)};
		p->cmdline = (struct dump_text){cmdline, size};
	}
	p->started_mono = anchor;
	p->ended_mono = anchor + (l->ended_wall > p->started_wall ? l->ended_wall - p->started_wall : 0);
	i->model.summary.threads_alive = 1;
	note_status(p, l->status);
}

static char *join(char **argv, size_t *size)
{
	char *line, *at;

	*size = 0;
	for (char **a = argv; *a; a++)
		*size += strlen(*a) + 1;
	line = at = malloc(*size + 1);
	for (char **a = argv; line && *a; a++)
		at = stpcpy(at, *a) + 1;
	return line;
}

static void read_dumps(struct images *all, const struct paths *paths, const struct options *o,
		       struct suppressions *s)
{
	all->image = calloc(paths->count + 1, sizeof *all->image);
	for (size_t i = 0; all->image && i < paths->count; i++) {
		progress("reading", paths->path[i]);
		if (image_open_to_report(&all->image[all->count], paths->path[i], o, s))
			all->count++;
	}
}

/* Never reported as clean: whoever reads the report learns that there was nobody to see. */
static void warn_unrecorded(struct images *all, const struct launch *l)
{
	const char *why = l->disabled ? "recording was disabled (--disable or CONNLEAK_DISABLE)" :
					l->program.why_not;

	for (size_t i = 0; i < all->count && *why; i++)
		if (all->image[i].model.process.pid == (uint32_t)l->pid) {
			model_warn(&all->image[i].model, MODEL_UNRECORDED "%s", why);
			return;
		}
}

/* Was it said before CMD began, of what CMD is or runs? */
static bool was_said(const struct launch *l, const char *path)
{
	const char *slash = strrchr(path, '/');

	return strstr(l->program.why_not, slash ? slash + 1 : path);
}

#define NAMED_MAX 8 /* on standard error; the report has all */

/* The same for what its processes ran, also where that is all that a shell did. */
static void warn_children(struct images *all, const struct unrecorded_list *list, const struct launch *l)
{
	struct model *m = NULL;
	size_t named = 0;

	for (size_t i = 0; i < all->count; i++) {
		const struct model_process *p = &all->image[i].model.process;

		if (p->pid == (uint32_t)l->pid)
			m = &all->image[i].model;
		if (p->exec_reason && named++ < NAMED_MAX)
			trouble("%.*s is %s: it cannot be recorded; it ran all the same", (int)p->exec_path.size,
				p->exec_path.bytes, p->exec_reason);
	}
	for (size_t i = 0; m && i < list->count; i++) {
		const struct unrecorded *it = &list->item[i];

		if (!it->count || was_said(l, it->path))
			continue;
		model_warn(m, MODEL_UNRECORDED "%s is %s: it cannot be recorded (run by %" PRIu32 " %s of this program)",
			   it->path, model_reason(it->reason), it->count, it->count == 1 ? "process" : "processes");
		if (named++ < NAMED_MAX)
			trouble("%s is %s: it cannot be recorded; it ran all the same", it->path,
				model_reason(it->reason));
	}
	if (named > NAMED_MAX)
		trouble("and %zu more programs ran without being recorded", named - NAMED_MAX);
}

/* Did the program itself, by exec, become what cannot be recorded? */
static bool escaped(const struct images *all, const struct unrecorded_list *list, uint32_t pid)
{
	const struct image *last = last_of(all, (pid_t)pid);

	return unrecorded_of(list, pid) || (last && last->model.process.exec_reason);
}

static int report(const struct launch *l, const struct options *o, struct suppressions *s, char **argv)
{
	struct paths paths = {NULL, 0};
	struct images all;
	struct image *last;
	size_t size;
	char *cmdline = join(argv, &size);
	struct unrecorded_list unrecorded = unrecorded_read(l->folder, l->session);
	bool written, failed;

	find_session(&paths, l->folder, l->name, l->session, (time_t)(l->started_wall / 1000000000u));
	all = (struct images){NULL, 0, s};
	read_dumps(&all, &paths, o, s);
	failed = l->program.why_not[0] || escaped(&all, &unrecorded, (uint32_t)l->pid);
	last = last_of(&all, l->pid);
	if (last && last->model.process.end != MODEL_END_EXEC) /* else it has become what left no dump */
		note_end(&last->model.process, l);
	else
		add_undumped(&all, l, cmdline ? cmdline : argv[0], cmdline ? size : strlen(argv[0]));
	warn_unrecorded(&all, l);
	warn_children(&all, &unrecorded, l);
	images_sort(&all, (uint32_t)l->pid);
	images_join(&all);
	written = images_report(&all, o, stderr, !o->no_keep);
	failed = images_failed(&all, o) || failed;
	for (size_t i = 0; written && o->no_keep && i < paths.count; i++)
		unlink(paths.path[i]);
	for (size_t i = 0; i < all.count; i++)
		if (all.image[i].dump)
			image_close(&all.image[i]);
		else
			model_free(&all.image[i].model);
	free(all.image);
	free(cmdline);
	paths_free(&paths);
	unrecorded_free(&unrecorded);
	if (!written)
		return EXIT_TROUBLE;
	return failed && o->error_exitcode >= 0 ? o->error_exitcode : launch_exit_status(l);
}

/* That the report can be written is found out before the program runs. */
static int check_report_file(const struct options *o)
{
	FILE *f = o->report_file ? fopen(o->report_file, "ae") : NULL;

	if (f)
		fclose(f);
	return o->report_file && !f ? image_cannot_write(o, NULL) : -1;
}

int cmd_run(int argc, char **argv)
{
	struct options o;
	struct launch l = {0};
	struct suppressions *s;
	int status = options_parse(COMMAND_RUN, argc, argv, &o);

	if (status >= 0)
		return status;
	if (o.rest == argc)
		return trouble("run: no command is named; try 'connleak run --help'");
	s = suppressions_read(o.suppressions, o.suppression_count);
	status = s ? launch_prepare(&l, &o, argv + o.rest) : EXIT_TROUBLE;
	if (status < 0)
		status = check_report_file(&o);
	if (status < 0 && l.program.why_not[0])
		trouble("%s; it runs without being recorded", l.program.why_not);
	if (status < 0)
		status = launch_run(&l, &o, argv + o.rest);
	if (status < 0)
		status = report(&l, &o, s, argv + o.rest);
	suppressions_free(s);
	return status;
}
