/* SPDX-License-Identifier: Apache-2.0 */
/* One place, one connection, one thread, in detail: a line for each fact, some of which lead on. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "command/live_rows.h"
#include "judge/pins.h"
#include "name/frames.h"
#include "say/overtime.h"
#include "say/phrases.h"
#include "say/spot.h"

#define NOWHERE ((struct live_spot){LIVE_NOWHERE, 0})

/* ---- lines --------------------------------------------------------------------------------------------- */

__attribute__((format(printf, 4, 5))) static void line(struct live *l, struct live_spot to, const char *name,
						       const char *format, ...)
{
	struct live_writing w;
	va_list list;

	if (!live_row_begin(&w))
		return;
	fprintf(w.text, "%s %-12s ", to.kind == LIVE_NOWHERE ? " " : ">", name); /* Enter leads on from here */
	va_start(list, format);
	vfprintf(w.text, format, list);
	va_end(list);
	live_row_end(l, &w, to);
}

static void live_put_stack(struct live *l, const char *name, uint32_t stack)
{
	struct frame_text frames[FRAMES_TEXT_MAX];
	unsigned n = stack == MODEL_NONE ? 0 : frames_of(l->now, l->symbols, stack, frames);
	struct live_writing w;

	if (l->view->no_stacks)
		return;
	n = frames_without_start(frames, n);
	for (unsigned i = 0; i < n && live_row_begin(&w); i++) {
		const struct frame_text *f = &frames[i];

		fprintf(w.text, "  %-12s ", i ? "" : name);
		put_printable_text(w.text, f->brief ? f->brief : "???");
		fputs(" (", w.text);
		put_printable_text(w.text, spot_path(f));
		if (f->file)
			fprintf(w.text, ":%d)", f->line);
		else
			fprintf(w.text, "+0x%" PRIx64 ")", f->offset);
		live_row_end(l, &w, NOWHERE);
	}
	if (!n)
		line(l, NOWHERE, name, "(no stack was taken)");
}

static void put_text(struct live *l, const char *name, const char *text)
{
	struct live_writing w;

	if (!text || !live_row_begin(&w))
		return;
	fprintf(w.text, "  %-12s ", name);
	put_printable_text(w.text, text);
	live_row_end(l, &w, NOWHERE);
}

static void put_moment(struct live *l, const char *name, uint64_t mono)
{
	double at;

	if (model_seconds(l->now, mono, &at))
		line(l, NOWHERE, name, "%.3f s after the start, %.1f s ago", at,
		     l->now->process.ended_mono > mono ? (double)(l->now->process.ended_mono - mono) / 1e9 : 0.0);
}

/* ---- a place ------------------------------------------------------------------------------------------- */

static void put_bars_of(struct live *l, const struct model_call_site *site)
{
	struct series s;
	struct live_writing w;

	if (!series_of_place(l->now, site->place, &s) || !live_row_begin(&w))
		return;
	fprintf(w.text, "  %-12s ", "over time");
	put_bars(w.text, &s, 48);
	fputs(s.growth == GROWTH_ON ? " it grows" : s.growth == GROWTH_PLATEAU ? " a plateau" : "", w.text);
	live_row_end(l, &w, NOWHERE);
}

static bool one_place(struct live *l, uint64_t id)
{
	uint32_t stack = id <= UINT32_MAX ? model_stack_by_id(l->now, (uint32_t)id) : MODEL_NONE;
	const struct model_call_site *site = NULL;
	struct live_writing w;
	uint32_t head;

	for (uint32_t i = 0; stack != MODEL_NONE && i < l->now->call_site_count; i++)
		if (l->now->call_sites[i].place == l->now->stacks[stack].place)
			site = &l->now->call_sites[i];
	if (!live_row_begin(&w))
		return false;
	phrase_spot(w.text, l->now, l->symbols, stack);
	l->title = live_text_end(&w);
	if (!site)
		return l->title != NULL;
	put_bars_of(l, site);
	line(l, NOWHERE, "most at once", "%s", NUMBER(site->open_max));
	live_put_stack(l, "opened by", site->stack);
	head = l->count;
	line(l, NOWHERE, "", " ");
	live_connections_of(l, site);
	if (l->count > head && l->head) { /* of these rows, not of those above */
		free(l->rows[head].text);
		l->rows[head].text = l->head;
		l->head = NULL;
	}
	return l->title != NULL;
}

/* ---- a connection -------------------------------------------------------------------------------------- */

static void put_kernel(struct live *l, const struct model_conn *c)
{
	const struct model_kernel *k = &c->kernel;

	if (model_tcp_state(c))
		line(l, NOWHERE, "state", "%s", model_tcp_state(c));
	if (k->has_queue)
		line(l, NOWHERE, "queues", "%s bytes unread, %s bytes unsent", NUMBER(k->queued), NUMBER(k->unsent));
	if (k->rtt_us)
		line(l, NOWHERE, "round trip", "%.3f ms", k->rtt_us / 1e3);
	if (k->has_tcp)
		line(l, NOWHERE, "wire", "%s bytes received, %s acknowledged, %s retransmissions", NUMBER(k->received),
		     NUMBER(k->acked), NUMBER(k->retransmitted));
	if (k->known && !k->has_tcp && model_tcp_state(c))
		line(l, NOWHERE, "kernel",
		     "of /proc/%" PRIu32 "/net/tcp: TCP_INFO is for root, and for who may trace the process",
		     l->now->process.pid);
	if (!k->known && !c->closed)
		line(l, NOWHERE, "kernel", "not asked: run as the same user, or as root");
}

static void put_threads_of(struct live *l, const struct model_conn *c)
{
	for (uint32_t first = pins_next(l->now, c, 0), id = first; id; id = pins_next(l->now, c, id)) {
		const struct model_thread *t = model_thread_by_id(l->now, id);
		struct live_writing w;

		if (!t || !live_row_begin(&w))
			continue;
		fprintf(w.text, "> %-12s thread %" PRIu32 " ", id == first ? "threads" : "", t->id);
		put_printable_text(w.text, t->name);
		fprintf(w.text, " (%s)%s%s%s", model_thread_role_name(t->role), t->pins ? ", pinned" : "",
			t->waiting_in ? ", waits in " : "", t->waiting_in ? t->waiting_in : "");
		live_row_end(l, &w, (struct live_spot){LIVE_THREAD, t->id});
	}
}

static void put_fds(struct live *l, const struct model_conn *c)
{
	char text[64] = "";

	for (unsigned i = 0; i < 4; i++)
		if (c->facts->fds[i] >= 0)
			snprintf(text + strlen(text), sizeof text - strlen(text), "%s%d", *text ? ", " : "", c->facts->fds[i]);
	put_text(l, "descriptors", *text ? text : "none");
}

static void put_place_of(struct live *l, const struct model_conn *c)
{
	struct live_writing w;

	if (c->site == MODEL_NONE || !live_row_begin(&w))
		return;
	fprintf(w.text, "> %-12s ", "place");
	phrase_spot(w.text, l->now, l->symbols, c->stack);
	live_row_end(l, &w, (struct live_spot){LIVE_PLACE, l->now->stacks[l->now->call_sites[c->site].stack].id});
}

static bool one_connection(struct live *l, uint64_t id)
{
	const struct model_conn *c = model_conn_by_id(l->now, id);
	char address[MODEL_ADDRESS_MAX];
	struct live_writing w;

	if (!live_row_begin(&w))
		return false;
	fprintf(w.text, "connection %" PRIu64 ": %s", id,
		c ? "" : "no longer listed: only its place's counters know of it");
	if (c)
		fprintf(w.text, "%s, %s (by %s)", verdict_name(c->verdict), reason_name(c->reason),
			evidence_name(c->evidence));
	l->title = live_text_end(&w);
	if (!c)
		return l->title != NULL;
	line(l, NOWHERE, "means", "%s", reason_help(c->reason));
	put_text(l, "kind", c->kind);
	put_text(l, "role", model_role(c));
	put_text(l, "local", model_local(l->now, c, address, sizeof address) ? address : NULL);
	put_text(l, "peer", model_peer(l->now, c, address, sizeof address) ? address : NULL);
	put_text(l, "protocol", c->protocol);
	put_fds(l, c);
	line(l, NOWHERE, "requests", "%s, %s answered", NUMBER(c->requests), NUMBER(c->responses));
	line(l, NOWHERE, "bytes", "%s read, %s written", NUMBER(c->facts->in.bytes), NUMBER(c->facts->out.bytes));
	put_kernel(l, c);
	put_moment(l, "opened", c->facts->opened_mono);
	put_moment(l, "connected", c->facts->connected_mono);
	put_moment(l, "read last", c->facts->in.bytes ? c->facts->in.last_mono : 0);
	put_moment(l, "written last", c->facts->out.bytes ? c->facts->out.last_mono : 0);
	put_moment(l, "closed", c->facts->closed_mono);
	put_threads_of(l, c);
	put_place_of(l, c);
	live_put_stack(l, "opened by", c->stack);
	return l->title != NULL;
}

/* ---- a thread --------------- */

static bool one_thread(struct live *l, uint64_t id)
{
	const struct model_thread *t = id <= UINT32_MAX ? model_thread_by_id(l->now, (uint32_t)id) : NULL;
	struct live_writing w;

	if (!live_row_begin(&w))
		return false;
	fprintf(w.text, "thread %" PRIu64 " ", id);
	put_printable_text(w.text, t ? t->name : "");
	l->title = live_text_end(&w);
	if (!t)
		return l->title != NULL;
	put_text(l, "role", model_thread_role_name(t->role));
	line(l, NOWHERE, "tid", "%" PRIu32, t->tid);
	put_text(l, "alive", t->alive ? "yes" : "no");
	if (t->serves)
		line(l, (struct live_spot){LIVE_CONNECTION, t->serves}, "serves", "connection %" PRIu64 "%s", t->serves,
		     t->pins ? ", which was never closed and pins it" : "");
	put_text(l, "waits in", t->waiting_in);
	if (t->waiting_on)
		line(l, (struct live_spot){LIVE_CONNECTION, t->waiting_on}, "waits on", "connection %" PRIu64,
		     t->waiting_on);
	if (t->waiting_in)
		put_moment(l, "waits since", t->waiting_since);
	put_moment(l, "created", t->created_mono);
	put_moment(l, "ended", t->ended_mono);
	if (t->created_by)
		line(l, (struct live_spot){LIVE_THREAD, t->created_by}, "created by", "thread %" PRIu32, t->created_by);
	live_put_stack(l, "started by", t->stack);
	return l->title != NULL;
}

bool live_one(struct live *l, struct live_spot spot)
{
	switch (spot.kind) {
	case LIVE_PLACE: return one_place(l, spot.id);
	case LIVE_CONNECTION: return one_connection(l, spot.id);
	default: return one_thread(l, spot.id);
	}
}
