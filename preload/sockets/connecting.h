/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection comes about, and nobody said so: the kernel is asked. What it then means for the connection is
 * core's (core/connect.h).
 */
#ifndef CONNLEAK_CONNECTING_H
#define CONNLEAK_CONNECTING_H

#include "connleak/dump.h"

/* The connection at `fd` (-1: not known) is connected; its own address is asked for if it is not known. */
void connecting_done(struct dump_conn *c, int fd);
/* The same, and these flags with it. */
void connecting_done_with(struct dump_conn *c, int fd, uint16_t also);
/* Bytes moved on a connection that nobody saw connect. */
void connecting_seen(struct dump_conn *c, int fd);
/* It is about to be closed, and may still be connecting. */
void connecting_ask_last(struct dump_conn *c, int fd);

#endif
