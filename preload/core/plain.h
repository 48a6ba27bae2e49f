/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plain text inside TLS: what goes by on a session, once its connection is known. Knows neither sessions
 * nor libraries.
 *
 * `id`: what the slot was when the caller found it; a slot that is another connection's by now is left alone.
 * `among`: there are, or were, other threads (core/half.h). All functions are async-signal-safe.
 */
#ifndef CONNLEAK_PLAIN_H
#define CONNLEAK_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/recorder.h"

/* A TLS session was found to belong to connection `id`: from here on the framing is that of its
 * plain text, from its first byte, and the bytes on the socket are counted only. False: the slot is
 * another connection's by now, or two threads met on it. */
bool plain_begin(struct recorder *r, struct dump_conn *c, uint64_t id, bool among);
/* The same, where only one session is ever found on a connection, and two threads may find it at once, one to
 * read and one to write: what one of them has fed stays. */
bool plain_begin_once(struct recorder *r, struct dump_conn *c, uint64_t id, bool among);
/* The library gave the handshake up: what went by was none (plain HTTP on a port for TLS, a mail server's
 * greeting), or one that failed. It is "tls" from here on, and failed. */
void plain_failed(struct recorder *r, struct dump_conn *c, uint64_t id, bool among);
/* The server's name, as the library has it: its ClientHello may have come in pieces. The first name
 * that is found stays. */
void plain_host(struct recorder *r, struct dump_conn *c, uint64_t id, const char *name);
/* What the handshake chose by ALPN. Others than HTTP's are not kept. */
void plain_alpn(struct dump_conn *c, uint64_t id, const void *name, size_t size);
/* `n` bytes of plain text were handed to the program, or taken from it. With NULL nobody saw them. */
void plain_in(struct recorder *r, struct dump_conn *c, uint64_t id, bool among, const void *bytes, size_t n);
void plain_out(struct recorder *r, struct dump_conn *c, uint64_t id, bool among, const void *bytes, size_t n);
/* The program was told that the plain text has ended; `clean`: by the peer's close_notify. */
void plain_eof(struct recorder *r, struct dump_conn *c, uint64_t id, bool among, bool clean);
/* The program said close_notify itself: it will write no more. */
void plain_shut(struct recorder *r, struct dump_conn *c, uint64_t id, bool among);
/* Plain text went by that cannot be told from what went by before: the framing is void. */
void plain_void(struct recorder *r, struct dump_conn *c, uint64_t id, bool among);

#endif
