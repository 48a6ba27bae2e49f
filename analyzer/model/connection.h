/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection of the model: what its dump tells, what the kernel says, and the places for what is decided
 * of it. Part of model.h, which says who fills in what.
 */
#ifndef CONNLEAK_MODEL_CONNECTION_H
#define CONNLEAK_MODEL_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "connleak/dump.h"
#include "model/verdicts.h"
#include "read/reader.h"

struct model_kernel { /* what the kernel says of a socket, at the end or just now */
	bool known;         /* anything below is */
	bool has_queue;     /* queued and unsent are */
	bool has_tcp;       /* tcp_state, received, acked are; of a table's entry only the first */
	bool gone;          /* the descriptor holds another socket, or none */
	uint8_t tcp_state;  /* TCP_ESTABLISHED, ... of netinet/tcp.h; 0 unknown */
	uint32_t queued;
	uint32_t unsent;
	uint64_t received;
	uint64_t acked;
	uint32_t rtt_us;        /* of a running process: smoothed round trip; 0 unknown */
	uint32_t retransmitted; /* segments, over its life */
};

/* How a thread waits for a connection: in a call that named it, or in an epoll set that holds it. */
enum model_waited { MODEL_WAITED_NOT, MODEL_WAITED_SET, MODEL_WAITED_CALL };

struct model_holder {
	uint64_t start_ticks; /* as in model_process: a pid may have been another's */
	uint32_t pid;
	char name[32]; /* terminated and printable; empty: unknown */
};

struct model_conn {
	const struct dump_conn *facts;      /* as recorded; never NULL */
	uint32_t index;                     /* of all, ascending by id */
	const struct dump_streams *streams; /* HTTP/2, or NULL */
	struct model_kernel kernel;

	bool half_written; /* some of `facts` was caught while it was being written */
	enum model_waited waited_for; /* by a thread that is alive */
	bool sent_now;     /* a thread is in a call that sends on it, and waits for room */
	bool handed_out;   /* a response of it was, and neither read to its end nor closed: its reader says so */
	bool handled;      /* a request of it is, by the goroutine that serves it */
	const char *kind;  /* "tcp", "tcp6", "unix", "udp", ...; never NULL */
	uint32_t stack;    /* index into model.stacks, who opened it; MODEL_NONE unknown */
	const char *task;  /* of the event loop that opened it: terminated, or NULL */
	uint32_t closed_stack; /* and who closed it, where that says something */
	bool closed_twice; /* its number was closed once more (model_twice) */
	bool teardown;     /* closed only while the process was ending: `kernel` is of before that */

	/* decided by holders.c */
	const struct model_holder *holders; /* who else holds it, in the order of holders_next() */
	uint32_t holder_count;

	/* decided by verdict.c */
	enum verdict verdict;
	enum reason reason;
	enum evidence evidence;
	uint32_t site; /* index into model.call_sites, or MODEL_NONE; by tally.c */
	bool closed;      /* every descriptor of it in this process is */
	bool framed;      /* the framing of its protocol was followed and is to be believed */
	bool has_body_expected;
	const char *protocol; /* "http/1.0", "http/1.1", "h2", "tls", ..., or NULL */
	uint32_t requests;
	uint32_t responses; /* final ones, read to their end */
	uint32_t reused;    /* requests after the first */
	uint64_t body_received;
	uint64_t body_expected; /* when has_body_expected */

	uint64_t bypassed_by; /* id of the other one, where two of a place are all there are, the second opened
	                         and asked, once, while this one sat idle; 0 no such */
};

#endif
