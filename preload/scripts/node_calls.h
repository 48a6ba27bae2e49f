/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of Node's that are made to come by us: where a TCP or pipe handle is made, and where it is connected.
 * Knows Node's code and libuv's signatures, nothing of stacks.
 *
 * Node connects from its event loop, where no frame of the user's is left: who wants the connection is
 * known only when its handle is made, and that is no system call. A socket that listens is made when its
 * handle is bound. Where libuv is a library of its own, these are words in the linker's table; where it is
 * linked into node, they are calls in the code of node::TCPWrap and node::PipeWrap, known by what they
 * stand between, or by what they call. Before the program runs; x86-64 only. Where the code is not as we
 * know it, nothing is changed.
 */
#ifndef CONNLEAK_SCRIPTS_NODE_CALLS_H
#define CONNLEAK_SCRIPTS_NODE_CALLS_H

#include <stdbool.h>

#include "scripts/library.h"

enum node_calls {
	NODE_TCP_INIT,
	NODE_TCP_CONNECT,
	NODE_PIPE_INIT,
	NODE_PIPE_CONNECT,
	NODE_TCP_BIND,
	NODE_PIPE_BIND,
	NODE_CALLS
};

/* libuv's functions, which take the handle as their second argument, and those that bind as their first. What
 * is passed in the other registers is passed on: they differ in how many arguments they have,
 * uv_pipe_connect2() has six. */
typedef uintptr_t node_call(uintptr_t first, uintptr_t handle, uintptr_t, uintptr_t, uintptr_t, uintptr_t);

/* What uv_tcp_connect()'s fourth argument is. */
typedef void node_done(uintptr_t request, int status);

/* In: whom to call; out: whom it called, NULL where it was left as it was. False: TCP's were. */
bool node_calls_divert(const struct library *node, node_call *calls[NODE_CALLS]);

#endif
