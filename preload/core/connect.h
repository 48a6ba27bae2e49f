/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection comes about, or does not. Knows what was observed; who has to ask the kernel for it is above
 * (preload/sockets/connecting.h).
 */
#ifndef CONNLEAK_CONNECT_H
#define CONNLEAK_CONNECT_H

#include <stdbool.h>
#include <stdint.h>

#include "connleak/dump.h"

/* Can it be connected at all? */
bool connect_stream(const struct dump_conn *c);
/* This side connects. True when that was not known yet. */
bool connect_client(struct dump_conn *c);
/* It is connected; the first time counts. */
void connect_done(struct dump_conn *c, uint64_t now);
/* Under way. */
void connect_begun(struct dump_conn *c);
void connect_failed(struct dump_conn *c, int error);
/* A read or write was told this error: if it was still connecting, that failed. */
void connect_refused(struct dump_conn *c, int error);
/* To be asked for its peer, once, by whichever direction moves first. */
bool connect_unasked(struct dump_conn *c);

#endif
