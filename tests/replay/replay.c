/* SPDX-License-Identifier: Apache-2.0 */
#include "replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "core/connect.h"
#include "core/half.h"
#include "core/names.h"
#include "core/plain.h"
#include "core/slot.h"
#include "core/stacks.h"
#include "core/traffic.h"

#define WORDS_MAX 12
#define BYTES_MAX 4096

/* One event. */
struct event {
	struct tracked *process;
	uint32_t tid;
	uint64_t now;
	const char *word;
	int count; /* of arguments */
	const char *arguments[WORDS_MAX];
};

static long argument(const struct event *e, int i)
{
	return i < e->count ? strtol(e->arguments[i], NULL, 10) : -1;
}

static uint64_t address_argument(const struct event *e, int i)
{
	return i < e->count ? strtoull(e->arguments[i], NULL, 16) : 0;
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* How many bytes; -1 when it is no such text. */
static int bytes_argument(const struct event *e, int i, uint8_t to[BYTES_MAX])
{
	const char *p = i < e->count ? e->arguments[i] : "x";
	int n = 0;

	for (; p[0] && p[1] && n < BYTES_MAX; p += 2, n++) {
		int high = digit(p[0]), low = digit(p[1]);

		if (high < 0 || low < 0)
			return -1;
		to[n] = (uint8_t)(high << 4 | low);
	}
	return *p ? -1 : n;
}

/* ---- by descriptor and by thread ---------------------------------------------------------------------- */

static uint32_t *entry_of(const struct event *e, int i)
{
	long fd = argument(e, i);

	return fd >= 0 && fd < REPLAY_DESCRIPTORS ? &e->process->entries[fd] : NULL;
}

static struct dump_conn *conn_at(const struct event *e, int i)
{
	uint32_t *entry = entry_of(e, i);

	return entry && *entry ? conn_of_entry(&e->process->recorder, *entry) : NULL;
}

static struct dump_thread *meet(const struct event *e, uint32_t *slot)
{
	struct recorder *r = &e->process->recorder;
	struct dump_thread *t;

	*slot = threads_take(r);
	if (!*slot)
		return NULL;
	t = threads_begin(r, *slot, DUMP_THREAD_STARTED | (e->tid == r->told.pid ? DUMP_THREAD_MAIN : DUMP_THREAD_FOREIGN), e->now);
	t->tid = e->tid;
	t->stack = STACK_UNKNOWN;
	threads_finish(t);
	return t;
}

static struct dump_thread *thread_of(const struct event *e)
{
	for (unsigned i = 0; i < REPLAY_THREADS; i++) {
		uint32_t *slot = &e->process->threads[i].slot;

		if (*slot && e->process->threads[i].tid == e->tid)
			return threads_at(&e->process->recorder, *slot);
		if (*slot)
			continue;
		e->process->threads[i].tid = e->tid;
		return meet(e, slot);
	}
	return NULL;
}

static struct moment moment_of(const struct event *e)
{
	const struct dump_thread *t = thread_of(e);

	return (struct moment){e->now, traffic_openings(&e->process->recorder), t ? t->id : 0};
}

/* ---- what was missed ------------------------------------------------------------------------------------ */

static void let_go(struct tracked *p, int fd, bool unseen, uint64_t now)
{
	uint32_t entry = p->entries[fd];

	p->entries[fd] = 0;
	if (entry)
		slot_release(&p->recorder, entry - 1, fd, unseen, now);
}

/* Nothing that was open is known any more. */
static void missed(struct tracked *p, uint64_t now)
{
	for (int fd = 0; p->begun && fd < REPLAY_DESCRIPTORS; fd++) {
		struct dump_conn *c = p->entries[fd] ? conn_of_entry(&p->recorder, p->entries[fd]) : NULL;

		if (!c)
			continue;
		c->in.inexact = c->out.inexact = 1;
		arena_lost(&p->recorder, DUMP_LOST_IO, 1);
		let_go(p, fd, true, now);
	}
}

/* ---- events --------------------------------------------------------------------------------------------- */

static void begin(const struct event *e)
{
	struct tracked *p = e->process;
	struct dump_process *it;

	if (p->begun)
		return;
	p->recorder.told.paths[0] = p->pattern;
	p->recorder.told.pid = (uint32_t)argument(e, 0);
	p->recorder.told.page = 65536; /* whatever this machine has: the largest that there is fits all */
	p->recorder.told.history = 4096;
	p->begun = recorder_open(&p->recorder);
	if (!p->begun)
		return;
	it = p->recorder.arena.process;
	it->pid = p->recorder.told.pid;
	it->started_mono = e->now;
	it->started_wall = 1000000000000000000u;
	it->history = p->recorder.told.history;
	thread_of(e);
	arena_publish(&p->recorder);
}

static struct dump_conn *born(const struct event *e, int domain, int type, int protocol, uint64_t caller, uint32_t *index)
{
	struct recorder *r = &e->process->recorder;
	void *frame = (void *)(uintptr_t)caller;
	struct dump_conn *c = slot_take(r, index);
	struct dump_thread *t = thread_of(e);

	if (!c)
		return NULL;
	c->family = (uint8_t)domain;
	c->type = type & 15;
	c->protocol_no = (uint8_t)protocol;
	c->stack = caller ? stacks_store(r, &frame, 1, 0) : STACK_UNKNOWN;
	c->opened_mono = e->now;
	c->opened_by = t ? t->id : 0;
	return c;
}

static void published(const struct event *e, struct dump_conn *c, uint32_t index, int fd)
{
	struct dump_thread *t = thread_of(e);
	uint64_t id = c->id;

	slot_publish(&e->process->recorder, c, fd);
	let_go(e->process, fd, true, e->now);
	e->process->entries[fd] = index + 1;
	if (!t || !conn_is_connection(c))
		return;
	t->opened_last = id;
	threads_touch(t, id, DUMP_THREAD_OPENED);
}

static void opened(const struct event *e)
{
	uint32_t index;
	struct dump_conn *c = entry_of(e, 0) ? born(e, (int)argument(e, 1), (int)argument(e, 2), (int)argument(e, 3),
						    address_argument(e, 4), &index) : NULL;

	if (c)
		published(e, c, index, (int)argument(e, 0));
}

static void paired(const struct event *e)
{
	for (int i = 0; i < 2; i++) {
		uint32_t index;
		struct dump_conn *c = entry_of(e, i) ? born(e, (int)argument(e, 2), (int)argument(e, 3), (int)argument(e, 4),
							    address_argument(e, 5), &index) : NULL;

		if (!c)
			continue;
		c->flags = DUMP_PAIR;
		published(e, c, index, (int)argument(e, i));
	}
}

static void accepted(const struct event *e)
{
	const struct dump_conn *l = conn_at(e, 1);
	uint32_t index;
	struct dump_conn *c = entry_of(e, 0) ? born(e, l ? l->family : AF_INET, l ? l->type : SOCK_STREAM, l ? l->protocol_no : 0,
						    address_argument(e, 2), &index) : NULL;

	if (!c)
		return;
	c->role = DUMP_ROLE_SERVER;
	c->flags = DUMP_CONNECTED;
	c->has = DUMP_HAS_REQUESTS_IN;
	c->connected_mono = c->opened_mono;
	published(e, c, index, (int)argument(e, 0));
}

static void peer(const struct event *e)
{
	struct dump_conn *c = conn_at(e, 0);
	uint8_t bytes[BYTES_MAX];
	int n = bytes_argument(e, 2, bytes);

	if (!c || (n != 4 && n != 16))
		return;
	memcpy(c->peer, bytes, (size_t)n);
	c->peer_port = (uint16_t)argument(e, 1);
	__atomic_fetch_or(&c->has, DUMP_HAS_PEER, __ATOMIC_RELEASE);
}

static void connected(const struct event *e)
{
	struct dump_conn *c = conn_at(e, 0);
	int error = (int)argument(e, 1);

	if (!c || !connect_stream(c))
		return;
	slot_flag(c, DUMP_TOUCHED);
	connect_client(c, 0);
	if (error == 0)
		connect_done(c, e->now, 0);
	else if (error == 115 /* EINPROGRESS */)
		connect_begun(c);
	else
		connect_failed(c, error);
}

static void flagged(const struct event *e, uint16_t flags)
{
	struct dump_conn *c = conn_at(e, 0);
	struct dump_thread *t = thread_of(e);

	if (!c)
		return;
	slot_flag(c, flags);
	if ((flags & DUMP_LISTENING) && t)
		threads_untouch(t, conn_id(c));
}

static void moved(const struct event *e, enum framing_direction direction)
{
	struct recorder *r = &e->process->recorder;
	struct dump_conn *c = conn_at(e, 0);
	struct dump_half *h = c ? direction == FRAMING_IN ? &c->in : &c->out : NULL;
	struct dump_thread *t = thread_of(e);
	struct moment when = moment_of(e);
	uint8_t bytes[BYTES_MAX];
	int n = bytes_argument(e, 1, bytes);
	struct iovec iov = {bytes, n > 0 ? (size_t)n : 0};
	uint32_t seq = c && n > 0 ? half_lock(r, h, c, conn_id(c), false) : 0;

	if (!seq)
		return;
	if (slot_flags(c) & DUMP_CONNECTING)
		connect_done(c, e->now, 0);
	if (t)
		traffic_by(t, c, conn_id(c), slot_flags(c), direction == FRAMING_IN ? DUMP_THREAD_READ : DUMP_THREAD_WROTE);
	traffic_moved(r, c, slot_flags(c), direction, TRAFFIC_MANY(&iov, 1), (size_t)n, &when);
	half_unlock(h, seq);
}

static void waits(const struct event *e)
{
	struct dump_conn *c = conn_at(e, 0);
	struct dump_thread *t = thread_of(e);
	long call = argument(e, 1);

	if (c && t && call > 0 && call < DUMP_CALL_COUNT)
		threads_wait_begin(t, (uint32_t)call, conn_id(c), -1, e->now);
}

static void copied(const struct event *e)
{
	uint32_t *from = entry_of(e, 0), *to = entry_of(e, 1);

	if (!from || !to || from == to)
		return;
	let_go(e->process, (int)argument(e, 1), false, e->now);
	if (*from && slot_share(conn_of_entry(&e->process->recorder, *from), (int)argument(e, 1)))
		*to = *from;
}

static void closed(const struct event *e)
{
	struct dump_conn *c = conn_at(e, 0);
	struct dump_thread *t = thread_of(e);

	if (!c)
		return;
	if (t && conn_is_connection(c))
		threads_touch(t, conn_id(c), DUMP_THREAD_CLOSED);
	let_go(e->process, (int)argument(e, 0), false, e->now);
}

/* What was read and written agrees with its books. */
static void kernel_says(const struct event *e)
{
	struct recorder *r = &e->process->recorder;
	struct dump_conn *c = conn_at(e, 0);
	long queued = argument(e, 1), state = argument(e, 2);
	uint32_t index = c && queued >= 0 && state > 0 ? arena_take(r, ARENA_KERNEL, 1) : ARENA_NONE;
	struct dump_kernel *k;

	if (index == ARENA_NONE)
		return;
	k = arena_item(r, ARENA_KERNEL, index);
	k->queued = (uint32_t)queued;
	k->tcp_state = (uint32_t)state;
	k->received = c->in.bytes + (uint32_t)queued + (state == 8 /* CLOSE_WAIT: its FIN counts */);
	k->acked = c->out.bytes + (c->role == DUMP_ROLE_CLIENT);
	k->has = DUMP_KERNEL_QUEUE | DUMP_KERNEL_TCP;
	__atomic_store_n(&k->conn, conn_id(c), __ATOMIC_RELEASE);
}

static void ended(const struct event *e)
{
	struct dump_process *p = e->process->recorder.arena.process;
	long status = argument(e, 0);

	e->process->ended = true;
	if (status < 0)
		return;
	p->exit_status = (int32_t)status & 255;
	p->status_known = 1;
	p->ended_mono = e->now;
	__atomic_store_n(&p->end, DUMP_END_EXIT, __ATOMIC_RELEASE);
}

/* By word. */
static void happened(const struct event *e)
{
	struct recorder *r = &e->process->recorder;
	struct dump_conn *c = conn_at(e, 0);
	struct dump_thread *t = thread_of(e);
	struct moment when = moment_of(e);
	const char *word = e->word;

	if (strcmp(word, "open") == 0)
		opened(e);
	else if (strcmp(word, "pair") == 0)
		paired(e);
	else if (strcmp(word, "accepted") == 0)
		accepted(e);
	else if (strcmp(word, "peer") == 0)
		peer(e);
	else if (strcmp(word, "connect") == 0)
		connected(e);
	else if (strcmp(word, "bound") == 0)
		flagged(e, DUMP_BOUND | DUMP_TOUCHED);
	else if (strcmp(word, "listen") == 0)
		flagged(e, DUMP_LISTENING | DUMP_TOUCHED);
	else if (strcmp(word, "watched") == 0)
		flagged(e, DUMP_WATCHED);
	else if (strcmp(word, "shut") == 0)
		flagged(e, argument(e, 1) == SHUT_RD ? DUMP_SHUT_RD | DUMP_TOUCHED : argument(e, 1) == SHUT_WR ?
				DUMP_SHUT_WR | DUMP_TOUCHED : DUMP_SHUT_RD | DUMP_SHUT_WR | DUMP_TOUCHED);
	else if (strcmp(word, "wait") == 0)
		waits(e);
	else if (strcmp(word, "over") == 0 && t)
		threads_wait_end(t);
	else if (strcmp(word, "in") == 0)
		moved(e, FRAMING_IN);
	else if (strcmp(word, "out") == 0)
		moved(e, FRAMING_OUT);
	else if (strcmp(word, "eof") == 0 && c)
		traffic_told_eof(r, c, conn_id(c), false, &when);
	else if (strcmp(word, "error") == 0 && c)
		traffic_told_error(r, c, conn_id(c), false, argument(e, 1) ? FRAMING_OUT : FRAMING_IN, (int)argument(e, 2), &when);
	else if (strcmp(word, "dup") == 0)
		copied(e);
	else if (strcmp(word, "close") == 0)
		closed(e);
	else if (strcmp(word, "kernel") == 0)
		kernel_says(e);
	else if (strcmp(word, "end") == 0)
		ended(e);
}

/* ---- lines ---------------------------------------------------------------------------------------------- */

/* Its words; 0 when it was cut. */
static int split(char *line, char *words[], int max)
{
	char *rest = NULL;
	int n = 0;

	for (char *word = strtok_r(line, " ", &rest); word && n < max; word = strtok_r(NULL, " ", &rest))
		words[n++] = word;
	return n >= 6 && strcmp(words[n - 1], ";") == 0 ? n : 0;
}

void replay_line(struct replay *replay, const char *line, size_t size)
{
	char text[2 * BYTES_MAX + 256], *words[5 + WORDS_MAX];
	struct event e = {0};
	unsigned long number, who;
	int n;

	if (size >= sizeof text)
		return;
	memcpy(text, line, size);
	text[size] = 0;
	n = split(text, words, 5 + WORDS_MAX);
	if (!n)
		return; /* the next number will tell */
	number = strtoul(words[0], NULL, 10);
	who = strtoul(words[1], NULL, 10);
	if (who >= REPLAY_PROCESSES)
		return;
	e.process = &replay->processes[who];
	e.tid = (uint32_t)strtoul(words[2], NULL, 10);
	e.now = strtoull(words[3], NULL, 10);
	e.word = words[4];
	e.count = n - 6;
	for (int i = 0; i < e.count; i++)
		e.arguments[i] = words[5 + i];
	if (e.process->ended || number < e.process->next)
		return;
	if (e.now < e.process->latest)
		e.now = e.process->latest;
	e.process->latest = e.now;
	if (number > e.process->next)
		missed(e.process, e.now);
	e.process->next = (uint64_t)number + 1;
	if (strcmp(e.word, "begin") == 0) {
		snprintf(e.process->pattern, sizeof e.process->pattern, "%s/connleak.%lu.dump", replay->folder, who);
		begin(&e);
	} else if (e.process->begun) {
		happened(&e);
	}
}

void replay_end(struct replay *replay)
{
	for (unsigned who = 0; who < REPLAY_PROCESSES; who++) {
		struct tracked *p = &replay->processes[who];

		if (p->begun && !p->ended)
			missed(p, p->latest);
	}
}

void replay_free(struct replay *replay)
{
	for (unsigned who = 0; who < REPLAY_PROCESSES; who++)
		recorder_free(&replay->processes[who].recorder);
}
