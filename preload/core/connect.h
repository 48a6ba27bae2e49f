/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection comes about, or does not. Knows what was observed; who has to ask the kernel for it is above
 * (preload/sockets/connecting.h).
 */
#ifndef CONNLEAK_CONNECT_H
#define CONNLEAK_CONNECT_H

#include <stdbool.h>
#include <stdint.h>

#include <sys/socket.h>

#include "connleak/dump.h"

/* Can it be connected at all? */
static inline bool connect_stream(const struct dump_conn *c)
{
	return c->type == SOCK_STREAM || c->type == SOCK_SEQPACKET;
}
/* This side connects. `also`: what else is known of it (`has`), noted in one. */
static inline void connect_client(struct dump_conn *c, uint8_t also)
{
	__atomic_store_n(&c->role, DUMP_ROLE_CLIENT, __ATOMIC_RELAXED);
	__atomic_fetch_or(&c->has, DUMP_HAS_REQUESTS_OUT | also, __ATOMIC_RELEASE);
}
/* It is connected; the first time counts. `also`: flags that are noted with it, in one. */
void connect_done(struct dump_conn *c, uint64_t now, uint16_t also);
/* Under way. */
void connect_begun(struct dump_conn *c);
void connect_failed(struct dump_conn *c, int error);
/* A read or write was told this error: if it was still connecting, that failed. */
void connect_refused(struct dump_conn *c, int error);
/* To be asked for its peer, once, by whichever direction moves first. */
bool connect_unasked(struct dump_conn *c);

#endif
