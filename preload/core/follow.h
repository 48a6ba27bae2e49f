/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection as the framing sees it: where its frames are, and who gives it room for streams and takes
 * the host's name. For who feeds it: conn_io.c and plain.c.
 */
#ifndef CONNLEAK_CONN_FOLLOW_H
#define CONNLEAK_CONN_FOLLOW_H

#include "core/slot.h"
#include "core/framing/framing.h"

struct followed {
	struct framing framing; /* first: the callbacks get its address */
	struct recorder *recorder;
	struct dump_conn *conn;
};

/* The callbacks. */
struct dump_streams *follow_streams(struct framing *f);
void follow_host(struct framing *f, const char *bytes, size_t size, enum framing_part part);

/* Written under the lock of the direction that asks, looked at by the other one. */
static inline bool follow_has_host(const struct dump_conn *c)
{
	return __atomic_load_n(&c->host, __ATOMIC_RELAXED);
}

static inline struct followed follow(struct recorder *r, struct dump_conn *c)
{
	return (struct followed){.framing = {.frame = {&c->in.frame, &c->out.frame},
					     .protocol = &c->protocol, .has = &c->has,
					     .pipeline = &c->pipeline, .streams = follow_streams,
					     .heads = r->tables->heads,
					     .host = follow_has_host(c) ? NULL : follow_host},
				 .recorder = r,
				 .conn = c};
}

#endif
