/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two calls of Node's that are made to come by us: where a TCP handle is made, and where it is connected. Knows Node's
 * code and libuv's signatures, nothing of stacks.
 *
 * Node connects from its event loop, where no frame of the user's is left: who wants the connection is known only
 * when its handle is made, and that is no system call. Where libuv is a library of its own, the two are words in the
 * linker's table; where it is linked into node, they are calls in node::TCPWrap's code, known by what they stand
 * between. Before the program runs; x86-64 only. Where the code is not as we know it, nothing is changed.
 */
#ifndef CONNLEAK_SCRIPTS_NODE_CALLS_H
#define CONNLEAK_SCRIPTS_NODE_CALLS_H

#include <stdbool.h>

#include "scripts/library.h"

/* libuv's, as it documents them. */
typedef int node_tcp_init(void *loop, void *handle);
typedef int node_tcp_connect(void *request, void *handle, const void *address, void *done);

struct node_calls {
	node_tcp_init *init;       /* in: whom to call; out: whom it called */
	node_tcp_connect *connect;
};

/* Both, or none. */
bool node_calls_divert(const struct library *node, struct node_calls *calls);

#endif
