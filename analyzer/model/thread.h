/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thread, or goroutine, of the model, and which connection it serves.
 * Part of model.h, which says who fills in what.
 */
#ifndef CONNLEAK_MODEL_THREAD_H
#define CONNLEAK_MODEL_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "connleak/dump.h"

/* enum, name in the report, help text */
#define MODEL_THREAD_ROLES(X)                                                                     \
	X(MAIN, "main", "the thread that began in main()")                                        \
	X(READER, "reader", "it reads from the connection that it serves")                        \
	X(WRITER, "writer", "it writes to the connection that it serves")                         \
	X(READER_WRITER, "reader-writer", "it does both")                                         \
	X(WORKER, "worker", "it works on sockets, but serves no single connection")               \
	X(NONE, "none", "it never touched a socket")

enum model_thread_role {
#define X(name, text, help) MODEL_THREAD_##name,
	MODEL_THREAD_ROLES(X)
#undef X
	MODEL_THREAD_ROLE_COUNT
};

const char *model_thread_role_name(enum model_thread_role role);

struct model_pin { /* decided by pins.c: this thread serves that connection, or waits on it */
	uint64_t conn; /* id */
	uint32_t thread;
};

struct model_thread {
	uint32_t id;  /* 1, 2, 3, ...: of the report */
	uint32_t tid; /* the kernel's; 0 unknown */
	const char *name; /* terminated, "" when unknown */
	bool alive;       /* at the end, or now */
	bool main, foreign, detached, joined;
	bool goroutine;  /* of Go: `tid` is none */
	uint64_t goid;   /* Go's number of it */
	bool handed_out; /* it waits for a response's body to be read to its end or closed */
	bool reads_body; /* it waits for one that another reads off the connection: which, nobody knows */
	bool handles;    /* it is in the handler of a request */
	bool half_written;
	uint64_t created_mono; /* 0 unknown */
	uint64_t ended_mono;   /* 0 never */
	uint32_t created_by;   /* thread id, 0 unknown */
	uint32_t stack;        /* index into model.stacks, where it was created; or MODEL_NONE */
	const char *waiting_in; /* the call's name, or NULL; only of a thread that is alive */
	uint64_t waiting_on;    /* connection id; 0 none, or more than one */
	uint32_t waiting_count; /* how many sockets it waits for; 0 none, or unknown */
	uint64_t waiting_since; /* CLOCK_MONOTONIC ns; 0 unknown */
	bool waits_elsewhere;   /* not in the call that is on record */
	uint64_t opened, opened_before; /* ids: the last listed connection that it opened, and one before; 0 none */
	const struct dump_thread *facts;

	/* decided by pins.c */
	enum model_thread_role role;
	uint64_t serves; /* connection id, 0 none: a thread serves at most one */
	bool pins;       /* alive, and serves a connection that is drained or leaked */
};

#endif
