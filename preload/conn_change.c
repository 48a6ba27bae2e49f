/* SPDX-License-Identifier: Apache-2.0 */
/* What is done to a connection between its birth and its close, but for reads and writes: it is
 * bound, listens, is watched, connects. */
#include <netinet/in.h>
#include <sys/epoll.h>

#include "conn_change.h"
#include "entry.h"
#include "sockets/address.h"
#include "core/connect.h"
#include "sockets/closing.h"
#include "sockets/connecting.h"
#include "core/slot.h"
#include "process.h"
#include "here/readable.h"
#include "stacks/ending.h"
#include "threads/thread.h"

/* ---- what is done to it ------------------------------------------------------------------------- */

static struct dump_conn *touched(int fd)
{
	uint32_t entry = entry_here(fd);

	return entry ? conn_of_entry(&here, entry) : NULL;
}

void conn_bound(int fd)
{
	struct dump_conn *c = touched(fd);

	if (!c)
		return;
	address_local(c, fd, NULL);
	slot_flag(c, DUMP_BOUND | DUMP_TOUCHED);
}

void conn_listening(int fd)
{
	struct dump_conn *c = touched(fd);

	if (!c)
		return;
	address_local(c, fd, NULL); /* also without bind(): the kernel chose a port */
	slot_flag(c, DUMP_LISTENING | DUMP_TOUCHED);
	thread_untouch(conn_id(c));
}

void conn_shut(int fd, int how)
{
	struct dump_conn *c = touched(fd);

	if (!c || ending_now()) /* then it is what a destructor does before it closes */
		return;
	slot_flag(c, DUMP_TOUCHED | (how == SHUT_RD   ? DUMP_SHUT_RD :
				     how == SHUT_WR   ? DUMP_SHUT_WR :
							DUMP_SHUT_RD | DUMP_SHUT_WR));
}

static uint8_t watch_of(int epfd)
{
	return epfd < 254 ? (uint8_t)(epfd + 1) : 255;
}

static void watched(int fd, int epfd)
{
	struct dump_conn *c = touched(fd);

	if (!c)
		return;
	c->watch = watch_of(epfd);
	slot_flag(c, DUMP_WATCHED);
}

static void unwatched(int fd, int epfd)
{
	struct dump_conn *c = touched(fd);

	if (c && c->watch == watch_of(epfd))
		c->watch = 0;
}

void conn_epoll(int epfd, int operation, int fd)
{
	if (!descriptor_get(fd))
		process_epoll_nested();
	else if (operation == EPOLL_CTL_DEL)
		unwatched(fd, epfd);
	else
		watched(fd, epfd);
}

void conn_polled(int fd, struct thread_wait *sockets)
{
	struct dump_conn *c = touched(fd);

	if (!c)
		return;
	slot_flag(c, DUMP_WATCHED);
	if (unlikely(closing_in_ending) && (slot_flags(c) & DUMP_LISTENING))
		closing_goes_on();
	if (sockets->count < sizeof sockets->ids / sizeof *sockets->ids)
		sockets->ids[sockets->count] = conn_id(c);
	sockets->count++;
}

void conn_stdio(int fd)
{
	struct dump_conn *c = touched(fd);

	if (c)
		slot_flag(c, DUMP_STDIO | DUMP_TOUCHED);
}

void conn_stdio_writes(int fd)
{
	struct dump_conn *c = touched(fd);

	if (c)
		__atomic_store_n(&c->out.inexact, 1, __ATOMIC_RELAXED);
}

/* ---- connecting ---------------------------------------------------------------------------------- */

/* The kernel returns these only after it has read the address. A sandbox may return anything. */
static bool was_read(int error)
{
	return error == 0 || error == EINPROGRESS || error == EINTR || error == EISCONN || error == EALREADY ||
	       error == ECONNREFUSED || error == ETIMEDOUT || error == ENETUNREACH || error == EHOSTUNREACH;
}

/* A datagram's association, connect(2). */
static bool dissolves(const struct sockaddr *peer)
{
	return peer && peer->sa_family == AF_UNSPEC;
}

static void connects_to(struct dump_conn *c, const struct sockaddr *peer, socklen_t size)
{
	uint8_t known = address_peer_is(c, peer, size);

	if (likely(connect_stream(c)))
		connect_client(c, known);
	else if (known)
		slot_knows(c, known);
}

static void connected(struct dump_conn *c, int fd, const struct sockaddr *peer, socklen_t size)
{
	connects_to(c, peer, size);
	slot_unflag(c, DUMP_CONNECT_FAILED);
	if (unlikely(address_comes)) /* package net's do not wait: it is somebody else's call */
		address_local(c, fd, NULL);
	connecting_done_with(c, fd, DUMP_TOUCHED);
}

/* It is not connected by that. */
static __attribute__((noinline)) void not_connected(struct dump_conn *c, int fd, const struct sockaddr *peer,
						    socklen_t size, int error)
{
	if (!was_read(error) && !readable(peer, size))
		peer = NULL;
	if (error == EISCONN) {
		connecting_done(c, fd);
		return;
	}
	if (error == EALREADY || dissolves(peer))
		return;
	connects_to(c, peer, size);
	if (error == EINPROGRESS || error == EINTR || (error == EAGAIN && c->family != AF_UNIX)) {
		address_local_soon(c, fd, NULL);
		connect_begun(c);
	} else {
		connect_failed(c, error);
	}
}

void conn_connect_end(const struct conn_io *io, const struct sockaddr *peer, socklen_t size,
		      int error)
{
	struct dump_conn *c = io->conn;
	bool tried = error != EFAULT && size >= sizeof peer->sa_family;

	if (!conn_back(io) || conn_id(c) != io->id)
		return;
	if (likely(tried && error == 0) && !dissolves(peer)) {
		connected(c, io->fd, peer, size);
		return;
	}
	slot_flag(c, DUMP_TOUCHED);
	if (tried && error)
		not_connected(c, io->fd, peer, size, error);
}

void conn_so_error(int fd, int error)
{
	struct dump_conn *c = touched(fd);

	if (!c)
		return;
	if (!(slot_flags(c) & DUMP_CONNECTING)) {
		if (error)
			__atomic_store_n(&c->in.error, (uint16_t)error, __ATOMIC_RELAXED);
	} else if (error) {
		connect_failed(c, error);
	} else if (!address_comes) {
		conn_writable(fd); /* 0 also means "still under way": ask whether there is a peer */
	}
}

void conn_has_peer(int fd)
{
	struct dump_conn *c = touched(fd);

	if (c && (slot_flags(c) & DUMP_CONNECTING))
		connecting_done(c, fd);
}

void conn_named(int fd, const struct sockaddr *address, socklen_t size)
{
	struct dump_conn *c = touched(fd);

	if (c && (slot_flags(c) & (DUMP_CONNECTED | DUMP_CONNECTING)) && !(c->has & DUMP_HAS_LOCAL))
		address_local_is(c, address, size);
}

void conn_writable(int fd)
{
	struct dump_conn *c = touched(fd);

	if (c && (slot_flags(c) & DUMP_CONNECTING) && address_ask_peer(c, fd))
		connecting_done(c, fd);
}
