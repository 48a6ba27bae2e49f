/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/known.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

bool known_answers(const struct dump_conn *c)
{
	return c->role == DUMP_ROLE_SERVER || (c->has & DUMP_HAS_REQUESTS_IN);
}

/* The kernel counts a FIN as a byte received, and the SYN as a byte acknowledged. */
bool known_behind_our_back(const struct model_conn *c)
{
	const struct model_kernel *k = &c->kernel;
	const struct dump_conn *f = c->facts;

	if (!k->known || !k->has_tcp || !k->has_queue || (f->flags & DUMP_INHERITED))
		return f->flags & DUMP_STDIO;
	return k->received > f->in.bytes + k->queued + 1 || k->acked > f->out.bytes + 2;
}

enum exchange_outstanding known_outstanding(const struct model_conn *c)
{
	return c->framed ? exchange_outstanding(c->facts, c->streams) : EXCHANGE_NOTHING;
}

static bool sealed(const struct dump_conn *c)
{
	return c->protocol == DUMP_PROTOCOL_TLS || c->protocol == DUMP_PROTOCOL_SOCKS;
}

enum exchange_handshake known_handshake(const struct model_conn *c)
{
	return sealed(c->facts) && !c->facts->in.inexact && !c->facts->out.inexact && !known_behind_our_back(c) ?
		       exchange_handshake(c->facts) : EXCHANGE_HANDSHAKE_NONE;
}

enum exchange_outstanding known_owed(const struct model_conn *c)
{
	switch (known_handshake(c)) {
	case EXCHANGE_HANDSHAKE_ASKED: return EXCHANGE_AWAITED;
	case EXCHANGE_HANDSHAKE_BEGUN: return EXCHANGE_BEGUN;
	default: return known_outstanding(c);
	}
}

static const char *protocol_name(const struct dump_conn *c)
{
	static const char *const names[] = {
#define X(name, text) text,
		DUMP_PROTOCOLS(X)
#undef X
	};

	if (c->protocol == DUMP_PROTOCOL_TLS || (!exchange_has_framing(c) && (c->flags & DUMP_TLS)))
		return "tls";
	if (!exchange_has_framing(c) && c->protocol != DUMP_PROTOCOL_SOCKS)
		return NULL;
	if (c->protocol == DUMP_PROTOCOL_HTTP1 && (exchange_flags(c) & DUMP_FRAME_OLD))
		return "http/1.0";
	return names[c->protocol];
}

void known_describe(struct model_conn *c)
{
	const struct dump_frame *requests = exchange_requests(c->facts), *responses = exchange_responses(c->facts);

	c->framed = exchange_followed(c->facts, c->streams) && !known_behind_our_back(c);
	c->protocol = protocol_name(c->facts);
	c->bypassed_by = 0;
	if (!exchange_counted(c->facts))
		return;
	c->requests = requests->begun;
	c->responses = exchange_responses_done(c->facts);
	c->reused = c->requests ? c->requests - 1 : 0;
	if (!responses->state && responses->sub) /* still the first bytes of the stream */
		return;
	c->body_received = responses->body;
	c->has_body_expected = responses->flags & DUMP_FRAME_LENGTH;
	c->body_expected = responses->body + responses->remaining;
}

bool known_peer_gone(const struct model_conn *c)
{
	return c->kernel.tcp_state == TCP_CLOSE_WAIT || c->kernel.tcp_state == TCP_LAST_ACK ||
	       c->kernel.tcp_state == TCP_CLOSE || c->kernel.tcp_state == TCP_CLOSING;
}

bool known_used(const struct dump_conn *c)
{
	return c->in.bytes || c->out.bytes || ((c->flags & DUMP_STDIO) && (c->flags & DUMP_CONNECTED));
}

bool known_connected(const struct model_conn *c)
{
	const unsigned were = 1u << TCP_ESTABLISHED | 1u << TCP_FIN_WAIT1 | 1u << TCP_FIN_WAIT2 |
			      1u << TCP_CLOSE_WAIT | 1u << TCP_LAST_ACK | 1u << TCP_CLOSING;

	return (c->facts->flags & (DUMP_CONNECTED | DUMP_PAIR)) || known_used(c->facts) ||
	       (c->kernel.tcp_state <= TCP_CLOSING && (were >> c->kernel.tcp_state & 1));
}

bool known_just_now(const struct model *m, uint64_t mono)
{
	return m->process.end == MODEL_END_RUNNING && mono + m->options.idle_ns > m->process.ended_mono;
}

bool known_said_bye(const struct dump_conn *f)
{
	const unsigned lines = DUMP_LINES_IMAP | DUMP_LINES_REPLIES;

	return f->protocol == DUMP_PROTOCOL_NONE && f->role == DUMP_ROLE_CLIENT && !f->in.inexact &&
	       (f->in.frame.flags & lines) && (f->in.frame.flags & DUMP_FRAME_CLOSE);
}
