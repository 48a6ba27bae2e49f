/* SPDX-License-Identifier: Apache-2.0 */
/* The report as JSON: each connection. */
#include "say/json_parts.h"

#if !__GLIBC_PREREQ(2, 32)
#include <libiberty/libiberty.h>
#endif
#include <string.h>

#include "connleak/exchange.h"
#include "judge/pins.h"
#include "model/each.h"
#include "model/holders.h"
#include "say/walked.h"

/* "ECONNREFUSED"; NULL: none that is known. */
static const char *error_name(int error)
{
#if __GLIBC_PREREQ(2, 32)
	return strerrorname_np(error);
#else
	return strerrno(error);
#endif
}

static void put_addresses(struct json *g, const struct model *m, const struct model_conn *c)
{
	char address[MODEL_ADDRESS_MAX];

	json_name(g, "fds");
	json_open(g, '[');
	for (unsigned i = 0; i < 4; i++)
		if (c->facts->fds[i] >= 0)
			json_integer(g, c->facts->fds[i]);
	json_close(g, ']');
	pair_text(g, "local", model_local(m, c, address, sizeof address) ? address : NULL);
	pair_text(g, "peer", model_peer(m, c, address, sizeof address) ? address : NULL);
	pair_view(g, "host", model_host(m, c));
	pair_text(g, "state", model_tcp_state(c));
	pair_text(g, "protocol", c->protocol);
	pair_bool(g, "tls", (c->facts->flags & DUMP_TLS) != 0);
	pair_text(g, "alpn", c->facts->has & DUMP_HAS_ALPN_H2 ? "h2" :
			    c->facts->has & DUMP_HAS_ALPN_HTTP1 ? "http/1.1" : NULL);
}

static void put_traffic(struct json *g, const struct model_conn *c)
{
	uint64_t queued;

	pair_integer(g, "requests", c->requests);
	pair_integer(g, "responses", c->responses);
	pair_integer(g, "reused", c->reused);
	if (c->has_body_expected)
		pair_integer(g, "body_expected", c->body_expected);
	else
		pair_null(g, "body_expected");
	pair_integer(g, "body_received", c->body_received);
	pair_integer(g, "bytes_in", c->facts->in.bytes);
	pair_integer(g, "bytes_out", c->facts->out.bytes);
	if (model_queued(c, &queued))
		pair_integer(g, "queued", queued);
	else
		pair_null(g, "queued");
	if (c->kernel.has_queue)
		pair_integer(g, "unsent", c->kernel.unsent);
	else
		pair_null(g, "unsent");
}

/* HTTP/2's that are open, and those of them whose final response has begun and not ended. */
static void put_streams(struct json *g, const struct model_conn *c)
{
	struct exchange_streams n = exchange_streams_open(c->streams);

	json_name(g, "streams");
	if (!c->framed || c->facts->protocol != DUMP_PROTOCOL_HTTP2) {
		json_null(g);
		return;
	}
	json_open(g, '{');
	pair_integer(g, "open", n.open);
	pair_integer(g, "answered", n.answered);
	json_close(g, '}');
}

static void put_times(struct json *g, const struct model *m, const struct model_conn *conn)
{
	const struct dump_conn *c = conn->facts;

	json_time(g, "opened_s", m, c->opened_mono);
	json_time(g, "connected_s", m, c->connected_mono);
	json_time(g, "last_read_s", m, c->in.bytes ? c->in.last_mono : 0);
	json_time(g, "last_write_s", m, c->out.bytes ? c->out.last_mono : 0);
	json_time(g, "closed_s", m, model_closed_mono(m, conn));
	if (c->flags & DUMP_CONNECT_FAILED)
		pair_text(g, "connect_error", error_name(c->connect_errno));
}

static void json_put_connection(struct json *g, const struct report *r, const struct model *m,
				const struct model_conn *c)
{
	const char *suppressed = report_suppressed(r, c);

	json_open(g, '{');
	pair_integer(g, "id", c->facts->id);
	pair_text(g, "verdict", verdict_name(c->verdict));
	pair_text(g, "reason", reason_name(c->reason));
	pair_text(g, "evidence", evidence_name(c->evidence));
	pair_text(g, "kind", c->kind);
	pair_text(g, "role", model_role(c));
	pair_bool(g, "inherited", (c->facts->flags & DUMP_INHERITED) != 0);
	put_addresses(g, m, c);
	put_traffic(g, c);
	put_streams(g, c);
	put_times(g, m, c);
	json_id(g, "opened_by", c->facts->opened_by);
	pair_text(g, "task", c->task);
	json_id(g, "last_used_by", model_last_used(c) ? model_last_used(c)->thread : 0);
	json_name(g, "threads");
	json_open(g, '[');
	for (uint32_t t = 0; (t = pins_next(m, c, t));)
		json_integer(g, t);
	json_close(g, ']');
	json_stack(g, "stack", m, c->stack);
	pair_bool(g, "teardown", c->teardown);
	json_stack(g, "closed_stack", m,
		     c->teardown || c->closed_twice || c->verdict == VERDICT_CLOSED_EARLY ? c->closed_stack : MODEL_NONE);
	json_name(g, "held_by");
	json_open(g, '[');
	for (const struct model_holder *h = NULL; (h = holders_next(m, c, h));)
		json_integer(g, h->pid);
	json_close(g, ']');
	if (suppressed)
		pair_text(g, "suppressed", suppressed);
	json_close(g, '}');
}

/* No more than connections_max, those that are open first. */
static uint64_t put_some(struct json *g, const struct report *r, const struct model *m)
{
	uint32_t left = r->connections_max;
	uint64_t hidden = 0;

	for (unsigned closed = 0; closed < 2; closed++)
		for (uint32_t i = 0; i < m->conn_count && left; i++)
			if (m->conns[i].closed == closed && view_shows(&r->view, m, &m->conns[i])) {
				json_put_connection(g, r, m, &m->conns[i]);
				left--;
			}
	for (uint32_t i = 0; i < m->conn_count; i++)
		hidden += !view_shows(&r->view, m, &m->conns[i]);
	return hidden;
}

uint64_t json_connections(struct json *g, const struct report *r, const struct model *m)
{
	uint64_t hidden = 0;
	struct each e;

	if (r->connections_max && r->connections_max < m->conn_count)
		return put_some(g, r, m);
	each_begin(&e, m);
	for (const struct model_conn *c; (c = each_next(&e));)
		if (view_shows(&r->view, m, c))
			json_put_connection(g, r, m, c);
		else
			hidden++;
	report_end_each(r, &e);
	return hidden;
}
