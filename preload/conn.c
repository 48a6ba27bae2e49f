/* SPDX-License-Identifier: Apache-2.0 */
#include "conn.h"

#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "entry.h"
#include "sockets/address.h"
#include "sockets/connecting.h"
#include "sockets/closing.h"
#include "sockets/exhausted.h"
#include "sockets/identity.h"
#include "sockets/kernel.h"
#include "sockets/traces.h"
#include "sockets/twice.h"
#include "core/slot.h"
#include "core/tasks.h"
#include "process.h"
#include "stacks/ending.h"
#include "stacks/stack.h"
#include "threads/thread.h"

#define TYPE_MASK 0xf /* socket(2): the flags SOCK_NONBLOCK and SOCK_CLOEXEC are ored to the type */

/* ---- birth ------------------------------------------------------------------------------------ */

/* What we held there was closed behind our back: the kernel would not have given out the number otherwise. */
static __attribute__((noinline)) void was_closed(uint32_t stale, int fd)
{
	slot_release(&here, stale - 1, fd, true, state_now());
	twice_forget(fd);
}

/* Puts a slot at a descriptor number. */
INLINE void install(int fd, uint32_t entry)
{
	uint32_t stale = descriptor_put(fd, entry);

	if (unlikely(stale) && !(stale & DESCRIPTOR_PENDING))
		was_closed(stale, fd);
}

/* A number that the kernel has just handed out to this process. What is pending under the number is gone:
 * fork(2) copies the descriptors first and the memory later, so that the child's table may tell of sockets
 * that another thread opened in between. */
INLINE bool ours(int fd)
{
	uint32_t entry;

	if (fd < 0)
		return false;
	if ((unsigned)fd >= DESCRIPTORS_MAX) {
		arena_lost(&here, DUMP_LOST_DESCRIPTORS, 1);
		return false;
	}
	process_awake();
	if (unlikely(state.off)) {
		process_cannot();
		return false;
	}
	if (!entry_may_change())
		return false;
	entry = descriptor_get(fd);
	if (unlikely(entry & DESCRIPTOR_PENDING))
		descriptor_replace(fd, entry, 0);
	return true;
}

INLINE bool trackable(int fd)
{
	return ours(fd) && process_open_here();
}

uint32_t (*conn_task)(uint8_t *to, uint32_t max);

static __attribute__((noinline)) void conn_name_task(const struct dump_conn *c, uint32_t index)
{
	uint8_t name[DUMP_TASK_NAME + 4]; /* where a last character of four bytes may not fit */
	uint32_t size = conn_task(name, sizeof name);

	if (size)
		tasks_name(&here, c->id, index, name, size);
}

INLINE struct dump_conn *born(int domain, int type, int protocol, uint32_t *index)
{
	uint32_t stack = stack_here(); /* before the slot is taken: a reader never waits for it */
	struct dump_conn *c = slot_take(&here, index);
	struct dump_thread *t;

	if (!c)
		return NULL;
	closing_goes_on();
	ending_not_yet();
	c->family = domain < 255 ? (uint8_t)domain : 255;
	c->type = type & TYPE_MASK;
	c->protocol_no = (unsigned)protocol < 255 ? (uint8_t)protocol : 255;
	c->stack = stack;
	c->opened_mono = state_now();
	t = thread_self();
	c->opened_by = t ? t->id : 0;
	if (unlikely(conn_task))
		conn_name_task(c, *index);
	return c;
}

INLINE void published(struct dump_conn *c, uint32_t index, int fd)
{
	uint64_t id = c->id;

	identity_opened(c, index, id, fd);
	slot_publish(&here, c, fd);
	install(fd, index + 1);
	if (conn_is_connection(c))
		thread_opened(id, index);
}

void conn_opened(int fd, int domain, int type, int protocol)
{
	uint32_t index;
	struct dump_conn *c;

	if (trackable(fd) && (c = born(domain, type, protocol, &index)))
		published(c, index, fd);
}

void conn_not_opened(int error)
{
	if (error != EMFILE && error != ENFILE)
		return;
	if (arena_state(&here) == ARENA_FILE && !state_forked() && !state_vforked())
		exhausted_now(error);
}

void conn_pair(const int fds[2], int domain, int type, int protocol)
{
	ours(fds[1]); /* before the first makes the dump, and the second is taken for inherited */
	for (int i = 0; i < 2; i++) {
		uint32_t index;
		struct dump_conn *c = trackable(fds[i]) ? born(domain, type, protocol, &index) : NULL;

		if (!c)
			continue;
		c->flags = DUMP_PAIR;
		published(c, index, fds[i]);
	}
}

/* The listener, closed or not, unless its slot is another's by now. Its number tells nothing any more:
 * another thread may have closed it before accept(2) returned, and the next socket got it. */
INLINE const struct dump_conn *still(const struct conn_io *listener)
{
	return listener && conn_id(listener->conn) == listener->id ? listener->conn : NULL;
}

void conn_accepted(const struct conn_io *listener, int fd, const struct sockaddr *peer, socklen_t size)
{
	const struct dump_conn *l;
	struct dump_conn *c;
	uint32_t index;

	if (!trackable(fd))
		return;
	l = still(listener);
	self.accepting = l;
	c = born(l ? l->family : size >= sizeof peer->sa_family ? peer->sa_family : AF_UNSPEC,
		 l ? l->type : SOCK_STREAM, l ? l->protocol_no : 0, &index);
	self.accepting = NULL;
	if (!c)
		return;
	c->role = DUMP_ROLE_SERVER;
	c->flags = DUMP_CONNECTED;
	c->has = DUMP_HAS_REQUESTS_IN | address_peer_is(c, peer, size);
	c->connected_mono = c->opened_mono;
	address_local_soon(c, fd, still(listener)); /* which another thread may have recycled meanwhile */
	published(c, index, fd);
}

/* One that was sent, closed while it was on its way, and came back. Who had it meanwhile may have used it: of
 * TCP the kernel knows, and else nobody does. */
static bool came_back(int fd)
{
	uint64_t inode = address_inode(fd);
	uint32_t index = identity_of_sent(inode);
	struct dump_kernel k = {0};
	struct dump_conn *c;

	if (index == ARENA_NONE || !slot_revive(&here, index, inode, fd, state_now()))
		return false;
	c = arena_item(&here, ARENA_CONNECTIONS, index);
	kernel_ask_one(c, fd, &k);
	if (!kernel_agrees(c, &k)) {
		__atomic_store_n(&c->in.inexact, 1, __ATOMIC_RELAXED);
		__atomic_store_n(&c->out.inexact, 1, __ATOMIC_RELAXED);
	}
	install(fd, index + 1);
	return true;
}

void conn_received(int fd)
{
	if (!address_is_socket(fd)) {
		conn_replaced(fd);
	} else if (trackable(fd)) {
		identity_settle(); /* it may be one of ours */
		if (came_back(fd))
			return;
		conn_adopt(fd, 0, true);
	}
}

void conn_received_with(struct msghdr *message)
{
	struct cmsghdr *c;

	if (!message->msg_control || message->msg_controllen < sizeof *c)
		return;
	for (c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		const int *fds = (const void *)CMSG_DATA(c);
		size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof *fds;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < count; i++)
			conn_received(fds[i]);
	}
}

static void sent(int fd)
{
	uint32_t entry = descriptor_get(fd);

	if (entry && !(entry & DESCRIPTOR_PENDING))
		identity_sent(entry - 1);
}

void conn_sent_with(const struct msghdr *message)
{
	struct msghdr m = *message; /* which CMSG_NXTHDR wants to be able to change */
	struct cmsghdr *c;

	if (likely(!m.msg_control) || m.msg_controllen < sizeof *c)
		return;
	for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		const int *fds = (const void *)CMSG_DATA(c);

		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
			for (size_t i = 0; i < (c->cmsg_len - CMSG_LEN(0)) / sizeof *fds; i++)
				sent(fds[i]);
	}
}

static bool in_use(const struct dump_conn *c)
{
	if (c->in.frame.begun || c->out.frame.begun)
		return true;
	return (c->in.bytes || c->out.bytes) && !(slot_flags(c) & DUMP_TLS);
}

uint64_t conn_opened_just_now(void)
{
	const struct dump_thread *t = self.opened_at ? thread_self() : NULL;
	const struct dump_conn *c;

	if (!t)
		return 0;
	c = arena_item(&here, ARENA_CONNECTIONS, self.opened_at - 1);
	bool idle = conn_id(c) == t->opened_last && c->state == DUMP_OPEN && conn_is_connection(c) && !in_use(c);
	return idle ? t->opened_last : 0;
}

/* ---- copies ------------------------------------------------------------------------------------ */

void conn_duplicated(int old, int fd)
{
	uint32_t entry = descriptor_get(old), replaced;

	if (fd < 0 || old == fd || (!entry && !descriptor_get(fd)))
		return;
	if ((unsigned)fd >= DESCRIPTORS_MAX || !entry_may_change())
		return;
	entry = descriptor_get(old);
	if (entry && !(entry & DESCRIPTOR_PENDING) && !slot_share(conn_of_entry(&here, entry), fd))
		entry = 0; /* closed by another thread meanwhile */
	/* stdin, stdout and stderr are stdio's: a shell's redirection, a server started by inetd. */
	if (entry && !(entry & DESCRIPTOR_PENDING) && fd <= STDERR_FILENO)
		slot_flag(conn_of_entry(&here, entry), DUMP_STDIO);
	replaced = descriptor_put(fd, entry);
	if (replaced && !(replaced & DESCRIPTOR_PENDING)) {
		slot_release(&here, replaced - 1, fd, false, state_now());
		twice_forget(fd);
	}
}

/* ---- close -------------------------------------------------------------------------------------- */

/* Inline in who closes one, which nearly all do. */
INLINE void let_go(int fd, const void *frame, const void *caller)
{
	uint32_t entry = descriptor_put(fd, 0);
	struct dump_conn *c;
	struct dump_thread *t;
	uint32_t stack;
	uint64_t now;

	if (!entry || (entry & DESCRIPTOR_PENDING))
		return;
	c = conn_of_entry(&here, entry);
	t = thread_self();
	if (twice_closing(fd, caller))
		twice_look_back();
	twice_remember(fd, c, caller);
	if (t && threads_touch_is_new(t, conn_id(c), DUMP_THREAD_CLOSED) && conn_is_connection(c))
		threads_touch(t, conn_id(c), DUMP_THREAD_CLOSED);
	if (unlikely((slot_flags(c) & DUMP_CONNECTING) || address_comes))
		connecting_ask_last(c, fd);
	now = state_now();
	if (unlikely(slot_flags(c) & DUMP_STDIO))
		closing_stdio(c, fd);
	stack = closing(c, entry - 1, fd, now, frame, caller);
	if (likely(!closing_in_ending))
		stack = traces_closed(c, stack);
	twice_remember_where(fd, stack);
	slot_release_of(&here, c, entry - 1, fd, false, now);
}

void conn_close_slow(int fd, const void *caller)
{
	if (unlikely((descriptor_again(fd) & DESCRIPTOR_PENDING) || state_forked())) {
		if (ending_now())
			process_held_to_the_end();
		if (!entry_may_change())
			return;
	} else if (state_vforked()) {
		return;
	}
	let_go(fd, __builtin_frame_address(0), caller);
}

static __attribute__((noinline)) void let_go_of_one(int fd, const void *frame, const void *caller)
{
	let_go(fd, frame, caller);
}

void conn_close_range(unsigned first, unsigned last)
{
	uint32_t end = __atomic_load_n(&descriptor_end, __ATOMIC_RELAXED);

	if (first >= end || !entry_may_change())
		return;
	for (unsigned fd = first; fd < end && fd <= last; fd++) {
		if (descriptor_get((int)fd))
			let_go_of_one((int)fd, __builtin_frame_address(0), __builtin_return_address(0));
		twice_forget((int)fd); /* who closes all of them has not thought of this one */
	}
}

bool conn_close_again_begin(int fd, struct twice_number *was)
{
	return !state_forked() && !state_vforked() && twice_take(fd, was);
}

void conn_close_again_end(int fd, const struct twice_number *was)
{
	if (!state_forked() && thread_self())
		twice_closed_again(fd, was);
}

void conn_close_after_again(void)
{
	if (!state_forked() && !state_vforked())
		twice_look_back();
}
