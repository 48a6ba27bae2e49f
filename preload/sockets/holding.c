/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/holding.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "here/options.h"
#include "here/presence.h"
#include "sockets/address.h"
#include "sockets/census.h"
#include "sockets/descriptor.h"

#define SOCKETS_MAX 256u /* so many of what was left are looked for */
#define IMAGES_MAX 64u   /* of the parent */
#define ITEMS 64u        /* of its connections, read at a time */

/* Its own doing: made or accepted by it, or left to it and used. */
static bool worth_it(const struct dump_conn *c)
{
	return (c->flags & (DUMP_CONNECTED | DUMP_LISTENING)) && !(c->flags & DUMP_PAIR) &&
	       (c->flags & (DUMP_INHERITED | DUMP_TOUCHED)) != DUMP_INHERITED;
}

/* ---- after a fork: the parent's picture is still mapped ---------------------------------------------- */

/* Before the child has begun its story the table and the arena are the parent's. */
static bool left_by(const struct arena_map *parent, int fd, uint32_t entry)
{
	uint32_t pending = state_forked() ? 0 : DESCRIPTOR_PENDING;
	const struct dump_conn *c;

	if (!entry || (entry & DESCRIPTOR_PENDING) != pending || !(entry & ~DESCRIPTOR_PENDING))
		return false;
	c = arena_item_of(parent, ARENA_CONNECTIONS, (entry & ~DESCRIPTOR_PENDING) - 1);
	return c->inode && worth_it(c) && address_inode(fd) == c->inode;
}

bool holding_after_fork(void)
{
	const struct arena_map *parent = state_forked() ? &here.arena : &process_parent;
	uint32_t end = descriptors_used();

	if (!parent->process || !parent->segment[ARENA_CONNECTIONS][0] ||
	    (state_forked() && arena_state(&here) != ARENA_FILE))
		return false;
	for (uint32_t fd = 0; fd < end; fd++)
		if (left_by(parent, (int)fd, descriptor_get((int)fd)))
			return __atomic_fetch_add(&parent->process->holders, 1, __ATOMIC_RELAXED) < DUMP_HOLDERS_MAX;
	return false;
}

/* ---- after an exec: the parent's file ------------------------------------------------------------------ */

struct search {
	struct file file; /* its path only */
	uint64_t inodes[SOCKETS_MAX];
	uint32_t count;
	union {
		struct dump_header header;
		struct dump_chunk chunk;
		struct dump_conn conns[ITEMS];
	} read;
};

static bool read_at(long fd, void *to, size_t size, uint64_t at)
{
	return sys_call4(SYS_pread64, fd, to, size, at) == (long)size;
}

/* Standard streams are a process's surroundings. */
static void collect(struct search *s)
{
	uint32_t end = descriptors_used();

	for (uint32_t fd = STDERR_FILENO + 1; fd < end && s->count < SOCKETS_MAX; fd++)
		if (descriptor_get((int)fd) & DESCRIPTOR_PENDING)
			s->inodes[s->count++] = address_inode((int)fd);
}

static bool any_of(const struct search *s, const struct dump_conn *c)
{
	for (uint32_t i = 0; i < s->count && c->inode && worth_it(c); i++)
		if (s->inodes[i] == c->inode)
			return true;
	return false;
}

static bool in_chunk(struct search *s, long fd, uint64_t at, uint32_t items)
{
	for (uint32_t i = 0, n; i < items; i += n) {
		n = items - i < ITEMS ? items - i : ITEMS;
		if (!read_at(fd, s->read.conns, n * sizeof *s->read.conns, at + i * sizeof *s->read.conns))
			return false;
		for (uint32_t k = 0; k < n; k++)
			if (any_of(s, &s->read.conns[k]))
				return true;
	}
	return false;
}

/* The parent goes on writing its counter, if it has other children: two at a time may be counted as one. */
static bool one_more(long fd, uint64_t process)
{
	uint64_t at = process + offsetof(struct dump_process, holders), n;

	if (!process || !read_at(fd, &n, sizeof n, at))
		return false;
	n++;
	return sys_call4(SYS_pwrite64, fd, &n, sizeof n, at) == (long)sizeof n && n <= DUMP_HOLDERS_MAX;
}

static bool in_dump(struct search *s, long fd)
{
	uint64_t process = 0, end, at;
	bool found = false;

	if (!read_at(fd, &s->read.header, sizeof s->read.header, 0) ||
	    memcmp(s->read.header.magic, DUMP_MAGIC, 8) != 0 || s->read.header.version != DUMP_VERSION)
		return false;
	end = s->read.header.size;
	at = s->read.header.header_size;
	while (!found && at < end && read_at(fd, &s->read.chunk, sizeof s->read.chunk, at)) {
		struct dump_chunk c = s->read.chunk;

		if (c.size < sizeof c || c.size > end - at)
			break;
		if (c.kind == DUMP_CHUNK_PROCESS)
			process = at + sizeof c;
		else if (c.kind == DUMP_CHUNK_CONNECTIONS && c.item_size == sizeof *s->read.conns &&
			 c.items <= (c.size - sizeof c) / c.item_size)
			found = in_chunk(s, fd, at + sizeof c, c.items);
		at += c.size;
	}
	return found && one_more(fd, process);
}

/* Nobody else's file is read, nor is one written to. */
static bool ours(long fd)
{
	struct stat st;

	return sys_call2(SYS_fstat, fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       st.st_uid == (uid_t)sys_call0(SYS_geteuid);
}

static bool in_dumps(struct search *s, const char *pattern, uint32_t parent)
{
	bool found = false;

	for (unsigned number = 0; number < IMAGES_MAX && !found && file_name(&s->file, pattern, parent, number);
	     number++) {
		long fd = sys_call4(SYS_openat, AT_FDCWD, s->file.path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0);

		if (fd < 0)
			break;
		found = ours(fd) && in_dump(s, fd);
		sys_call1(SYS_close, fd);
	}
	return found;
}

bool holding_after_exec(void)
{
	uint32_t parent = (uint32_t)sys_call0(SYS_getppid);
	struct search *s;
	bool found = false;

	if (descriptors_used() <= STDERR_FILENO + 1 || !(s = file_memory(sizeof *s)))
		return false;
	collect(s);
	for (unsigned i = 0; s->count && !found && i < OPTIONS_PATHS && options.paths[i]; i++)
		found = in_dumps(s, options.paths[i], parent);
	file_free(s, sizeof *s);
	return found;
}
