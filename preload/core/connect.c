/* SPDX-License-Identifier: Apache-2.0 */
#include "core/connect.h"

#include "core/compiler.h"
#include "core/slot.h"

void connect_done(struct dump_conn *c, uint64_t now, uint16_t also)
{
	uint16_t flags = slot_flags(c);

	if (unlikely(flags & DUMP_CONNECTED)) {
		slot_flag(c, also);
		return;
	}
	c->connected_mono = now;
	__atomic_fetch_or(&c->flags, DUMP_CONNECTED | also, __ATOMIC_RELEASE);
	if (flags & DUMP_CONNECTING)
		slot_unflag(c, DUMP_CONNECTING);
}

void connect_begun(struct dump_conn *c)
{
	slot_flag(c, DUMP_CONNECTING);
}

void connect_failed(struct dump_conn *c, int error)
{
	c->connect_errno = (uint16_t)error;
	slot_flag(c, DUMP_CONNECT_FAILED);
	slot_unflag(c, DUMP_CONNECTING);
}

void connect_refused(struct dump_conn *c, int error)
{
	if (slot_flags(c) & DUMP_CONNECTING)
		connect_failed(c, error);
}

/* True when that was not known yet. */
static bool first_client(struct dump_conn *c)
{
	__atomic_store_n(&c->role, DUMP_ROLE_CLIENT, __ATOMIC_RELAXED);
	return !(__atomic_fetch_or(&c->has, DUMP_HAS_REQUESTS_OUT, __ATOMIC_RELAXED) & DUMP_HAS_REQUESTS_OUT);
}

bool connect_unasked(struct dump_conn *c)
{
	return connect_stream(c) && !(slot_flags(c) & DUMP_INHERITED) &&
	       !(__atomic_load_n(&c->has, __ATOMIC_RELAXED) & DUMP_HAS_REQUESTS_OUT) && first_client(c);
}
