/* SPDX-License-Identifier: Apache-2.0 */
#include "model/kernel_tables.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct entry {
	uint64_t inode;
	uint32_t queued, unsent;
	uint8_t state;
};

struct kernel_tables {
	uint32_t pid;
	bool readable;
	struct entry *list;
	size_t count, room;
};

/* ---- reading ------------------------------------------------------------------------------------------- */

/* The queue's length counts the peer's end as a byte until it is read; FIONREAD does not (tcp_inq()). */
static uint32_t without_end(uint8_t state, uint32_t queued)
{
	bool ended = state == TCP_CLOSE_WAIT || state == TCP_LAST_ACK || state == TCP_CLOSING;

	return queued - (ended && queued);
}

static bool add(struct kernel_tables *to, const char *line)
{
	struct entry e = {0};
	uint32_t state;

	/* sl local remote st tx:rx timer:when retransmits uid timeout inode */
	if (sscanf(line, " %*u: %*s %*s %" SCNx32 " %" SCNx32 ":%" SCNx32 " %*x:%*x %*x %*u %*d %" SCNu64,
		   &state, &e.unsent, &e.queued, &e.inode) != 4 || !e.inode || state > UINT8_MAX)
		return true; /* the heading, or what nobody holds any more */
	e.state = (uint8_t)state;
	e.queued = without_end(e.state, e.queued);
	if (to->count == to->room) {
		size_t room = to->room ? 2 * to->room : 64;
		struct entry *more = realloc(to->list, room * sizeof *more);

		if (!more)
			return false;
		to->list = more;
		to->room = room;
	}
	to->list[to->count++] = e;
	return true;
}

static bool read_table(uint32_t pid, const char *name, struct kernel_tables *to)
{
	char path[64], line[512];
	FILE *from;
	bool enough = true;

	snprintf(path, sizeof path, "/proc/%" PRIu32 "/net/%s", pid, name);
	from = fopen(path, "re");
	while (from && enough && fgets(line, sizeof line, from))
		enough = add(to, line);
	if (from)
		fclose(from);
	return from && enough;
}

static int tables_by_inode(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->inode < y->inode ? -1 : x->inode > y->inode;
}

/* ---- joining ------------------------------------------------------------------------------------------- */

/* What the descriptor leads to now, where that may be seen. 0: unknown; *gone: something else, or nothing. */
static uint64_t inode_now(uint32_t pid, const struct dump_conn *c, bool *gone)
{
	char path[64], target[64];
	uint64_t inode = 0;
	int fd = -1;
	ssize_t n;

	*gone = false;
	for (unsigned i = 0; i < sizeof c->fds / sizeof *c->fds && fd < 0; i++)
		fd = c->fds[i];
	if (fd < 0)
		return c->inode;
	snprintf(path, sizeof path, "/proc/%" PRIu32 "/fd/%d", pid, fd);
	n = readlink(path, target, sizeof target - 1);
	if (n < 0) {
		*gone = errno == ENOENT;
		return *gone ? 0 : c->inode; /* as a rule, one may not look */
	}
	target[n] = 0;
	*gone = sscanf(target, "socket:[%" SCNu64 "]", &inode) != 1 || (c->inode && inode != c->inode);
	return *gone ? 0 : inode;
}

void kernel_tables_join(const struct kernel_tables *t, struct model_conn *c)
{
	bool gone;
	struct entry key = {.inode = t->readable ? inode_now(t->pid, c->facts, &gone) : 0};
	const struct entry *e =
		key.inode && t->count ? bsearch(&key, t->list, t->count, sizeof key, tables_by_inode) : NULL;

	if (t->readable && gone)
		c->kernel = (struct model_kernel){.known = true, .gone = true};
	if (e)
		c->kernel = (struct model_kernel){.known = true, .tcp_state = e->state,
			.has_queue = e->state != TCP_LISTEN, .queued = e->state != TCP_LISTEN ? e->queued : 0,
			.unsent = e->state != TCP_LISTEN ? e->unsent : 0};
}

/* ---- all of it ----------------------------------------------------------------------------------------- */

struct kernel_tables *kernel_tables_read(uint32_t pid)
{
	struct kernel_tables *t = calloc(1, sizeof *t);

	if (!t)
		return NULL;
	t->pid = pid;
	t->readable = read_table(pid, "tcp", t);
	t->readable = read_table(pid, "tcp6", t) || t->readable; /* a kernel without IPv6 has none */
	if (t->count)
		qsort(t->list, t->count, sizeof *t->list, tables_by_inode);
	return t;
}

bool kernel_tables_readable(const struct kernel_tables *t)
{
	return t->readable;
}

void kernel_tables_free(struct kernel_tables *t)
{
	if (t)
		free(t->list);
	free(t);
}
