/* SPDX-License-Identifier: Apache-2.0 */
/* The transport: idle connections by host, and a list of all that it ever opened. */
#pragma once
#include <pthread.h>

#include "transport_conn.h"

#define HOSTS_MAX 8

struct pool { /* of one host */
	struct transport *transport;
	char host[64], port[16];
	struct conn *idle;
};

struct transport {
	pthread_mutex_t lock;
	struct pool hosts[HOSTS_MAX];
	unsigned host_count;
	struct conn *all;
	unsigned opened, reused;
};

struct transport *transport_new(void);

/* An idle connection to HOST:PORT, or a new one; with the response's head read. */
struct conn *transport_get(struct transport *t, const char *where, const char *path, unsigned timeout_ms);

void pool_put(struct conn *c);	  /* the reader: it can serve the next request */
void pool_forget(struct conn *c); /* the reader: no longer */
