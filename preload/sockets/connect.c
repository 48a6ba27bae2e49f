/* SPDX-License-Identifier: Apache-2.0 */
/* A connection comes about, or does not. */
#include "sockets/connect.h"

#include <sys/socket.h>

#include "sockets/address.h"
#include "core/slot.h"
#include "here/presence.h"

void connect_done(struct dump_conn *c, int fd)
{
	if (slot_flags(c) & DUMP_CONNECTED)
		return;
	if (fd >= 0 && !(c->has & DUMP_HAS_LOCAL))
		address_local(c, fd, NULL);
	c->connected_mono = state_now();
	slot_flag(c, DUMP_CONNECTED);
	slot_unflag(c, DUMP_CONNECTING);
}

bool connect_stream(const struct dump_conn *c)
{
	return c->type == SOCK_STREAM || c->type == SOCK_SEQPACKET;
}

/* Whether that was not known yet. */
bool connect_client(struct dump_conn *c)
{
	__atomic_store_n(&c->role, DUMP_ROLE_CLIENT, __ATOMIC_RELAXED);
	return !(__atomic_fetch_or(&c->has, DUMP_HAS_REQUESTS_OUT, __ATOMIC_RELAXED) & DUMP_HAS_REQUESTS_OUT);
}

void connect_failed(struct dump_conn *c, int error)
{
	c->connect_errno = (uint16_t)error;
	slot_flag(c, DUMP_CONNECT_FAILED);
	slot_unflag(c, DUMP_CONNECTING);
}

/* To be asked for its peer, once, by whichever direction moves first. */
static bool unasked(struct dump_conn *c)
{
	return connect_stream(c) && !(slot_flags(c) & DUMP_INHERITED) &&
	       !(__atomic_load_n(&c->has, __ATOMIC_RELAXED) & DUMP_HAS_REQUESTS_OUT) && connect_client(c);
}

/* When nobody saw it connect, that was a raw system call, io_uring, sendto() with MSG_FASTOPEN, or a
 * connect() of another library that put a socket of its own in this one's place. */
void connect_seen(struct dump_conn *c, int fd)
{
	if (slot_flags(c) & DUMP_CONNECTING)
		connect_done(c, fd);
	else if (unasked(c) && address_ask_peer(c, fd))
		connect_done(c, fd);
}

void connect_ask_last(struct dump_conn *c, int fd)
{
	if ((slot_flags(c) & DUMP_CONNECTING) && address_ask_peer(c, fd))
		connect_done(c, fd);
}

void connect_refused(struct dump_conn *c, int error)
{
	if (slot_flags(c) & DUMP_CONNECTING)
		connect_failed(c, error);
}
