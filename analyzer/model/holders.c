/* SPDX-License-Identifier: Apache-2.0 */
#include "model/holders.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sorted.h"
#include "model/alive.h"
#include "model/each.h"
#include "model/inodes.h"

#define FOREVER UINT64_MAX

struct hold {
	uint64_t inode;
	uint64_t until; /* CLOCK_MONOTONIC ns at which its process ended; FOREVER: it runs */
	struct model_holder who;
};

struct model_holds {
	struct hold *list;
	size_t count, room;
	bool short_of_memory;
	size_t users; /* models that keep it */
};

/* Pids wrap: of those that began in one tick of the clock the later one may be less, by far. */
#define PIDS_OF_A_TICK 10000u

static int by_pid(uint32_t a, uint32_t b)
{
	bool wrapped = (a < b ? b - a : a - b) > PIDS_OF_A_TICK;

	return a == b ? 0 : (a < b) != wrapped ? -1 : 1;
}

static int by_inode_and_time(const void *a, const void *b)
{
	const struct hold *x = a, *y = b;

	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	if (x->who.start_ticks != y->who.start_ticks)
		return x->who.start_ticks < y->who.start_ticks ? -1 : 1;
	return by_pid(x->who.pid, y->who.pid);
}

static bool same_process(const struct model_holder *a, const struct model_holder *b)
{
	return a->pid == b->pid && a->start_ticks == b->start_ticks;
}

static void add(struct model_holds *h, uint64_t inode, uint64_t until, const struct model_holder *who)
{
	if (h->count == h->room) {
		size_t room = h->room ? 2 * h->room : 64;
		struct hold *more = realloc(h->list, room * sizeof *more);

		if (!more) {
			h->short_of_memory = true;
			return;
		}
		h->list = more;
		h->room = room;
	}
	h->list[h->count++] = (struct hold){inode, until, *who};
}

static struct model_holder named(uint32_t pid, uint64_t start_ticks, const char *name, size_t size)
{
	struct model_holder who = {.pid = pid, .start_ticks = start_ticks};

	size = size < sizeof who.name - 1 ? size : sizeof who.name - 1;
	for (size_t i = 0; i < size; i++)
		who.name[i] = isprint((unsigned char)name[i]) ? name[i] : '?';
	return who;
}

/* ---- what the dumps say --------------------------------------------------------------------------- */

static bool open_at_the_end(const struct model *m, const struct model_conn *c)
{
	return c->facts->inode && c->facts->state == DUMP_OPEN && !c->kernel.gone &&
	       m->process.end != MODEL_END_EXEC;
}

/* Which sockets more than one of the dumps may have: the others need no room, however many there are. */
struct shared {
	struct inodes once, again;
};

static bool add_those_of(struct model_holds *h, struct shared *s, struct model *m)
{
	struct dump_text exe = m->process.exe;
	const char *slash = exe.bytes ? memrchr(exe.bytes, '/', exe.size) : NULL;
	const char *name = slash ? slash + 1 : exe.bytes;
	struct model_holder who = named(m->process.pid, m->process.start_ticks, name,
					name ? exe.size - (size_t)(name - exe.bytes) : 0);
	uint64_t until = m->process.end == MODEL_END_RUNNING ? FOREVER : m->process.ended_mono;
	struct each e;

	if (m->process.end == MODEL_END_KILLED)
		return true;
	each_begin(&e, m);
	for (const struct model_conn *c; (c = each_next(&e));)
		if (open_at_the_end(m, c) && inodes_have(&s->again, c->facts->inode))
			add(h, c->facts->inode, until, &who);
	return each_end(&e, m->why);
}

/* Each may have been held by others, also one that was closed. */
static bool note_recorded(struct shared *s, struct model *m)
{
	struct each e;

	each_begin(&e, m);
	for (const struct model_conn *c; (c = each_next(&e));)
		if (c->facts->inode)
			inodes_add(inodes_have(&s->once, c->facts->inode) ? &s->again : &s->once, c->facts->inode);
	return each_end(&e, m->why);
}

static bool add_recorded(struct model_holds *h, struct model *const *all, size_t count)
{
	struct shared *s = count > 1 ? calloc(1, sizeof *s) : NULL;
	bool enough = count < 2 || s;

	for (size_t i = 0; s && enough && i < count; i++)
		enough = note_recorded(s, all[i]);
	for (size_t i = 0; s && enough && i < count; i++)
		enough = add_those_of(h, s, all[i]);
	free(s);
	return enough;
}

/* ---- what /proc says ------------------------------------------------------------------------------ */

/* Which sockets are worth a look, if any are. NULL without memory. */
static struct inodes *wanted(struct model *const *all, size_t count, bool *any)
{
	struct inodes *set = calloc(1, sizeof *set);

	*any = false;
	for (size_t i = 0; set && i < count; i++) {
		struct each e;

		if (!all[i]->dump || !kernel_same_boot(dump_process(all[i]->dump)))
			continue;
		each_begin(&e, all[i]);
		for (const struct model_conn *c; (c = each_next(&e));) {
			if (!c->facts->inode)
				continue;
			inodes_add(set, c->facts->inode);
			*any = true;
		}
		each_end(&e, all[i]->why); /* who walks it next is told, too */
	}
	return set;
}

static struct model_holder running(uint32_t pid)
{
	char path[64], name[32] = "";
	FILE *f;

	snprintf(path, sizeof path, "/proc/%u/comm", pid);
	f = fopen(path, "re");
	if (f && fgets(name, sizeof name, f))
		name[strcspn(name, "\n")] = 0;
	if (f)
		fclose(f);
	return named(pid, kernel_began(pid), name, strlen(name));
}

static void add_descriptors(struct model_holds *h, uint32_t pid, const struct inodes *wanted)
{
	char path[64], target[64];
	struct model_holder who = {0};
	const struct dirent *e;
	DIR *folder;

	snprintf(path, sizeof path, "/proc/%u/fd", pid);
	folder = opendir(path);
	while (folder && (e = readdir(folder))) {
		ssize_t size = readlinkat(dirfd(folder), e->d_name, target, sizeof target - 1);
		unsigned long long inode;

		target[size > 0 ? size : 0] = 0;
		if (sscanf(target, "socket:[%llu]", &inode) != 1 || !inodes_have(wanted, inode))
			continue;
		if (!who.pid)
			who = running(pid);
		add(h, inode, FOREVER, &who);
	}
	if (folder)
		closedir(folder);
}

/* One process alone is no other that holds what it holds itself. */
static bool is_itself(struct model *const *all, size_t count, uint32_t pid)
{
	return count == 1 && all[0]->process.pid == pid && all[0]->process.end == MODEL_END_RUNNING;
}

static void add_running(struct model_holds *h, struct model *const *all, size_t count)
{
	bool any;
	struct inodes *set = wanted(all, count, &any);
	DIR *folder = set && any ? opendir("/proc") : NULL;
	const struct dirent *e;

	h->short_of_memory = h->short_of_memory || !set;
	while (folder && (e = readdir(folder))) {
		uint32_t pid = isdigit((unsigned char)e->d_name[0]) ? (uint32_t)strtoul(e->d_name, NULL, 10) : 0;

		if (pid && !is_itself(all, count, pid))
			add_descriptors(h, pid, set);
	}
	if (folder)
		closedir(folder);
	free(set);
}

/* ---- joined --------------------------------------------------------------------------------------- */

static bool inode_below(const void *list, size_t i, uint64_t inode)
{
	return ((const struct hold *)list)[i].inode < inode;
}

static const struct hold *first_of(const struct model_holds *h, uint64_t inode)
{
	return h->list + sorted_first(h->list, h->count, inode, inode_below);
}

static bool holds_on(const struct model *m, const struct hold *it)
{
	bool gone = m->process.end == MODEL_END_EXIT || m->process.end == MODEL_END_KILLED;

	return it->who.pid != m->process.pid &&
	       (it->until == FOREVER || (gone && it->until > m->process.ended_mono));
}

/* With `to` NULL it counts. */
static uint32_t holders_of(const struct model *m, const struct model_holds *h, uint64_t inode,
			   struct model_holder *to)
{
	const struct hold *end = h->list + h->count;
	const struct model_holder *last = NULL;
	uint32_t n = 0;

	for (const struct hold *it = inode ? first_of(h, inode) : end; it < end && it->inode == inode; it++) {
		if (!holds_on(m, it) || (last && same_process(last, &it->who)))
			continue;
		last = &it->who;
		if (to)
			to[n] = it->who;
		n++;
	}
	return n;
}

static bool join(struct model *m, struct model_holds *h)
{
	size_t n = 0;

	if (model_walks(m)) {
		m->holds = h;
		h->users++;
		return true;
	}
	for (uint32_t i = 0; i < m->conn_count; i++)
		n += m->conns[i].holder_count = holders_of(m, h, m->conns[i].facts->inode, NULL);
	free(m->holders);
	m->holders = calloc(n + 1, sizeof *m->holders);
	n = 0;
	for (uint32_t i = 0; m->holders && i < m->conn_count; i++) {
		struct model_conn *c = &m->conns[i];

		c->holders = m->holders + n;
		n += holders_of(m, h, c->facts->inode, m->holders + n);
	}
	return m->holders;
}

static void release(struct model_holds *h)
{
	if (--h->users)
		return;
	free(h->list);
	free(h);
}

void holders_free(struct model *m)
{
	if (m->holds)
		release(m->holds);
	m->holds = NULL;
}

/* What holders_next() gave of a model that is walked is part of one. */
static const struct hold *holding(const struct model_holder *who)
{
	return (const struct hold *)(const void *)((const char *)who - offsetof(struct hold, who));
}

const struct model_holder *holders_next(const struct model *m, const struct model_conn *c,
					const struct model_holder *after)
{
	const struct model_holds *h = m->holds;
	const struct hold *end = h ? h->list + h->count : NULL;

	if (!h) {
		const struct model_holder *next = after ? after + 1 : c->holders;

		return next < c->holders + c->holder_count ? next : NULL;
	}
	if (!c->facts->inode)
		return NULL;
	for (const struct hold *it = after ? holding(after) + 1 : first_of(h, c->facts->inode);
	     it < end && it->inode == c->facts->inode; it++)
		if (holds_on(m, it) && !(after && same_process(after, &it->who)))
			return &it->who;
	return NULL;
}

/* Inodes are of one boot of one machine: these models, moved to the front. How many. */
static size_t of_one_boot(struct model **all, size_t count)
{
	const uint8_t *boot = dump_process(all[0]->dump)->boot_id;
	size_t n = 1;

	for (size_t i = 1; i < count; i++)
		if (memcmp(dump_process(all[i]->dump)->boot_id, boot, 16) == 0) {
			struct model *it = all[i];

			all[i] = all[n];
			all[n++] = it;
		}
	return n;
}

static bool join_boot(struct model *const *all, size_t count)
{
	struct model_holds *h = calloc(1, sizeof *h);
	bool enough = h;

	if (!h)
		return false;
	h->users = 1;
	enough = add_recorded(h, all, count);
	if (kernel_same_boot(dump_process(all[0]->dump)))
		add_running(h, all, count);
	if (h->count)
		qsort(h->list, h->count, sizeof *h->list, by_inode_and_time);
	for (size_t i = 0; i < count && enough; i++)
		enough = join(all[i], h);
	enough = enough && !h->short_of_memory;
	release(h);
	return enough;
}

bool holders_join(struct model *const *all, size_t count)
{
	struct model **left = calloc(count + 1, sizeof *left);
	size_t n = 0;
	bool enough = left;

	for (size_t i = 0; left && i < count; i++)
		if (all[i]->dump)
			left[n++] = all[i];
	for (size_t at = 0, boot; enough && at < n; at += boot) {
		boot = of_one_boot(left + at, n - at);
		enough = join_boot(left + at, boot);
	}
	free(left);
	return enough;
}
