/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel says of a socket: its inode, its addresses, whether it has a peer. The only
 * place in the conn_*.c files that makes system calls; in a sandbox it makes none and the facts
 * stay unknown.
 */
#ifndef CONNLEAK_CONN_ADDRESS_H
#define CONNLEAK_CONN_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "connleak/dump.h"

/* The inode of the socket, as in /proc/PID/fd; 0 unknown, or no socket. */
uint64_t address_inode(int fd);
bool address_is_socket(int fd);
/* A socket of the internet's families, or a unix one that connections are made with. */
bool address_is_connection(int fd);

/* Whether the socket has a peer (getpeername(2)), which is noted if it was not known. */
bool address_ask_peer(struct dump_conn *c, int fd);
void address_peer(struct dump_conn *c, const struct sockaddr *address, socklen_t size);
/* Writes it, and leaves it to the caller to note that: DUMP_HAS_PEER, or 0 when it is no address we know. */
uint8_t address_peer_is(struct dump_conn *c, const struct sockaddr *address, socklen_t size);
/* The program asks for both addresses of each connection by itself, as soon as there is one (Go's
 * package net): they are taken from its answers (conn_named(), conn_has_peer()), and asked for again
 * only where it is closed without. */
extern bool address_comes;
/* As address_local(), unless it comes. */
void address_local_soon(struct dump_conn *c, int fd, const struct dump_conn *l);
/* It is about to be closed, or the process to end: asked for where it has not come. */
void address_local_last(struct dump_conn *c, int fd);
/* As the program was told. */
void address_local_is(struct dump_conn *c, const struct sockaddr *address, socklen_t size);
/* getsockname(2); from the listener `l`, which may be NULL, where that has one that is no
 * wildcard: an accepted connection's local address is the same. */
void address_local(struct dump_conn *c, int fd, const struct dump_conn *l);
/* Domain, type, both addresses and whether it listens, of a socket that we did not see being
 * made. */
void address_everything(struct dump_conn *c, int fd);

#endif
