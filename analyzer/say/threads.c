/* SPDX-License-Identifier: Apache-2.0 */
/* The threads in the report for people: who is pinned, who waits in what, and for how long. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "name/frames.h"
#include "say/pieces.h"
#include "model/verdicts.h"

#define THREADS_MAX 20 /* in the dump, unless all are asked for */
#define NAMES_MAX 4    /* different names in half a line */

static void put_name(FILE *to, const struct model_thread *t)
{
	if (!t->name[0])
		return;
	fputs(" '", to);
	put_printable_text(to, t->name);
	fputc('\'', to);
}

/* ---- in half a line --------------------------------------------------------------------------------- */

struct group { /* of pinned threads with one name */
	const struct model_thread *first;
	uint32_t count;
};

static void count_in(struct group groups[NAMES_MAX + 1], const struct model_thread *t)
{
	struct group *g = groups;

	while (g < groups + NAMES_MAX && g->first && strcmp(g->first->name, t->name) != 0)
		g++;
	if (!g->first)
		g->first = t;
	g->count++;
}

static void put_groups(const struct report *r, const struct group groups[NAMES_MAX + 1], const char *indent)
{
	uint32_t all = 0;

	for (unsigned i = 0; i <= NAMES_MAX; i++)
		all += groups[i].count;
	if (!all)
		return;
	fprintf(r->to, "%spins %s thread%s", indent, NUMBER(all), plural(all));
	for (unsigned i = 0; i < NAMES_MAX && groups[i].count; i++) {
		fprintf(r->to, "%s ", i ? "," : ":");
		if (groups[i].count > 1)
			fprintf(r->to, "%s x ", NUMBER(groups[i].count));
		fprintf(r->to, "%s", model_thread_role_name(groups[i].first->role));
		put_name(r->to, groups[i].first);
	}
	fputs(groups[NAMES_MAX].count ? ", ...\n" : "\n", r->to);
}

void put_pinned_by_site(const struct report *r, const struct model *m, uint32_t site)
{
	struct group groups[NAMES_MAX + 1] = {0};

	for (uint32_t i = 0; i < m->thread_count; i++) {
		const struct model_conn *c = m->threads[i].pins ? model_conn_by_id(m, m->threads[i].serves) : NULL;

		if (c && c->site == site)
			count_in(groups, &m->threads[i]);
	}
	put_groups(r, groups, "    ");
}

void put_pinned_by_connection(const struct report *r, const struct model *m, uint64_t id)
{
	struct group groups[NAMES_MAX + 1] = {0};

	for (uint32_t i = 0; i < m->thread_count; i++)
		if (m->threads[i].pins && m->threads[i].serves == id)
			count_in(groups, &m->threads[i]);
	put_groups(r, groups, "    ");
}

/* ---- the dump ----------------------------------------------------------------------------------------- */

/* The innermost frame whose line is known: libraries that start threads for others have none. libc's own
 * lines, of a machine with its debug symbols, say of every thread the same. */
static void put_start(const struct report *r, const struct model *m, const struct model_thread *t)
{
	struct frame_text frames[FRAMES_TEXT_MAX];
	unsigned n = frames_of(m, r->symbols, t->stack, frames), i = n ? frames_telling(frames, n) : 0;
	const char *slash;

	if (i < n && frames[i].file && !frames_of_libc(&frames[i])) {
		slash = strrchr(frames[i].file, '/');
		fputs(" started at ", r->to);
		put_printable_text(r->to, slash ? slash + 1 : frames[i].file);
		if (frames[i].line)
			fprintf(r->to, ":%d", frames[i].line);
	} else if (n && frames[i].function && !frames_of_libc(&frames[i])) {
		fputs(" started in ", r->to);
		put_printable_text(r->to, frames[i].brief);
	} else if (n && *frames[0].module) {
		slash = strrchr(frames[0].module, '/');
		fputs(" started at ", r->to);
		put_printable_text(r->to, slash ? slash + 1 : frames[0].module);
		fprintf(r->to, "+0x%" PRIx64, frames[0].offset);
	}
}

/* "connection 3 (leaked/undrained, 127.0.0.1:8443)": where is worth a word only when it waits there. */
static void put_connection(const struct report *r, const struct model *m, const struct model_conn *c, bool where)
{
	char peer[MODEL_ADDRESS_MAX];

	fprintf(r->to, "%s %" PRIu64 " (%s/%s", c->verdict == VERDICT_LISTENING ? "socket" : "connection",
		c->facts->id, verdict_name(c->verdict), reason_name(c->reason));
	if (where) {
		fputs(", ", r->to);
		if (c->facts->role == DUMP_ROLE_CLIENT && model_peer(m, c, peer, sizeof peer))
			put_printable_text(r->to, peer);
		else
			put_where(r->to, m, c);
	}
	fputc(')', r->to);
}

/* Of a process that was killed unobserved only the beginning is known. */
static void put_how_long(const struct report *r, const struct model *m, uint64_t since)
{
	double began;

	if (!since || !model_seconds(m, since, &began))
		return;
	if (m->process.end == MODEL_END_KILLED && !m->process.signal_known) {
		fprintf(r->to, " since %.1f s after the start", began);
	} else if (m->process.ended_mono >= since) {
		fputs(" for ", r->to);
		put_duration(r->to, (double)(m->process.ended_mono - since) / 1e9);
	}
}

static void put_waiting(const struct report *r, const struct model *m, const struct model_thread *t)
{
	const struct model_conn *on = t->waiting_on ? model_conn_by_id(m, t->waiting_on) : NULL;

	fprintf(r->to, ", waits in %s", t->waiting_in);
	if (on) {
		fputs(" on ", r->to);
		put_connection(r, m, on, true);
	} else if (t->waiting_count) {
		fprintf(r->to, " on %s socket%s", NUMBER(t->waiting_count), plural(t->waiting_count));
	}
	put_how_long(r, m, t->waiting_since);
}

/* When it used the connection last, as far as it was the last to use it. */
static uint64_t last_use(const struct model_thread *t, const struct model_conn *c)
{
	uint64_t in = c->facts->in.thread == t->id ? c->facts->in.last_mono : 0;
	uint64_t out = c->facts->out.thread == t->id ? c->facts->out.last_mono : 0;

	return in > out ? in : out;
}

static void put_serving(const struct report *r, const struct model *m, const struct model_thread *t)
{
	const struct model_conn *c = t->serves ? model_conn_by_id(m, t->serves) : NULL;

	if (!c || t->waiting_on == t->serves)
		return;
	if (t->role == MODEL_THREAD_WORKER)
		fputs(", made for ", r->to);
	else
		fprintf(r->to, ", %s of ", model_thread_role_name(t->role));
	put_connection(r, m, c, false);
	if (!t->waiting_in) {
		fputs(", in no call on it", r->to);
		put_how_long(r, m, last_use(t, c));
	}
}

static void put_thread(const struct report *r, const struct model *m, const struct model_thread *t)
{
	fprintf(r->to, "  thread %" PRIu32, t->id);
	put_name(r->to, t);
	if (t->main)
		fputs(" (main)", r->to);
	put_start(r, m, t);
	if (t->waiting_in)
		put_waiting(r, m, t);
	put_serving(r, m, t);
	fputc('\n', r->to);
}

static bool worth_a_line(const struct model_thread *t)
{
	return t->alive && (t->pins || t->serves || t->waiting_in);
}

/* Pinned ones first. */
static uint32_t put_some(const struct report *r, const struct model *m, bool pins, uint32_t shown)
{
	for (uint32_t i = 0; i < m->thread_count; i++)
		if (worth_a_line(&m->threads[i]) && m->threads[i].pins == pins &&
		    (shown++ < THREADS_MAX || r->view.verbose))
			put_thread(r, m, &m->threads[i]);
	return shown;
}

void put_threads(const struct report *r, const struct model *m)
{
	uint32_t shown = 0;

	for (uint32_t i = 0; i < m->thread_count; i++)
		shown += worth_a_line(&m->threads[i]);
	if (!shown)
		return;
	fprintf(r->to, "\n%sThreads that serve a connection or wait for one%s\n", colour(r, BOLD), colour(r, PLAIN));
	shown = put_some(r, m, false, put_some(r, m, true, 0));
	if (shown > THREADS_MAX && !r->view.verbose)
		fprintf(r->to, "  ... and %s more; -v shows all\n", NUMBER(shown - THREADS_MAX));
}
