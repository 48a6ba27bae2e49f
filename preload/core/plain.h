/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONNLEAK_CONN_PLAIN_H
#define CONNLEAK_CONN_PLAIN_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "connleak/dump.h"

/* ---- the plain text inside TLS ------------------------------------------------------------------- */

/* A TLS session was found to belong to connection `id`: from here on the framing is that of its
 * plain text, from its first byte, and the bytes on the socket are counted only. False: the slot is
 * another connection's by now, or two threads met on it. */
bool conn_plain_begin(struct dump_conn *c, uint64_t id);
/* The server's name, as the library has it: its ClientHello may have come in pieces. The first name
 * that is found stays. */
void conn_plain_host(struct dump_conn *c, uint64_t id, const char *name);
/* What the handshake chose by ALPN. Others than HTTP's are not kept. */
void conn_plain_alpn(struct dump_conn *c, uint64_t id, const void *name, size_t size);
/* `n` bytes of plain text were handed to the program, or taken from it. With NULL nobody saw them. */
void conn_plain_in(struct dump_conn *c, uint64_t id, const void *bytes, size_t n);
void conn_plain_out(struct dump_conn *c, uint64_t id, const void *bytes, size_t n);
/* The program was told that the plain text has ended; `clean`: by the peer's close_notify. */
void conn_plain_eof(struct dump_conn *c, uint64_t id, bool clean);
/* The program said close_notify itself: it will write no more. */
void conn_plain_shut(struct dump_conn *c, uint64_t id);
/* Plain text went by that cannot be told from what went by before: the framing is void. */
void conn_plain_void(struct dump_conn *c, uint64_t id);

#endif
