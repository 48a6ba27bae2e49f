/* SPDX-License-Identifier: Apache-2.0 */
#include "transport_pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct transport *transport_new(void)
{
	struct transport *t = calloc(1, sizeof *t);

	if (!t)
		abort();
	pthread_mutex_init(&t->lock, NULL);
	return t;
}

static struct pool *pool_of(struct transport *t, const char *where)
{
	const char *colon = strrchr(where, ':');
	struct pool *p;

	if (!colon)
		return NULL;
	for (p = t->hosts; p < t->hosts + t->host_count; p++)
		if (strlen(p->host) == (size_t)(colon - where) &&
		    strncmp(p->host, where, strlen(p->host)) == 0 && strcmp(p->port, colon + 1) == 0)
			return p;
	if (t->host_count == HOSTS_MAX)
		return NULL;
	t->host_count++;
	p->transport = t;
	snprintf(p->host, sizeof p->host, "%.*s", (int)(colon - where), where);
	snprintf(p->port, sizeof p->port, "%s", colon + 1);
	return p;
}

static struct conn *take_idle(struct pool *p)
{
	struct conn *c;

	pthread_mutex_lock(&p->transport->lock);
	c = p->idle;
	if (c) {
		p->idle = c->next_idle;
		p->transport->reused++;
	}
	pthread_mutex_unlock(&p->transport->lock);
	return c;
}

static struct conn *open_new(struct pool *p)
{
	struct conn *c = conn_open(p, p->host, p->port);

	if (!c)
		return NULL;
	c->next = p->transport->all;
	p->transport->all = c;
	p->transport->opened++;
	return c;
}

struct conn *transport_get(struct transport *t, const char *where, const char *path, unsigned timeout_ms)
{
	struct pool *p = pool_of(t, where);
	struct conn *c = p ? take_idle(p) : NULL;

	if (p && !c)
		c = open_new(p);
	return c && conn_request(c, where, path, timeout_ms) ? c : NULL;
}

void pool_put(struct conn *c)
{
	pthread_mutex_lock(&c->pool->transport->lock);
	c->next_idle = c->pool->idle;
	c->pool->idle = c;
	pthread_mutex_unlock(&c->pool->transport->lock);
}

void pool_forget(struct conn *c)
{
	struct conn **at = &c->pool->idle;

	pthread_mutex_lock(&c->pool->transport->lock);
	while (*at && *at != c)
		at = &(*at)->next_idle;
	if (*at)
		*at = c->next_idle;
	pthread_mutex_unlock(&c->pool->transport->lock);
}
