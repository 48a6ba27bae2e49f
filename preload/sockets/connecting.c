/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/connecting.h"

#include "core/connect.h"
#include "core/slot.h"
#include "here/presence.h"
#include "sockets/address.h"

void connecting_done(struct dump_conn *c, int fd)
{
	connecting_done_with(c, fd, 0);
}

void connecting_done_with(struct dump_conn *c, int fd, uint16_t also)
{
	if (slot_flags(c) & DUMP_CONNECTED) {
		slot_flag(c, also);
		return;
	}
	if (fd >= 0 && !(c->has & DUMP_HAS_LOCAL))
		address_local_soon(c, fd, NULL);
	connect_done(c, state_now(), also);
}

/* When nobody saw it connect, that was a raw system call, io_uring, sendto() with MSG_FASTOPEN, or a
 * connect() of another library that put a socket of its own in this one's place. */
void connecting_seen(struct dump_conn *c, int fd)
{
	if (slot_flags(c) & DUMP_CONNECTING)
		connecting_done(c, fd);
	else if (connect_unasked(c) && address_ask_peer(c, fd))
		connecting_done(c, fd);
}

void connecting_ask_last(struct dump_conn *c, int fd)
{
	if ((slot_flags(c) & DUMP_CONNECTING) && address_ask_peer(c, fd))
		connecting_done(c, fd);
	address_local_last(c, fd);
}
