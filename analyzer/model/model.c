/* SPDX-License-Identifier: Apache-2.0 */
#include "model/model.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/printable.h"
#include "model/alive.h"
#include "model/conns.h"
#include "model/places.h"
#include "model/threads.h"

const char *model_end_name(enum model_end end)
{
	static const char *const names[] = {"exit", "killed", "exec", "running"};

	return names[end];
}

const char *model_thread_role_name(enum model_thread_role role)
{
	static const char *const names[] = {
#define X(name, text, help) text,
		MODEL_THREAD_ROLES(X)
#undef X
	};

	return names[role];
}

void model_warn(struct model *m, const char *format, ...)
{
	char **more = realloc(m->warnings, (m->warning_count + 1u) * sizeof *more), *line = NULL;
	va_list list;

	if (!more)
		return;
	m->warnings = more;
	va_start(list, format);
	if (vasprintf(&line, format, list) < 0)
		line = NULL;
	va_end(list);
	if (!line)
		return;
	for (char *p = line; *p; p++)
		if (iscntrl((unsigned char)*p))
			*p = '?';
	m->warnings[m->warning_count++] = line;
}

bool model_is_unrecorded(const char *warning)
{
	return strncmp(warning, MODEL_UNRECORDED, sizeof MODEL_UNRECORDED - 1) == 0;
}

uint32_t model_unrecorded(const struct model *m)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < m->warning_count; i++)
		count += model_is_unrecorded(m->warnings[i]);
	return count;
}

/* ---- process ---------------------------------------------------------------------------------------- */

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void build_process(struct model *m)
{
	const struct dump_process *p = dump_process(m->dump);
	struct model_process *to = &m->process;

	*to = (struct model_process){.pid = p->pid, .ppid = p->ppid, .forked = p->forked,
				     .start_ticks = p->start_ticks, .session = p->session,
				     .started_wall = p->started_wall, .started_mono = p->started_mono,
				     .began_mono = p->began_mono ? p->began_mono : p->started_mono,
				     .cmdline_cut = p->cmdline_cut,
				     .exe = dump_string(m->dump, p->exe),
				     .cmdline = dump_string(m->dump, p->cmdline)};
	to->runtime = model_text(m, p->runtime);
	to->goroutines = p->goroutines;
	to->unseen = p->lost[DUMP_LOST_UNSEEN];
	to->nofile = p->nofile_ended ? p->nofile_ended : p->nofile_began;
	if (p->end == DUMP_END_EXIT) {
		to->end = MODEL_END_EXIT;
		to->status_known = p->status_known;
		to->exit_status = p->exit_status & 0xff;
		to->ended_mono = p->ended_mono;
		to->born_mono = p->born_mono;
		to->delayed = p->delayed_us * UINT64_C(1000);
	} else if (p->end == DUMP_END_EXEC) {
		to->end = MODEL_END_EXEC;
		to->ended_mono = p->ended_mono;
		to->exec_reason = model_reason(p->exec_reason);
		to->exec_path = dump_string(m->dump, p->exec_path);
	} else if ((to->here = kernel_process_runs(p))) {
		to->end = MODEL_END_RUNNING;
		to->ended_mono = clock_ns(CLOCK_MONOTONIC);
	} else {
		to->end = MODEL_END_KILLED;
		to->ended_mono = p->started_mono; /* and what else is seen of it: last_event() */
	}
}

/* The last sign of life of a process that was killed: its last event. */
static void last_event(struct model *m)
{
	uint32_t threads;
	const struct dump_thread *t = dump_threads(m->dump, &threads);
	uint64_t last = m->process.ended_mono;

	if (m->process.end != MODEL_END_KILLED)
		return;
	last = m->survey.last > last ? m->survey.last : last;
	for (uint32_t i = 0; i < threads; i++) {
		last = t[i].created_mono > last ? t[i].created_mono : last;
		last = t[i].ended_mono > last ? t[i].ended_mono : last;
		last = t[i].waiting_since > last ? t[i].waiting_since : last;
	}
	m->process.ended_mono = last;
}

static void build_warnings(struct model *m)
{
	static const char *const texts[] = {
#define X(name, text) text,
		DUMP_LOST(X)
#undef X
	};
	static const char *const declines[] = {
#define X(name, text) text,
		DUMP_DECLINES(X)
#undef X
	};
	const struct dump_process *p = dump_process(m->dump);
	struct dump_text declined = dump_string(m->dump, p->declined_runtime);
	uint32_t torn = m->survey.torn;

	for (unsigned i = 0; i < DUMP_LOST_COUNT; i++)
		if (p->lost[i] == 1 && strncmp(texts[i], "times ", 6) == 0)
			model_warn(m, "once %s", texts[i] + 6);
		else if (p->lost[i])
			model_warn(m, "%s %s", NUMBER(p->lost[i]), texts[i]);
	if (p->series_lost)
		model_warn(m, "%s call sites whose open sockets over time were not kept: no room", NUMBER(p->series_lost));
	if (p->seccomp)
		model_warn(m, "the program entered a seccomp sandbox: what would have needed system calls of "
			   "the recorder was not observed after that");
	if (torn || dump_unborn(m->dump))
		model_warn(m, "%s slots were caught while they were being written",
			   NUMBER(torn + dump_unborn(m->dump)));
	if (p->cmdline_cut)
		model_warn(m, "the command line is longer than was recorded");
	if (p->declined && p->declined < DUMP_DECLINE_COUNT)
		model_warn(m, "stacks without the lines of its scripts: %.*s is %s", (int)declined.size, declined.bytes,
			   declines[p->declined]);
	if (p->holders > DUMP_HOLDERS_MAX)
		model_warn(m, "%s children only held what this process left them; the first %u have dumps",
			   NUMBER(p->holders), DUMP_HOLDERS_MAX);
	if (m->process.exec_reason)
		model_warn(m, MODEL_UNRECORDED "%.*s, which the process became by exec, is %s",
			   (int)m->process.exec_path.size, m->process.exec_path.bytes, m->process.exec_reason);
}

/* ---- stacks and modules ------------------------------------------------------------------------------ */

static bool build_modules(struct model *m)
{
	const struct dump_module *from = dump_modules(m->dump, &m->module_count);

	m->modules = calloc(m->module_count + 1u, sizeof *m->modules);
	if (!m->modules)
		return false;
	for (uint32_t i = 0; i < m->module_count; i++) {
		struct model_module *to = &m->modules[i];

		to->path = dump_string(m->dump, from[i].path);
		to->start = from[i].start;
		to->end = from[i].end;
		to->bias = from[i].bias;
		bool go = from[i].flags & DUMP_MODULE_GO_ID;

		memcpy(go ? to->go_id : to->build_id, from[i].build_id, sizeof to->build_id);
		*(go ? &to->go_id_size : &to->build_id_size) =
			from[i].build_id_size <= sizeof to->build_id ? from[i].build_id_size : 0;
	}
	return true;
}

/* The newest of the modules that were known when the stack was taken: an address may have belonged
 * to others before. */
static struct model_frame frame_at(const struct model *m, uint64_t address, uint32_t known)
{
	uint32_t place = places_at(m, address);

	if (place != MODEL_NONE)
		return (struct model_frame){address, 0, MODEL_NONE, place};
	if (known > m->module_count)
		known = m->module_count;
	for (uint32_t i = known; i-- > 0;)
		if (address >= m->modules[i].start && address < m->modules[i].end)
			return (struct model_frame){address, address - m->modules[i].bias, i, MODEL_NONE};
	return (struct model_frame){address, address, MODEL_NONE, MODEL_NONE};
}

static bool count_stacks(struct model *m, size_t *frames)
{
	const struct dump_stack *s;
	uint32_t id = 0;

	*frames = 0;
	while ((s = dump_stack_next(m->dump, id, &id))) {
		m->stack_count++;
		*frames += s->depth;
	}
	m->stacks = calloc(m->stack_count + 1u, sizeof *m->stacks);
	m->frames = calloc(*frames + 1, sizeof *m->frames);
	return m->stacks && m->frames;
}

static bool build_stacks(struct model *m)
{
	const struct dump_stack *s;
	uint32_t id = 0, n = 0;
	size_t frames;
	struct model_frame *to;

	if (!count_stacks(m, &frames))
		return false;
	to = m->frames;
	while ((s = dump_stack_next(m->dump, id, &id))) {
		const uint64_t *addresses = dump_stack_frames(s);

		m->stacks[n++] = (struct model_stack){.id = id, .depth = s->depth, .frames = to, .facts = s};
		for (uint32_t i = 0; i < s->depth; i++)
			*to++ = frame_at(m, addresses[i], s->modules ? s->modules : m->module_count);
	}
	return true;
}

/* ---- the limit on descriptors -------------------------------------------------------------------------- */

static void join_exhaustion(struct model *m)
{
	struct model_exhaustion *to = &m->exhaustion;
	const struct dump_process *p = dump_process(m->dump);
	uint32_t count;
	const struct dump_exhaustion *e = dump_exhaustions(m->dump, &count);

	*to = (struct model_exhaustion){.count = p->exhausted, .most = p->descriptors, .stack = MODEL_NONE};
	if (count) {
		to->facts = e;
		to->stack = model_use_stack(m, e->stack);
		for (unsigned i = 0; i < DUMP_EXHAUSTION_TOP; i++)
			to->top[i] = e->top[i].stack ? model_use_stack(m, e->top[i].stack) : MODEL_NONE;
	}
	to->near = to->count || (to->most && to->most <= m->process.nofile &&
				 to->most >= m->process.nofile - m->process.nofile / 10);
}

/* ---- the model ----------------------------------------------------------------------------------------- */

bool model_build(struct model *m, const struct dump *dump, const struct model_options *options)
{
	*m = (struct model){.dump = dump, .options = *options};
	build_process(m);
	if (!build_modules(m) || !places_build(m) || !build_stacks(m) || !threads_build(m) || !conns_build(m))
		return false;
	last_event(m);
	join_exhaustion(m);
	build_warnings(m);
	return true;
}

void model_free(struct model *m)
{
	for (uint32_t i = 0; i < m->warning_count; i++)
		free(m->warnings[i]);
	free(m->warnings);
	for (uint32_t i = 0; i < m->text_count; i++)
		free(m->texts[i]);
	free(m->texts);
	conns_free(m);
	free(m->threads);
	free(m->stacks);
	free(m->frames);
	free(m->modules);
	places_free(m);
	free(m->call_sites);
	free(m->site_of_place);
	free(m->twice);
	free(m->pins);
	free(m->holders);
	memset(m, 0, sizeof *m);
}
