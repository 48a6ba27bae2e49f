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

#include "core/arena.h"
#include "connleak/dump.h"
#include "conn_change.h"
#include "sockets/census.h"
#include "conn_io.h"
#include "sockets/descriptor.h"
#include "sockets/twice.h"

/* ---- life ------------------------------------------------------------------------------------- */

/* Names the task the calling thread runs, in UTF-8, `max` bytes at most: how many, 0 none. NULL: nobody. */
extern uint32_t (*conn_task)(uint8_t *to, uint32_t max);

/* A socket was made at descriptor `fd`. `domain`, `type` (with its flags) and `protocol` as given
 * to socket(2). */
void conn_opened(int fd, int domain, int type, int protocol);
/* A call that would have made a descriptor failed with this error. */
void conn_not_opened(int error);
/* A socketpair was made. */
void conn_pair(const int fds[2], int domain, int type, int protocol);
/* `fd` came out of accept(2) on `listener`, as conn_begin() has it; NULL where it was no tracked socket,
 * or another process's. `peer` as the kernel gave it. */
void conn_accepted(const struct conn_io *listener, int fd, const struct sockaddr *peer, socklen_t size);
/* `fd` came from elsewhere (SCM_RIGHTS, pidfd_getfd): adopted if it is a socket. */
void conn_received(int fd);
/* recvmsg(2) returned this message, with or without descriptors. */
void conn_received_with(struct msghdr *message);
/* The message was sent, with the descriptors that came along. */
void conn_sent_with(const struct msghdr *message);
/* `fd` is now another descriptor of what `old` is. Also where neither is a socket: then it proves
 * that a socket we held under this number is gone. */
void conn_duplicated(int old, int fd);
/* The descriptor is about to be closed. Lock-free. */
void conn_close_slow(int fd, const void *caller);
static inline void conn_close(int fd)
{
	if (unlikely(descriptor_get(fd)))
		conn_close_slow(fd, __builtin_return_address(0));
}
/* `fd`, which is no socket that we know, but was (twice_remembers()), is about to be closed. True: `was` is
 * to be told to conn_close_again_end(), should that say EBADF. */
bool conn_close_again_begin(int fd, struct twice_number *was);
void conn_close_again_end(int fd, const struct twice_number *was);
/* twice_closing() said true. */
void conn_close_after_again(void);
/* Every descriptor from `first` to `last`, both included. */
void conn_close_range(unsigned first, unsigned last);

/* The id of the connection that the calling thread opened last, if nothing was asked or answered
 * on it yet (a TLS handshake does not count); else 0. A thread that is created now may be its. */
uint64_t conn_opened_just_now(void);


#endif
