/* SPDX-License-Identifier: Apache-2.0 */
#include "command/watch_screen.h"

#include <stdlib.h>
#include <time.h>

#include "base/printable.h"
#include "command/screen.h"
#include "judge/pace.h"
#include "say/exhausted.h"
#include "say/phrases.h"

struct session {
	const char *path;
	const struct options *options;
	struct image now, before; /* of the last two looks; dump NULL: none */
	struct symbols *symbols;
	struct live live;
	bool paused, readable;
};

char *watch_head_process(const struct model *m)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	fprintf(to, "connleak: process %u, ", m->process.pid);
	phrase_end(to, m);
	fputs(": ", to);
	phrase_command(to, m);
	fclose(to);
	return text;
}

char *watch_head_sockets(const struct model *m)
{
	const struct model_summary *s = &m->summary;
	const uint64_t *of = s->counts.of;
	char *text = NULL;

	if (asprintf(&text, "%s socket%s, %s closed, %s active, %s drained, %s leaked; %s thread%s, %s pinned%s",
		     NUMBER(s->sockets), plural(s->sockets), NUMBER(counts_closed(&s->counts)), NUMBER(of[VERDICT_ACTIVE]),
		     NUMBER(of[VERDICT_DRAINED]), NUMBER(of[VERDICT_LEAKED]), NUMBER(s->threads_alive),
		     plural(s->threads_alive), NUMBER(s->threads_pinned),
		     m->exhaustion.count ? "; OUT OF DESCRIPTORS" : m->exhaustion.near ? "; FEW DESCRIPTORS LEFT" : "") < 0)
		return NULL;
	return text;
}

char *watch_head_pace(const struct model *m)
{
	struct pace pace = pace_of(m, NULL);
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);
	bool any;

	if (!to)
		return NULL;
	any = phrase_exhausted(to, m);
	if (!any)
		any = m->summary.counts.of[VERDICT_LEAKED] && phrase_pace_short(to, m, &pace);
	if (!any && m->warning_count) {
		fputs("not all is seen: ", to);
		put_printable_text(to, m->warnings[0]);
		any = true;
	}
	fclose(to);
	if (any)
		return text;
	free(text);
	return NULL;
}

/* ---- looking ------------------------------------------------------------------------------------------- */

static bool runs(const struct session *s)
{
	return s->now.dump && s->now.model.process.end == MODEL_END_RUNNING;
}

/* What was seen last becomes what was before. */
static void look(struct session *s)
{
	struct image next;

	s->readable = image_open(&next, s->path, s->options, NULL);
	if (!s->readable)
		return;
	if (s->symbols)
		symbols_close(s->symbols);
	if (s->before.dump)
		image_close(&s->before);
	s->before = s->now;
	s->now = next;
	s->symbols = symbols_open(&s->now.model);
	live_look(&s->live, &s->now.model, s->before.dump ? &s->before.model : NULL, s->symbols);
}

static void draw(struct session *s)
{
	char *head[3] = {watch_head_process(&s->now.model), watch_head_sockets(&s->now.model),
			 watch_head_pace(&s->now.model)};

	screen_draw(&s->live, (const char *const *)head, !runs(s) ? "ended" : s->paused ? "paused" : "");
	free(head[0]);
	free(head[1]);
	free(head[2]);
}

/* ---- keys ---------------------------------------------------------------------------------------------- */

/* False: it is to be left. */
static bool obey(struct session *s, enum screen_key key)
{
	struct live *l = &s->live;
	int64_t page = screen_rows();

	switch (key) {
	case SCREEN_UP: live_move(l, -1); break;
	case SCREEN_DOWN: live_move(l, 1); break;
	case SCREEN_PAGE_UP: live_move(l, -page); break;
	case SCREEN_PAGE_DOWN: live_move(l, page); break;
	case SCREEN_FIRST: live_move(l, INT32_MIN); break;
	case SCREEN_LAST: live_move(l, INT32_MAX); break;
	case SCREEN_ENTER: live_enter(l); break;
	case SCREEN_BACK: live_back(l); break;
	case SCREEN_PLACES: live_list(l, LIVE_PLACES); break;
	case SCREEN_CONNECTIONS: live_list(l, LIVE_CONNECTIONS); break;
	case SCREEN_THREADS: live_list(l, LIVE_THREADS); break;
	case SCREEN_SORT: live_sort(l); break;
	case SCREEN_REVERSE: live_reverse(l); break;
	case SCREEN_PAUSE: s->paused = !s->paused; break;
	case SCREEN_QUIT: return false;
	default: break;
	}
	return true;
}

static double clock_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Until the next look is due. False: it is to be left. */
static bool wait_for_keys(struct session *s, const volatile sig_atomic_t *stop)
{
	double until = clock_s() + s->options->interval_s;

	while (!*stop) {
		double left = until - clock_s();
		bool still = s->paused || !runs(s); /* nothing will change but by a key */
		enum screen_key key;

		if (left <= 0 && !still)
			return true;
		key = screen_key(still ? 1000 : left < 1000 ? (int)(left * 1000) + 1 : 1000000);
		if (key == SCREEN_NOTHING)
			continue;
		if (key == SCREEN_NOW && runs(s))
			return true;
		if (!obey(s, key))
			return false;
		draw(s);
	}
	return false;
}

bool watch_screen(const char *path, const struct options *o, const volatile sig_atomic_t *stop,
		  struct image *last)
{
	struct session s = {.path = path, .options = o, .readable = true};

	live_begin(&s.live, &o->view);
	for (uint32_t looks = 0; !*stop; looks++) {
		if (o->count && looks >= o->count)
			break;
		look(&s);
		if (!s.readable)
			break;
		draw(&s);
		if (o->count && (looks + 1 >= o->count || !runs(&s)))
			break;
		if (!wait_for_keys(&s, stop))
			break;
	}
	live_end(&s.live);
	if (s.symbols)
		symbols_close(s.symbols);
	if (s.before.dump)
		image_close(&s.before);
	*last = s.now;
	return s.readable;
}
