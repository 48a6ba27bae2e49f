/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets that this process image did not make: left open by the image before it (exec), by the
 * parent (fork), or received. They are pending until this process has a dump: a child that never
 * touches one leaves none.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/file.h"
#include "core/names.h"
#include "core/places.h"
#include "sockets/census.h"
#include "sockets/address.h"
#include "sockets/identity.h"
#include "core/slot.h"
#include "stacks/stack.h"
#include "threads/thread.h"

struct arena_map process_parent;

/* ---- the table against the kernel --- */

void conn_replaced_slow(int fd)
{
	uint32_t stale = descriptor_get(fd);

	if (!stale || state_forked() || state_vforked())
		return;
	stale = descriptor_put(fd, 0);
	if (stale && !(stale & DESCRIPTOR_PENDING))
		slot_release(&here, stale - 1, fd, true, state_now());
}

void conn_reconcile(void)
{
	uint32_t end = __atomic_load_n(&descriptor_end, __ATOMIC_RELAXED);

	for (uint32_t fd = 0; fd < end && !state.sandboxed; fd++) {
		uint32_t entry = descriptor_get((int)fd);

		if (entry && !(entry & DESCRIPTOR_PENDING) && identity_lost(conn_of_entry(&here, entry), (int)fd) &&
		    descriptor_replace((int)fd, entry, 0))
			slot_release(&here, entry - 1, (int)fd, true, state_now());
	}
}

void conn_each_open(void (*visit)(struct dump_conn *c, int fd, void *data), void *data)
{
	uint32_t end = __atomic_load_n(&descriptor_end, __ATOMIC_RELAXED);

	for (uint32_t fd = 0; fd < end; fd++) {
		uint32_t entry = descriptor_get((int)fd);

		if (entry && !(entry & DESCRIPTOR_PENDING))
			visit(conn_of_entry(&here, entry), (int)fd, data);
	}
}

/* ---- finding them ------------------------------------------------------------------------------- */

struct entry64 { /* getdents64(2) */
	uint64_t inode;
	int64_t offset;
	unsigned short size;
	unsigned char type;
	char name[];
};

bool conn_each_descriptor(void (*visit)(int fd))
{
	static char buffer[2048] __attribute__((aligned(8))); /* whatever the stack of the first who calls us */
	long fd = sys_call4(SYS_openat, AT_FDCWD, "/proc/self/fd",
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0), n = -1;

	while (fd >= 0 && (n = sys_call3(SYS_getdents64, fd, buffer, sizeof buffer)) > 0)
		for (long at = 0; at < n;) {
			const struct entry64 *e = (const void *)(buffer + at);
			int number = e->name[0] == '.' ? -1 : atoi(e->name);

			at += e->size;
			if (number >= 0 && number != fd && (unsigned)number < DESCRIPTORS_MAX)
				visit(number);
		}
	if (fd >= 0)
		sys_call1(SYS_close, fd);
	return n == 0;
}

static void inherit(int fd)
{
	if (address_is_socket(fd))
		descriptor_put(fd, DESCRIPTOR_PENDING);
}

void conn_inherit_from_exec(void)
{
	conn_each_descriptor(inherit); /* no /proc: what was inherited stays unknown */
}

void conn_inherit_from_fork(void)
{
	for (uint32_t fd = 0; fd < descriptor_end; fd++) {
		uint32_t entry = descriptor_get((int)fd);

		if (entry && !(entry & DESCRIPTOR_PENDING))
			descriptor_put((int)fd, entry | DESCRIPTOR_PENDING);
	}
}

/* ---- giving them slots --------------------------------------------------------------------------- */

/* A string of the parent's, as one of ours; 0 none. */
static uint32_t parent_name(uint32_t id)
{
	const struct dump_string *s;

	if (!id)
		return 0;
	s = arena_item_of(&process_parent, ARENA_STRINGS, id - 1);
	return s->magic == DUMP_STRING_MAGIC && s->size <= DUMP_STRING_MAX ? names_intern(&here, s + 1, s->size) : 0;
}

/* A line of a script, as a frame; 0: there is no room for it. */
static uint64_t parent_place(uint64_t frame)
{
	const struct dump_place *theirs = arena_item_of(&process_parent, ARENA_PLACES, (uint32_t)frame);
	struct dump_place place = {.line = theirs->line, .language = theirs->language};
	uint32_t index;

	place.function = parent_name(theirs->function);
	place.file = parent_name(theirs->file);
	index = places_intern(&here, &place);
	return index == PLACES_NONE ? 0 : DUMP_FRAME_PLACE | index;
}

#define LINES_MAX 32u /* of a stack with a script's lines, as many frames: our caller may have little room */

/* A stack of the parent's, as ours: after a fork the addresses are the same, and the lines are to be had. */
static __attribute__((noinline)) uint32_t parent_stack(uint32_t id)
{
	const struct dump_stack *s;
	const uint64_t *theirs;
	uint64_t ours[LINES_MAX];
	uint32_t i = 0, n = 0;

	if (id <= STACK_UNKNOWN)
		return STACK_UNKNOWN;
	s = arena_item_of(&process_parent, ARENA_STACKS, id - 1);
	if (s->magic != DUMP_STACK_MAGIC || s->depth > DUMP_STACK_FRAMES_MAX)
		return STACK_UNKNOWN;
	theirs = (const uint64_t *)(s + 1);
	while (i < s->depth && !DUMP_FRAME_IS_PLACE(theirs[i]))
		i++;
	if (i == s->depth)
		return stack_intern((void *const *)theirs, s->depth);
	for (i = 0; i < s->depth && n < LINES_MAX; i++) {
		ours[n] = DUMP_FRAME_IS_PLACE(theirs[i]) ? parent_place(theirs[i]) : theirs[i];
		n += ours[n] != 0;
	}
	return stack_intern((void *const *)ours, n);
}

/* What the parent knew, if its slot still holds the same socket; the parent runs on and may have
 * recycled it. The framing comes along, so that a child that serves what its parent accepted is
 * followed to the end. The ids of the stack and of the host are still the parent's. (A function of
 * its own: what follows is deep, and the copy large.) */
static __attribute__((noinline)) bool copy_from_parent(struct dump_conn *c, uint32_t entry, uint64_t inode)
{
	const struct dump_conn *theirs;
	struct dump_conn copy;
	uint32_t index = (entry & ~DESCRIPTOR_PENDING) - 1;

	if (!(entry & ~DESCRIPTOR_PENDING) || !process_parent.segment[ARENA_CONNECTIONS][0])
		return false;
	theirs = arena_item_of(&process_parent, ARENA_CONNECTIONS, index);
	memcpy(&copy, theirs, sizeof copy);
	if (!inode || copy.inode != inode || (copy.seq & 1) || copy.protocol == DUMP_PROTOCOL_HTTP2)
		return false;
	copy.seq = c->seq;
	copy.id = c->id;
	copy.in.seq = c->in.seq;
	copy.out.seq = c->out.seq;
	copy.flags &= (uint16_t)~(DUMP_TOUCHED | DUMP_CLOSED_UNSEEN | DUMP_WATCHED);
	if (copy.family == AF_UNIX)
		copy.has &= (uint8_t)~(DUMP_HAS_LOCAL | DUMP_HAS_PEER); /* names of the parent's */
	memcpy(c, &copy, sizeof copy);
	c->in.bytes = c->out.bytes = 0;
	c->in.thread = c->out.thread = 0;
	c->in.last_mono = c->out.last_mono = 0;
	c->opened_by = 0;
	c->closed_mono = 0; /* the parent may have closed its own already */
	if ((theirs->in.seq | theirs->out.seq) & 1)
		c->in.frame.flags |= DUMP_FRAME_LOST; /* the parent was at it just now */
	for (unsigned i = 0; i < 4; i++)
		c->fds[i] = -1;
	return true;
}

/* `fd` is one more descriptor of what `other` stands for. False when that is not so, or no more. */
static bool join(int fd, uint32_t entry, uint32_t other, uint64_t inode)
{
	struct dump_conn *c = conn_of_entry(&here, other);

	if (c->inode != inode || c->state != DUMP_OPEN || !slot_share(c, fd))
		return false;
	if (!descriptor_replace(fd, entry, other))
		slot_release(&here, other - 1, fd, false, state_now());
	return true;
}

/* A descriptor of a socket that already has a slot: received from ourselves. */
static bool join_any(int fd, uint32_t entry, uint64_t inode)
{
	uint32_t end = descriptor_end;

	for (uint32_t other = 0; inode && other < end; other++) {
		uint32_t it = descriptor_get((int)other);

		if (it && !(it & DESCRIPTOR_PENDING) && other != (uint32_t)fd &&
		    join(fd, entry, it, inode))
			return true;
	}
	return false;
}

static uint32_t opener(void)
{
	const struct dump_thread *t = thread_self();

	return t ? t->id : 0;
}

/* Its entry, or 0 when there is no slot to be had. */
static uint32_t adopt(int fd, uint32_t entry, uint64_t inode, bool fresh)
{
	uint32_t index;
	struct dump_conn *c;

	if (!inode) { /* no socket any more: a fork in the midst of another thread's dup2 over it */
		descriptor_replace(fd, entry, 0);
		return 0;
	}
	c = slot_take(&here, &index);
	if (!c)
		return 0;
	if (copy_from_parent(c, entry, inode)) {
		c->stack = parent_stack(c->stack);
		c->host = parent_name(c->host);
	} else {
		address_everything(c, fd);
		c->stack = fresh ? stack_here() : STACK_UNKNOWN;
		c->opened_mono = state_now();
		c->connected_mono = c->flags & DUMP_CONNECTED ? c->opened_mono : 0; /* no later than now */
	}
	if (fresh)
		c->opened_by = opener();
	c->inode = inode;
	c->flags |= DUMP_INHERITED;
	slot_publish(&here, c, fd);
	__atomic_fetch_add(&here.arena.process->adopted, 1, __ATOMIC_RELAXED);
	if (!descriptor_replace(fd, entry, index + 1)) {
		slot_release(&here, index, fd, false, state_now()); /* closed meanwhile */
		return 0;
	}
	return index + 1;
}

void conn_adopt(int fd, uint32_t entry, bool fresh)
{
	uint64_t inode = address_inode(fd);

	if (fresh)
		conn_replaced(fd);
	if (!join_any(fd, entry, inode))
		adopt(fd, entry, inode, fresh);
}

/* ---- all at once ---------------------------------------------------------------------------------- */

/* Entries by the inode of their socket, while all are adopted: who was inherited twice is found
 * without a look at each of the others. Twice as many cells as descriptors, at least. */
struct by_inode {
	struct {
		uint64_t inode;
		uint32_t entry;
	} *cells;
	uint64_t mask;
};

static uint32_t *known(const struct by_inode *table, uint64_t inode)
{
	uint64_t i = inode * 0x9e3779b97f4a7c15ull >> 32 & table->mask;

	while (table->cells[i].inode && table->cells[i].inode != inode)
		i = (i + 1) & table->mask;
	table->cells[i].inode = inode;
	return &table->cells[i].entry;
}

static void adopt_by_inode(const struct by_inode *table, int fd, uint32_t entry)
{
	uint64_t inode = address_inode(fd);
	uint32_t *it = inode ? known(table, inode) : NULL;

	if (it && *it && join(fd, entry, *it, inode))
		return;
	entry = adopt(fd, entry, inode, false);
	if (it && entry)
		*it = entry;
}

static uint32_t pending(void)
{
	uint32_t count = 0;

	for (uint32_t fd = 0; fd < descriptor_end; fd++)
		count += (descriptor_get((int)fd) & DESCRIPTOR_PENDING) != 0;
	return count;
}

void conn_adopt_all(void)
{
	uint32_t end = descriptor_end;
	struct by_inode table = {NULL, 63};

	if (!pending())
		return;
	while (table.mask < 2ull * end)
		table.mask = table.mask * 2 + 1;
	table.cells = file_memory((table.mask + 1) * sizeof *table.cells);
	for (uint32_t fd = 0; fd < end; fd++) { /* those that another thread gave a slot just now */
		uint32_t entry = descriptor_get((int)fd);

		if (table.cells && entry && !(entry & DESCRIPTOR_PENDING) && conn_of_entry(&here, entry)->inode)
			*known(&table, conn_of_entry(&here, entry)->inode) = entry;
	}
	for (uint32_t fd = 0; fd < end; fd++) {
		uint32_t entry = descriptor_get((int)fd);

		if (!(entry & DESCRIPTOR_PENDING))
			continue;
		if (table.cells)
			adopt_by_inode(&table, (int)fd, entry);
		else
			conn_adopt((int)fd, entry, false);
	}
	if (table.cells)
		file_free(table.cells, (table.mask + 1) * sizeof *table.cells);
}

/* ---- leaving them to the next image ---------------------------------------------------------------- */

static void assume_closed(struct dump_conn *c, int fd, void *data)
{
	slot_flag(c, DUMP_EXEC_CLOEXEC);
}

/* One descriptor without close-on-exec is enough to keep the socket open. */
static void unless_kept(struct dump_conn *c, int fd, void *data)
{
	long flags = state.sandboxed ? 0 : sys_call2(SYS_fcntl, fd, F_GETFD);

	if (flags < 0 || !(flags & FD_CLOEXEC))
		slot_unflag(c, DUMP_EXEC_CLOEXEC);
}

void conn_before_exec(void)
{
	conn_each_open(assume_closed, NULL);
	conn_each_open(unless_kept, NULL);
}
