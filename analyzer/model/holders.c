/* SPDX-License-Identifier: Apache-2.0 */
#include "model/holders.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/alive.h"

#define FOREVER UINT64_MAX

struct hold {
	uint64_t inode;
	uint64_t until; /* CLOCK_MONOTONIC ns at which its process ended; FOREVER: it runs */
	struct model_holder who;
};

struct holds {
	struct hold *list;
	size_t count, room;
	bool short_of_memory;
};

static int by_inode_and_pid(const void *a, const void *b)
{
	const struct hold *x = a, *y = b;

	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	return x->who.pid < y->who.pid ? -1 : x->who.pid > y->who.pid;
}

static void add(struct holds *h, uint64_t inode, uint64_t until, const struct model_holder *who)
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

static struct model_holder named(uint32_t pid, const char *name, size_t size)
{
	struct model_holder who = {.pid = pid};

	size = size < sizeof who.name - 1 ? size : sizeof who.name - 1;
	for (size_t i = 0; i < size; i++)
		who.name[i] = isprint((unsigned char)name[i]) ? name[i] : '?';
	return who;
}

/* ---- what the dumps say ------------------------------------------------------------------------------ */

static bool open_at_the_end(const struct model *m, const struct model_conn *c)
{
	return c->facts->inode && c->facts->state == DUMP_OPEN && !c->kernel.gone && m->process.end != MODEL_END_EXEC;
}

static void add_recorded(struct holds *h, const struct model *m)
{
	struct dump_text exe = m->process.exe;
	const char *slash = exe.bytes ? memrchr(exe.bytes, '/', exe.size) : NULL;
	const char *name = slash ? slash + 1 : exe.bytes;
	struct model_holder who = named(m->process.pid, name, name ? exe.size - (size_t)(name - exe.bytes) : 0);

	if (m->process.end == MODEL_END_KILLED)
		return;
	for (uint32_t i = 0; i < m->conn_count; i++)
		if (open_at_the_end(m, &m->conns[i]))
			add(h, m->conns[i].facts->inode,
			    m->process.end == MODEL_END_RUNNING ? FOREVER : m->process.ended_mono, &who);
}

/* ---- what /proc says ---------------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The inodes that are worth a look, in order. */
static uint64_t *wanted(struct model *const *all, size_t count, size_t *n)
{
	uint64_t *inodes;
	size_t most = 0;

	*n = 0;
	for (size_t i = 0; i < count; i++)
		most += all[i]->conn_count;
	inodes = calloc(most + 1, sizeof *inodes);
	for (size_t i = 0; inodes && i < count; i++) {
		if (!all[i]->dump || !kernel_same_boot(dump_process(all[i]->dump)))
			continue;
		for (uint32_t k = 0; k < all[i]->conn_count; k++)
			if (all[i]->conns[k].facts->inode)
				inodes[(*n)++] = all[i]->conns[k].facts->inode;
	}
	if (inodes)
		qsort(inodes, *n, sizeof *inodes, by_number);
	return inodes;
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
	return named(pid, name, strlen(name));
}

static void add_descriptors(struct holds *h, uint32_t pid, const uint64_t *inodes, size_t n)
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
		if (sscanf(target, "socket:[%llu]", &inode) != 1 ||
		    !bsearch(&(uint64_t){inode}, inodes, n, sizeof *inodes, by_number))
			continue;
		if (!who.pid)
			who = running(pid);
		add(h, inode, FOREVER, &who);
	}
	if (folder)
		closedir(folder);
}

static void add_running(struct holds *h, struct model *const *all, size_t count)
{
	size_t n;
	uint64_t *inodes = wanted(all, count, &n);
	DIR *folder = n ? opendir("/proc") : NULL;
	const struct dirent *e;

	h->short_of_memory = h->short_of_memory || !inodes;
	while (folder && (e = readdir(folder)))
		if (isdigit((unsigned char)e->d_name[0]))
			add_descriptors(h, (uint32_t)strtoul(e->d_name, NULL, 10), inodes, n);
	if (folder)
		closedir(folder);
	free(inodes);
}

/* ---- joined ------------------------------------------------------------------------------------------------ */

static const struct hold *first_of(const struct holds *h, uint64_t inode)
{
	size_t from = 0, to = h->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (h->list[middle].inode < inode)
			from = middle + 1;
		else
			to = middle;
	}
	return h->list + from;
}

static bool holds_on(const struct model *m, const struct hold *it)
{
	bool gone = m->process.end == MODEL_END_EXIT || m->process.end == MODEL_END_KILLED;

	return it->who.pid != m->process.pid && (it->until == FOREVER || (gone && it->until > m->process.ended_mono));
}

/* With `to` NULL it counts. */
static uint32_t holders_of(const struct model *m, const struct holds *h, uint64_t inode, struct model_holder *to)
{
	const struct hold *end = h->list + h->count;
	uint32_t n = 0, last = 0;

	for (const struct hold *it = inode ? first_of(h, inode) : end; it < end && it->inode == inode; it++) {
		if (it->who.pid == last || !holds_on(m, it))
			continue;
		last = it->who.pid;
		if (to)
			to[n] = it->who;
		n++;
	}
	return n;
}

static bool join(struct model *m, const struct holds *h)
{
	size_t n = 0;

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

/* Inodes of one boot of one machine. */
static bool of_one_boot(const struct model *a, const struct model *b)
{
	return memcmp(dump_process(a->dump)->boot_id, dump_process(b->dump)->boot_id, 16) == 0;
}

static bool join_boot(struct model *const *all, size_t count, size_t first)
{
	struct holds h = {0};
	bool enough = true;

	for (size_t i = first; i < count; i++)
		if (all[i]->dump && of_one_boot(all[i], all[first]))
			add_recorded(&h, all[i]);
	if (kernel_same_boot(dump_process(all[first]->dump)))
		add_running(&h, all + first, count - first);
	if (h.count)
		qsort(h.list, h.count, sizeof *h.list, by_inode_and_pid);
	for (size_t i = first; i < count && enough; i++)
		if (all[i]->dump && of_one_boot(all[i], all[first]))
			enough = join(all[i], &h);
	free(h.list);
	return enough && !h.short_of_memory;
}

bool holders_join(struct model *const *all, size_t count)
{
	bool enough = true;

	for (size_t i = 0; i < count && enough; i++)
		if (all[i]->dump && !all[i]->holders)
			enough = join_boot(all, count, i);
	return enough;
}
