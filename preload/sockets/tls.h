/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS: which connection a session of a TLS library belongs to, and what is inside handed on to its
 * framing. Knows sessions and BIOs as addresses only: no library, no hook.
 *
 * Who belongs to whom is observed, never asked for where it can be seen:
 *  - the socket that was read or written inside a call on the session (tls_touched);
 *  - else what was learned by an earlier call: the library may answer from its buffer;
 *  - else the BIO that the session reads from, when received bytes were put into it (tls_put_in);
 *  - else the descriptor that the library names.
 * What is learned carries the connection's id, so that a descriptor or an address that is used
 * again is not mistaken. A session whose connection is not known leaves it "tls", seen from outside.
 *
 * The library's own rule holds here, too: one session is used by one thread at a time, or read by
 * one and written by another. Everything is lock-free and async-signal-safe.
 */
#ifndef CONNLEAK_TLS_H
#define CONNLEAK_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "connleak/dump.h"
#include "here/presence.h"
#include "here/self.h"

/* Room for so many sessions and BIOs; those that find none stay unseen, and are counted. */
#define TLS_ENTRIES (1u << 16)

/* ---- what this thread did just now; told by conn_io.c ------------------------------------------ */

#define TLS_MARK 16 /* bytes by which what was received is known again */

struct tls_seen {
	const void *inside; /* the session whose call ended since tls_begin() */
	struct dump_conn *from; /* received last, on a connection that nobody sees into yet */
	uint64_t from_id;
	size_t size;
	uint8_t mark[TLS_MARK];
};

extern __thread struct tls_seen tls_seen __attribute__((tls_model("initial-exec")));

/* A read or write on `c` was tried. */
static inline void tls_touched(struct dump_conn *c, uint64_t id)
{
	if (unlikely(!self.touched)) {
		self.touched = c;
		self.touched_id = id;
	}
}

/* `n` bytes were read from `c` whose framing says nothing: TLS, or what an upgrade led to. */
void tls_received(struct dump_conn *c, const struct iovec *iov, size_t count, size_t n);

/* ---- a call on a session, from before it to after it --------------------------------------------- */

struct tls_call {
	const void *session;
	struct dump_conn *conn; /* valid after tls_end() said so */
	uint64_t id;
	struct dump_conn *outer; /* what the call around this one touched before */
	uint64_t outer_id;
};

void tls_begin(struct tls_call *call, const void *session);

/* True when the session's connection is known and this session's plain text is what its framing
 * follows. tls_end_at() is asked when it is not: with the BIO that the session reads from, and the
 * descriptor that the library names; NULL and -1 for neither. */
bool tls_end(struct tls_call *call);
/* The same of a handshake that is not through: nothing is learned, so its records go on being followed. */
void tls_leave(struct tls_call *call);
/* And of one that the library gave up: the connection that it touched has failed as TLS. */
void tls_failed(struct tls_call *call);
bool tls_end_at(struct tls_call *call, const void *bio, int fd);

/* The call read or wrote so much plain text. With NULL nobody saw it. */
void tls_in(const struct tls_call *call, const void *bytes, size_t n);
void tls_out(const struct tls_call *call, const void *bytes, size_t n);
/* The program was told that the plain text has ended; `clean`: by the peer's close_notify. */
void tls_eof(const struct tls_call *call, bool clean);
/* The program said close_notify itself: it will write no more. */
void tls_shut(const struct tls_call *call);
/* Plain text went by that cannot be told from what went by before: the framing is void. */
void tls_void(const struct tls_call *call);
/* The server's name, as the library has it. */
void tls_host(const struct tls_call *call, const char *name);
/* What the handshake chose by ALPN. */
void tls_alpn(const struct tls_call *call, const void *name, size_t size);

/* ---- sessions and BIOs ------------------------------------------------------------------------------ */

/* The address is a new session's, or nobody's any more. */
void tls_forget(const void *session);
/* `n` bytes were put into a BIO from outside. */
void tls_put_in(const void *bio, const void *bytes, size_t n);
/* Have bytes been received that may be put into a BIO next? For the hot path. */
static inline bool tls_may_put_in(void)
{
	return unlikely(tls_seen.from != NULL);
}
/* What is put into one of them is read from the other. */
void tls_paired(const void *bio, const void *other);

/* In the child of a fork: the parent's connections are not ours. */
void tls_forget_all(void);

#endif
