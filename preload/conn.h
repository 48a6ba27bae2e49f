/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections: from descriptor to connection, and every change of a connection's state. Plain
 * functions on facts that a caller observed; knows nothing of hooks, makes no verdict.
 *
 * "Connection" is short for socket here: a listening one and a datagram one have a slot, too.
 * All functions may be called from any thread and, unless they say otherwise, from signal
 * handlers. None waits for another thread, but for the moments in which the dump is created or
 * grows. None touches errno's callers: the hooks keep it.
 */
#ifndef CONNLEAK_CONN_H
#define CONNLEAK_CONN_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "arena.h"
#include "connleak/dump.h"
#include "descriptor.h"

struct thread_wait;

/* The slot of an entry that is not pending. */
static inline struct dump_conn *conn_of_entry(uint32_t entry)
{
	return arena_item(ARENA_CONNECTIONS, entry - 1);
}

/* Whose slot it is; it may be another connection's the next moment. A stale answer is caught where it
 * counts: half_lock() asks again once it holds the slot. */
static inline uint64_t conn_id(const struct dump_conn *c)
{
	return __atomic_load_n(&c->id, __ATOMIC_RELAXED);
}

/* ---- life ------------------------------------------------------------------------------------- */

/* A socket was made at descriptor `fd`. `domain`, `type` (with its flags) and `protocol` as given
 * to socket(2). */
void conn_opened(int fd, int domain, int type, int protocol);
/* A socketpair was made. */
void conn_pair(const int fds[2], int domain, int type, int protocol);
/* `fd` came out of accept(2) on `listener`; `peer` as the kernel gave it. */
void conn_accepted(int listener, int fd, const struct sockaddr *peer, socklen_t size);
/* `fd` came from elsewhere (SCM_RIGHTS, pidfd_getfd): adopted if it is a socket. */
void conn_received(int fd);
/* `fd` is now another descriptor of what `old` is. Also where neither is a socket: then it proves
 * that a socket we held under this number is gone. */
void conn_duplicated(int old, int fd);
/* A new descriptor that is no socket: what we hold under its number was closed unseen. */
void conn_replaced_slow(int fd);
static inline void conn_replaced(int fd)
{
	if (unlikely(fd >= 0 && descriptor_get(fd)))
		conn_replaced_slow(fd);
}

/* The descriptor is about to be closed. Lock-free. */
void conn_close_slow(int fd);
static inline void conn_close(int fd)
{
	if (unlikely(descriptor_get(fd)))
		conn_close_slow(fd);
}
/* Every descriptor from `first` to `last`, both included. */
void conn_close_range(unsigned first, unsigned last);

/* ---- calls that may block ---------------------------------------------------------------------- */

/* A call on a tracked connection, from before it to after it. The id tells whether the slot is
 * still that connection's when the call returns. */
struct conn_io {
	struct dump_conn *conn;
	struct dump_thread *thread; /* NULL: there is no slot for it */
	uint64_t id;
	int fd;
	uint32_t openings; /* sockets opened before the call, low half of the number */
	uint32_t forks; /* state.forks: a handler may fork, and the child return into the call */
};

/* Are slot and thread still this process's? */
static inline bool conn_same_process(const struct conn_io *io)
{
	return likely(!state_forked() && io->forks == state.forks);
}

/* And is the slot still that connection's? It may be another one's the next moment, except while
 * the caller holds one direction of it. */
static inline bool conn_still(const struct conn_io *io)
{
	return conn_same_process(io) && likely(conn_id(io->conn) == io->id);
}

bool conn_begin_slow(struct conn_io *io, uint32_t entry, int fd, enum dump_call call);

/* True when `fd` is a tracked socket: then the thread is marked as waiting in `call`, and the
 * call's end has to be told by one of the functions below. */
static inline bool conn_begin(struct conn_io *io, int fd, enum dump_call call)
{
	uint32_t entry = descriptor_get(fd);

	return unlikely(entry) && conn_begin_slow(io, entry, fd, call);
}

/* The call moved nothing and told nothing; `io` may be NULL. */
void conn_end(const struct conn_io *io);
/* It returned `n` (as read(2) does) with `error`; the bytes are in `iov`, or nobody saw them when
 * `iov` is NULL. `wanted`: it asked for at least a byte, so that 0 is end-of-file. */
void conn_end_in(const struct conn_io *io, ssize_t n, int error, const struct iovec *iov,
		 size_t iov_count, bool wanted);
void conn_end_out(const struct conn_io *io, ssize_t n, int error, const struct iovec *iov,
		  size_t iov_count);
/* The call only looked (MSG_PEEK): nothing was taken, but end-of-file and errors were told. */
void conn_end_peek(const struct conn_io *io, ssize_t n, int error, bool wanted);

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

/* ---- what is done to it ------------------------------------------------------------------------ */

void conn_bound(int fd);
void conn_listening(int fd);
void conn_shut(int fd, int how);
/* It was put into the epoll set `epfd`, or taken out of it. */
void conn_watched(int fd, int epfd);
void conn_unwatched(int fd, int epfd);
/* It is one of those that a poll or select is about to wait for. */
void conn_polled(int fd, struct thread_wait *sockets);
/* stdio was put upon it: its reads and writes happen inside libc from now on. */
void conn_stdio(int fd);
/* connect(2) on the connection returned `error` (an errno, 0 success). */
void conn_connect_end(const struct conn_io *io, const struct sockaddr *peer, socklen_t size,
		      int error);
/* getsockopt(SO_ERROR) told the program `error`. */
void conn_so_error(int fd, int error);
/* poll and its like said that a connecting socket is writable, without an error. */
void conn_writable(int fd);

/* ---- inheritance, exec, end ----------------------------------------------------------------------- */

/* At the start of a process image: sockets that are open already. Makes system calls. */
void conn_inherit_from_exec(void);
/* In the child of a fork: what the parent held is pending here. */
void conn_inherit_from_fork(void);
/* Gives a slot to one socket that we did not see being made; `entry` is its pending entry, `fresh`
 * says that this process has just got it. */
void conn_adopt(int fd, uint32_t entry, bool fresh);
/* Gives a slot to every pending socket; called when this process's dump is made. */
void conn_adopt_all(void);
/* Asks the kernel which of the descriptors that we hold as open are not, and closes those. Some
 * 0.2 us for each. */
void conn_reconcile(void);
/* An exec is about to happen: notes which connections it would close. */
void conn_before_exec(void);
/* Calls `visit` for each open connection that has a descriptor. */
void conn_each_open(void (*visit)(struct dump_conn *c, int fd, void *data), void *data);

/* Bytes moved on what was not known to be connected: a stream is. For conn_io.c. */
void conn_moved(struct dump_conn *c, int fd);
/* A descriptor is about to be closed. epoll tells nobody that a connect is over, and a health check moves no
 * bytes: what is still connecting is asked, while it can be. For conn.c. */
void conn_ending(struct dump_conn *c, int fd);
/* A call on a connecting socket returned what became of it. */
void conn_refused(struct dump_conn *c, int error);

/* Is it, or can it become, a connection to somebody: no datagram socket, no end of a socketpair,
 * not listening. */
static inline bool conn_is_connection(const struct dump_conn *c)
{
	return (c->type == SOCK_STREAM || c->type == SOCK_SEQPACKET) &&
	       !(__atomic_load_n(&c->flags, __ATOMIC_RELAXED) & (DUMP_PAIR | DUMP_LISTENING));
}

/* The id of the connection that the calling thread opened last, if nothing was asked or answered
 * on it yet (a TLS handshake does not count); else 0. A thread that is created now may be its. */
uint64_t conn_opened_just_now(void);


#endif
