/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONNLEAK_CONN_CHANGE_H
#define CONNLEAK_CONN_CHANGE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "conn_io.h"

struct thread_wait;

/* ---- what is done to it ------------------------------------------------------------------------ */

void conn_bound(int fd);
void conn_listening(int fd);
void conn_shut(int fd, int how);
/* epoll_ctl(2) succeeded, on a socket or on another epoll set. */
void conn_epoll(int epfd, int operation, int fd);
/* It is one of those that a poll or select is about to wait for. */
void conn_polled(int fd, struct thread_wait *sockets);
/* stdio was put upon it: its reads and writes happen inside libc from now on. */
void conn_stdio(int fd);
/* Its stream is about to be closed, and will write what it holds back: bytes that nobody sees. */
void conn_stdio_writes(int fd);
/* connect(2) on the connection returned `error` (an errno, 0 success). */
void conn_connect_end(const struct conn_io *io, const struct sockaddr *peer, socklen_t size,
		      int error);
/* getsockopt(SO_ERROR) told the program `error`. */
void conn_so_error(int fd, int error);
/* getpeername(2) succeeded on it; getsockname(2) told this address. */
void conn_has_peer(int fd);
void conn_named(int fd, const struct sockaddr *address, socklen_t size);
/* poll and its like said that a connecting socket is writable, without an error. */
void conn_writable(int fd);

#endif
