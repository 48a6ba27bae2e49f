/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dump reader and all conclusions: a sound dump, written over at the places that the input
 * names, eight bytes each: offset, width, cut, value. Whether its connections are held or walked, the conclusions are the
 * same.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "must.h"
#include "judge/pins.h"
#include "synth.h"
#include "judge/place.h"
#include "judge/verdict.h"
#include "model/each.h"
#include "model/twice.h"
#include "model/waits.h"

#define PATCH 8

static unsigned char sound[SYNTH_MAX], bytes[SYNTH_MAX];
static size_t sound_size;
static int fd = -1;

/* Every kind of item in it, and connections in every protocol. */
static void make(void)
{
	struct synth s;

	synth_begin(&s);
	for (int i = 0; i < SYNTH_CONNS; i++) {
		struct dump_conn *c = synth_conn(&s);

		c->protocol = (uint8_t)(i % DUMP_PROTOCOL_COUNT);
		c->state = i % 3 ? DUMP_OPEN : DUMP_CLOSED;
		c->has = i % 2 ? DUMP_HAS_REQUESTS_IN : DUMP_HAS_REQUESTS_OUT;
		c->out.frame.begun = 2;
		c->in.frame.begun = c->in.frame.done = 1;
		synth_kernel(&s, c, 1, 5);
	}
	s.streams.conn = s.conns[DUMP_PROTOCOL_HTTP2].id;
	s.streams.open[0] = 1;
	for (uint32_t i = 0; i < SYNTH_THREADS; i++)
		s.threads[i] = (struct dump_thread){.id = i + 1, .touched = i, .stack = 1, .waiting_in = (uint8_t)i,
						    .waiting_on = i};
	s.thread_count = SYNTH_THREADS;
	s.process.modules = s.process.exe = 1;
	sound_size = synth_write(&s, sound);
}

static size_t patch(const uint8_t *data, size_t size)
{
	size_t end = sound_size;

	memcpy(bytes, sound, sound_size);
	for (; size >= PATCH; data += PATCH, size -= PATCH) {
		size_t at = (data[0] | (size_t)data[1] << 8) % sound_size, width = 1u << (data[2] & 3);

		if (data[3] == 0xc7) /* seldom */
			end = at;
		if (at + width <= sound_size)
			memcpy(bytes + at, (uint8_t[8]){data[4], data[5], data[6], data[7], data[7], data[7], data[7], data[7]},
			       width);
	}
	return end;
}

static void conclude(struct model *m, const struct dump *dump)
{
	MUST(model_build(m, dump, &MODEL_OPTIONS_DEFAULT), "no model");
	MUST(twice_join(m), "nothing of what was closed twice");
	waits_join(m);
	MUST(place_decide(m, NULL) && verdict_decide(m) && pins_decide(m), "no verdicts");
}

static void look_at(const struct model *m)
{
	char text[MODEL_ADDRESS_MAX];

	for (uint32_t i = 0; i < m->conn_count; i++) {
		MUST(m->conns[i].verdict < VERDICT_COUNT, "a verdict that nobody knows");
		model_local(m, &m->conns[i], text, sizeof text);
		model_peer(m, &m->conns[i], text, sizeof text);
		model_tcp_state(&m->conns[i]);
		model_host(m, &m->conns[i]);
	}
}

static void compare_connection(const struct model *held, const struct model *walked, const struct model_conn *c)
{
	const struct model_conn *same = &held->conns[c->index];

	MUST(memcmp(c->facts, same->facts, sizeof *c->facts) == 0, "another connection");
	MUST(c->verdict == same->verdict && c->reason == same->reason && c->evidence == same->evidence &&
	     c->closed == same->closed && c->bypassed_by == same->bypassed_by && c->site == same->site && c->requests == same->requests, "another verdict");
	MUST(c->stack == same->stack && c->closed_stack == same->closed_stack && c->teardown == same->teardown &&
	     c->waited_for == same->waited_for && c->kernel.known == same->kernel.known &&
	     c->kernel.queued == same->kernel.queued && !c->streams == !same->streams && !c->task == !same->task &&
	     c->closed_twice == same->closed_twice,
	     "other facts");
	for (uint32_t a = 0, b = 0; (a = pins_next(held, same, a)) | (b = pins_next(walked, c, b));)
		MUST(a == b, "other threads");
}

static void compare(const struct model *held, const struct model *walked)
{
	const struct model_summary *a = &held->summary, *b = &walked->summary;
	uint32_t count = 0;
	char why[DUMP_WHY_MAX];
	struct each e;

	each_begin(&e, walked);
	for (const struct model_conn *c; (c = each_next(&e)); count++) {
		MUST(c->index == count && count < held->conn_count, "more connections");
		compare_connection(held, walked, c);
	}
	MUST(each_end(&e, why) && count == held->conn_count, "fewer connections");
	MUST(a->sockets == b->sockets && a->connections == b->connections && a->requests == b->requests &&
	     memcmp(a->counts.of, b->counts.of, sizeof a->counts.of) == 0 && a->counts.example == b->counts.example &&
	     a->threads_pinned == b->threads_pinned && held->process.ended_mono == walked->process.ended_mono, "another summary");
	MUST(held->call_site_count == walked->call_site_count, "other call sites");
	for (uint32_t i = 0; i < held->call_site_count; i++)
		MUST(held->call_sites[i].stack == walked->call_sites[i].stack &&
		     held->call_sites[i].opened == walked->call_sites[i].opened &&
		     held->call_sites[i].open_max == walked->call_sites[i].open_max, "another call site");
	for (uint32_t i = 0; i < held->stack_count; i++)
		MUST(held->stacks[i].used == walked->stacks[i].used, "other stacks");
	for (uint32_t i = 0; i < held->thread_count; i++)
		MUST(held->threads[i].serves == walked->threads[i].serves && held->threads[i].pins == walked->threads[i].pins &&
		     held->threads[i].waiting_on == walked->threads[i].waiting_on, "another thread");
}

static bool written(const struct dump_process *p)
{
	(void)p;
	return true;
}

/* The dump itself, or where somebody may write it a copy. */
static void walk(const char *path, dump_changes *changes, const struct model *held)
{
	char why[DUMP_WHY_MAX] = "";
	struct dump *dump;
	struct model m;

	MUST(dump_open_to_walk(path, changes, &dump, why) == DUMP_ERROR_OK, "a dump that can only be held");
	conclude(&m, dump);
	compare(held, &m);
	verdict_free(&m);
	model_free(&m);
	dump_close(dump);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char path[32];
	char why[DUMP_WHY_MAX] = "";
	struct dump *dump;
	struct model m;
	size_t end;

	if (fd < 0) {
		make();
		fd = memfd_create("dump", 0);
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	}
	end = patch(data, size);
	if (ftruncate(fd, (off_t)end) || pwrite(fd, bytes, end, 0) != (ssize_t)end)
		return -1;
	if (dump_open(path, &dump, why) == DUMP_ERROR_OK) {
		conclude(&m, dump);
		look_at(&m);
		walk(path, NULL, &m);
		walk(path, written, &m);
		model_free(&m);
		dump_close(dump);
	} else {
		MUST(!dump && strstr(why, path) && !strchr(why, '\n'), "a failure that is not told in one line");
	}
	return 0;
}
