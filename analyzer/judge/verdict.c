/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From facts to a verdict: for one connection at a time, in the order of the rules, the first that
 * matches. What needs a look at others is in decide.c and reuse.c, what is counted in tally.c.
 */
#include "judge/rules.h"

#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "connleak/exchange.h"

/* ---- what the framing knows --------------------------------------------------------------------------- */

static bool answers(const struct dump_conn *c)
{
	return c->role == DUMP_ROLE_SERVER || (c->has & DUMP_HAS_REQUESTS_IN);
}

/* More went through the kernel than we saw: stdio inside libc, io_uring, raw system calls. The
 * kernel counts a FIN as a byte received, and the SYN as a byte acknowledged. */
static bool behind_our_back(const struct model_conn *c)
{
	const struct model_kernel *k = &c->kernel;
	const struct dump_conn *f = c->facts;

	if (!k->known || !k->has_tcp || !k->has_queue || (f->flags & DUMP_INHERITED))
		return f->flags & DUMP_STDIO;
	return k->received > f->in.bytes + k->queued + 1 || k->acked > f->out.bytes + 2;
}

static enum exchange_outstanding outstanding(const struct model_conn *c)
{
	return c->framed ? exchange_outstanding(c->facts, c->streams) : EXCHANGE_NOTHING;
}

static bool sealed(const struct dump_conn *c)
{
	return c->protocol == DUMP_PROTOCOL_TLS || c->protocol == DUMP_PROTOCOL_SOCKS;
}

/* Of what is no exchange of requests and answers: is the session still to be set up? */
static enum exchange_handshake handshake(const struct model_conn *c)
{
	return sealed(c->facts) && !c->facts->in.inexact && !c->facts->out.inexact && !behind_our_back(c) ?
		       exchange_handshake(c->facts) : EXCHANGE_HANDSHAKE_NONE;
}

/* The same with what is owed before the first request. */
static enum exchange_outstanding owed(const struct model_conn *c)
{
	switch (handshake(c)) {
	case EXCHANGE_HANDSHAKE_ASKED: return EXCHANGE_AWAITED;
	case EXCHANGE_HANDSHAKE_BEGUN: return EXCHANGE_BEGUN;
	default: return outstanding(c);
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

void verdict_describe(struct model_conn *c)
{
	const struct dump_frame *requests = exchange_requests(c->facts), *responses = exchange_responses(c->facts);

	c->framed = exchange_followed(c->facts, c->streams) && !behind_our_back(c);
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

/* ---- the rules ------------------------------------------------------------------------------------------ */

static bool is(struct model_conn *c, enum verdict v, enum reason r, enum evidence e)
{
	c->verdict = v;
	c->reason = r;
	c->evidence = e;
	return true;
}

/* Stdio's bytes are not in our books. */
static bool used(const struct dump_conn *c)
{
	return c->in.bytes || c->out.bytes || ((c->flags & DUMP_STDIO) && (c->flags & DUMP_CONNECTED));
}

/* The kernel may know what the program has not asked for yet. */
static bool connected(const struct model_conn *c)
{
	const unsigned were = 1u << TCP_ESTABLISHED | 1u << TCP_FIN_WAIT1 | 1u << TCP_FIN_WAIT2 |
			      1u << TCP_CLOSE_WAIT | 1u << TCP_LAST_ACK | 1u << TCP_CLOSING;

	return (c->facts->flags & (DUMP_CONNECTED | DUMP_PAIR)) || used(c->facts) ||
	       (c->kernel.tcp_state <= TCP_CLOSING && (were >> c->kernel.tcp_state & 1));
}

static enum reason why_closed(const struct model *m, const struct model_conn *c)
{
	const struct dump_conn *f = c->facts;

	if (f->state != DUMP_CLOSED && m->process.end == MODEL_END_EXEC)
		return REASON_EXEC;
	if (f->state != DUMP_CLOSED || (f->flags & DUMP_CLOSED_UNSEEN))
		return REASON_UNSEEN;
	if ((f->flags & DUMP_CONNECT_FAILED) && !(f->flags & DUMP_CONNECTED))
		return REASON_CONNECT_FAILED;
	if (model_is_stream(f) && !connected(c) && !(f->flags & (DUMP_LISTENING | DUMP_BOUND | DUMP_INHERITED)))
		return REASON_NEVER_CONNECTED;
	if (f->in.error || f->out.error)
		return REASON_ERRORED;
	if (handshake(c) == EXCHANGE_HANDSHAKE_FAILED)
		return REASON_ERRORED;
	if (c->framed && c->responses && outstanding(c) == EXCHANGE_NOTHING)
		return REASON_DRAINED;
	if (f->in.eof || (c->framed && (exchange_responses(f)->flags & DUMP_FRAME_CLOSE)))
		return REASON_PEER_CLOSED;
	/* A login and no more; what an upgrade led to. */
	if (exchange_counted(f) && (c->framed || (exchange_flags(f) & DUMP_FRAME_SWITCHED)))
		return REASON_DRAINED;
	return used(f) || (f->flags & DUMP_LISTENING) ? REASON_UNFRAMED : REASON_UNUSED;
}

/* 1. every descriptor closed */
static bool rule_closed(const struct model *m, struct model_conn *c)
{
	const struct dump_conn *f = c->facts;
	enum exchange_outstanding o = outstanding(c);
	enum reason why;

	c->closed = (f->state == DUMP_CLOSED && !c->teardown) || c->kernel.gone ||
		    (m->process.end == MODEL_END_EXEC && (f->flags & DUMP_EXEC_CLOEXEC));
	if (!c->closed)
		return false;
	if (o != EXCHANGE_NOTHING && !exchange_told(f))
		return is(c, VERDICT_CLOSED_EARLY, o == EXCHANGE_BEGUN ? REASON_UNDRAINED : REASON_UNREAD,
			  EVIDENCE_FRAMING);
	why = why_closed(m, c);
	if (why == REASON_UNFRAMED && exchange_has_framing(f)) /* and its framing is not to be believed */
		c->protocol = f->flags & DUMP_TLS ? "tls" : NULL;
	return is(c, VERDICT_CLOSED, why, why == REASON_DRAINED ? EVIDENCE_FRAMING : EVIDENCE_KERNEL);
}

static enum reason why_open(const struct dump_conn *f)
{
	switch (f->family) {
	case AF_NETLINK: return REASON_NETLINK;
	case AF_PACKET: return REASON_PACKET;
	case AF_INET: case AF_INET6: case AF_UNIX:
		return f->type == SOCK_DGRAM ? REASON_DATAGRAM : f->type == SOCK_RAW ? REASON_RAW : REASON_OTHER;
	default: return REASON_OTHER;
	}
}

/* 2. no connection to anybody, or none of ours */
static bool rule_open(const struct model *m, struct model_conn *c)
{
	const struct dump_conn *f = c->facts;

	if (m->process.end == MODEL_END_EXEC)
		return is(c, VERDICT_OPEN, REASON_PASSED_ON, EVIDENCE_KERNEL);
	if (f->flags & DUMP_PAIR)
		return is(c, VERDICT_OPEN, REASON_PAIR, EVIDENCE_KERNEL);
	if (!model_is_stream(f))
		return is(c, VERDICT_OPEN, why_open(f), EVIDENCE_KERNEL);
	if ((f->flags & DUMP_INHERITED) && !(f->flags & DUMP_TOUCHED))
		return is(c, VERDICT_OPEN, REASON_INHERITED, EVIDENCE_KERNEL);
	if (f->flags & DUMP_LISTENING)
		return is(c, VERDICT_LISTENING, REASON_LISTENING, EVIDENCE_KERNEL);
	return false;
}

static bool just_now(const struct model *m, uint64_t mono)
{
	return m->process.end == MODEL_END_RUNNING && mono + m->options.idle_ns > m->process.ended_mono;
}

/* 3. there never was a connection */
static bool rule_unconnected(const struct model *m, struct model_conn *c)
{
	const struct dump_conn *f = c->facts;

	if (connected(c))
		return false;
	if (f->flags & DUMP_CONNECT_FAILED)
		return is(c, VERDICT_LEAKED, REASON_CONNECT_FAILED, EVIDENCE_KERNEL);
	if ((f->flags & DUMP_BOUND) && !(f->flags & DUMP_CONNECTING) && !c->waited_for)
		return is(c, VERDICT_OPEN, REASON_BOUND, EVIDENCE_KERNEL);
	if (just_now(m, f->opened_mono))
		return is(c, VERDICT_ACTIVE, REASON_TRAFFIC, EVIDENCE_KERNEL);
	if (m->process.end == MODEL_END_RUNNING && c->waited_for) /* it connects, and may yet */
		return is(c, VERDICT_ACTIVE, REASON_WAITING, EVIDENCE_KERNEL);
	return is(c, VERDICT_LEAKED, REASON_NEVER_CONNECTED, EVIDENCE_KERNEL);
}

/* How long a program may take to end after it was told: it puts things in order, or gives the other direction
 * of what it copies half a second (socat). A process of one connection has nothing else that it could go on
 * with. */
#define RIGHT_THEN 100000000u
#define RIGHT_THEN_OF_ONE 1000000000u
/* On a busy machine it is also kept from running, perhaps in between; in a long life most of that was before. */
#define KEPT_AT_MOST 400000000u

static bool peer_gone(const struct model_conn *c)
{
	return c->kernel.tcp_state == TCP_CLOSE_WAIT || c->kernel.tcp_state == TCP_LAST_ACK ||
	       c->kernel.tcp_state == TCP_CLOSE || c->kernel.tcp_state == TCP_CLOSING;
}

/* A protocol that is not followed, whose server has said that it ends the session (preload/core/lines.h). */
static bool said_bye(const struct dump_conn *f)
{
	const unsigned lines = DUMP_LINES_IMAP | DUMP_LINES_REPLIES;

	return f->protocol == DUMP_PROTOCOL_NONE && f->role == DUMP_ROLE_CLIENT && !f->in.inexact &&
	       (f->in.frame.flags & lines) && (f->in.frame.flags & DUMP_FRAME_CLOSE);
}

/* When was the program told of the end, or of an error? What it read last may say so, too: a client's Terminate, the
 * last response; and so does a TLS library that gives a handshake up. NULL: never. */
static const struct dump_half *told_by(const struct model_conn *c)
{
	const struct dump_conn *f = c->facts;
	bool goodbye = c->framed && (f->in.frame.flags & DUMP_FRAME_CLOSE) && outstanding(c) == EXCHANGE_NOTHING;
	bool failed = handshake(c) == EXCHANGE_HANDSHAKE_FAILED;
	const struct dump_half *in = f->in.eof || f->in.error || goodbye || failed || said_bye(f) ? &f->in : NULL;

	return (f->out.error || failed) && (!in || f->out.last_mono > in->last_mono) ? &f->out : in;
}

/* Of the thread that was told the end, by its own count of sockets. */
static bool opened_since(const struct model *m, const struct model_conn *c, const struct dump_half *told)
{
	bool counts = told == &c->facts->in && told->eof && !(c->facts->flags & DUMP_TLS_INSIDE);
	const struct model_thread *t = counts ? model_thread_by_id(m, told->thread) : NULL;
	uint64_t other = !t ? 0 : t->opened == c->facts->id ? t->opened_before : t->opened;

	return other && (int32_t)((uint32_t)other - told->last_next_id) >= 0;
}

/* Was no other connection opened or used since then? By the clock, too, whose ticks are some ms apart. */
static bool nothing_since(const struct model *m, const struct model_conn *c, const struct dump_half *told)
{
	const struct model_survey *s = &m->survey;

	return (s->moved_index == c->index ? s->moved_before : s->moved) <= told->last_mono && !opened_since(m, c, told);
}

static bool by_exit(const struct model *m, const struct model_conn *c)
{
	const struct dump_half *told = told_by(c);
	uint64_t within = exchange_told(c->facts) && m->survey.met == 1 ? RIGHT_THEN_OF_ONE : RIGHT_THEN;

	within += m->process.delayed < KEPT_AT_MOST ? m->process.delayed : KEPT_AT_MOST;
	return told && m->process.end == MODEL_END_EXIT && m->process.ended_mono <= told->last_mono + within &&
	       nothing_since(m, c, told);
}

/* By the program's own shutdown(). One that it only half closed may be read to its end. */
static bool shut_down(const struct model *m, const struct model_conn *c)
{
	const struct dump_conn *f = c->facts;
	uint64_t last = f->in.last_mono > f->out.last_mono ? f->in.last_mono : f->out.last_mono;

	if (!(f->flags & DUMP_SHUT_WR))
		return false;
	return (f->flags & DUMP_SHUT_RD) || (!c->waited_for && !just_now(m, last));
}

/* A protocol's own words: by the peer, or by the program. What a destructor says while everything ends (Terminate,
 * QUIT) was said after that which is judged. */
static bool said_goodbye(const struct model_conn *c)
{
	return c->teardown ? c->facts->in.frame.flags & DUMP_FRAME_CLOSE : exchange_said_goodbye(c->facts);
}

static bool kept(const struct model *m, struct model_conn *c)
{
	const struct dump_conn *f = c->facts;

	if (shut_down(m, c))
		return is(c, VERDICT_LEAKED, REASON_SHUT_DOWN, EVIDENCE_KERNEL);
	if (f->in.error || f->out.error)
		return is(c, VERDICT_LEAKED, REASON_ERRORED, EVIDENCE_KERNEL);
	if (f->in.eof)
		return is(c, VERDICT_LEAKED, REASON_PEER_CLOSED, EVIDENCE_KERNEL);
	if (handshake(c) == EXCHANGE_HANDSHAKE_FAILED)
		return is(c, VERDICT_LEAKED, REASON_ERRORED, EVIDENCE_FRAMING);
	if ((c->framed && outstanding(c) == EXCHANGE_NOTHING && said_goodbye(c)) ||
	    (f->protocol == DUMP_PROTOCOL_TLS && (f->in.frame.flags & DUMP_FRAME_CLOSE)))
		return is(c, VERDICT_LEAKED, REASON_PEER_CLOSED, EVIDENCE_FRAMING);
	if (said_bye(f))
		return is(c, VERDICT_LEAKED, REASON_PEER_CLOSED, peer_gone(c) ? EVIDENCE_KERNEL : EVIDENCE_HEURISTIC);
	return false;
}

/* 4. the program was told of its end, or ended it, and kept it */
static bool rule_told(const struct model *m, struct model_conn *c)
{
	c->closed = by_exit(m, c);
	return c->closed ? is(c, VERDICT_CLOSED, REASON_BY_EXIT, EVIDENCE_KERNEL) : kept(m, c);
}

void verdict_by_habit(const struct model *m, struct model_conn *c)
{
	c->closed = false;
	kept(m, c);
}

/* Is a thread in a call that waits for this connection's answer? One that waits for a whole epoll set
 * does so only while nothing of the answer is there: a set may go on holding what nobody reads. But
 * the side that answers waits for a client that does not drain, as long as there is something to send:
 * who cannot tell (killed: the kernel was not asked) is not to blame. */
static bool waited_for(const struct model_conn *c, enum exchange_outstanding o)
{
	if (c->waited_for != MODEL_WAITED_SET)
		return c->waited_for == MODEL_WAITED_CALL;
	if (answers(c->facts))
		return o == EXCHANGE_AWAITED || c->kernel.unsent || !c->kernel.has_queue;
	return o == EXCHANGE_AWAITED && !c->kernel.queued;
}

/* Does the thread that read the request wait for the answer of somebody it has asked in its turn? Then
 * it works on its own, as a proxy does. */
static bool worked_on(const struct model *m, const struct model_conn *c)
{
	const struct model_thread *t = model_thread_by_id(m, c->facts->in.thread);
	const struct model_conn *other = t && t->waiting_in ? model_conn_by_id(m, t->waiting_on) : NULL;

	return answers(c->facts) && other && other != c && !answers(other->facts) &&
	       other->waited_for == MODEL_WAITED_CALL && outstanding(other) != EXCHANGE_NOTHING;
}

/* What a program sends when it is connected wants an answer. What it sends later, with none to the first, may be a log
 * that nobody answers: who waits for a whole set waits for other things, too. */
#define GREETING 1000000000u

static bool greeted(const struct model_conn *c)
{
	const struct dump_conn *f = c->facts;

	return !answers(f) && f->out.bytes && !f->in.bytes && !c->kernel.queued &&
	       f->out.last_mono < f->connected_mono + GREETING;
}

/* Without framing: does a thread wait for the answer to what was sent, for the first words of who was accepted,
 * for what was subscribed to? */
static bool expects(const struct model_conn *c)
{
	const struct dump_conn *f = c->facts;

	if (exchange_listens(f))
		return c->waited_for != MODEL_WAITED_NOT;
	if (!c->framed && c->waited_for == MODEL_WAITED_SET)
		return greeted(c);
	if (c->framed || c->waited_for != MODEL_WAITED_CALL)
		return false;
	if (answers(f))
		return !f->in.bytes;
	return f->out.bytes && (!f->in.bytes || f->out.last_mono > f->in.last_mono);
}

/* HTTP/2 in Go: one goroutine reads the connection, others the bodies, others handle requests, and of which connection
 * is not known: that as many are at it as it has streams is good enough not to blame it. */
static bool at_its_streams(const struct model *m, const struct model_conn *c, enum exchange_outstanding o)
{
	struct exchange_streams n = exchange_streams_open(c->streams);

	if (answers(c->facts))
		return c->handled || (n.open && n.open <= m->handlers);
	return o == EXCHANGE_BEGUN && n.answered && n.answered <= m->bodies_read;
}

/* 5. in use */
static bool rule_active(const struct model *m, struct model_conn *c)
{
	const struct dump_conn *f = c->facts;
	enum exchange_outstanding o = owed(c);
	uint64_t last = f->in.last_mono > f->out.last_mono ? f->in.last_mono : f->out.last_mono;

	if (just_now(m, last ? last : f->opened_mono))
		return is(c, VERDICT_ACTIVE, REASON_TRAFFIC, EVIDENCE_KERNEL);
	if (o != EXCHANGE_NOTHING && waited_for(c, o))
		return is(c, VERDICT_ACTIVE, REASON_WAITING, EVIDENCE_FRAMING);
	if (o != EXCHANGE_NOTHING && worked_on(m, c))
		return is(c, VERDICT_ACTIVE, REASON_WAITING, EVIDENCE_HEURISTIC);
	if (o != EXCHANGE_NOTHING && at_its_streams(m, c, o))
		return is(c, VERDICT_ACTIVE, REASON_WAITING, EVIDENCE_RUNTIME);
	if (expects(c))
		return is(c, VERDICT_ACTIVE, REASON_WAITING, EVIDENCE_HEURISTIC);
	return false;
}

/* TLS leaves records in the queue that are no answer: session tickets, which hold the client's
 * certificates when it had any, HTTP/2's settings, an alert that says goodbye (RFC 8446 sections
 * 4.6.1 and 6.1, RFC 9113 section 3.4). More than the largest record (section 5.2) is more than that. */
#define TLS_REMNANTS (5u + (1u << 14) + 256u)

/* Nothing says where an answer begins, but the order: what was last, a read or a write? In TLS the
 * first bytes read were the handshake's. */
static enum reason why_queued(const struct dump_conn *f)
{
	bool any = f->flags & DUMP_TLS ? f->in.last_mono >= f->out.last_mono : f->in.bytes != 0;

	return any ? REASON_UNDRAINED : REASON_UNREAD;
}

/* A conversation that is followed, and in which it is nobody's turn. HTTP/2 has frames that nobody waits for; what
 * comes with the end is the end's; and a set that holds it will tell. */
static bool left_alone(const struct model_conn *c)
{
	return c->facts->protocol == DUMP_PROTOCOL_HTTP2 || c->facts->watch || c->waited_for || peer_gone(c);
}

/* 6. a response was begun or is awaited */
static bool rule_outstanding(const struct model *m, struct model_conn *c)
{
	const struct dump_conn *f = c->facts;
	enum exchange_outstanding o = owed(c);

	(void)m;
	if (o != EXCHANGE_NOTHING && answers(f))
		return is(c, VERDICT_LEAKED, REASON_UNANSWERED, EVIDENCE_FRAMING);
	if (o != EXCHANGE_NOTHING)
		return is(c, VERDICT_LEAKED, o == EXCHANGE_BEGUN ? REASON_UNDRAINED : REASON_UNREAD, EVIDENCE_FRAMING);
	if ((c->framed && left_alone(c)) || !c->kernel.has_queue || (exchange_flags(f) & DUMP_FRAME_SWITCHED) ||
	    c->waited_for == MODEL_WAITED_CALL) /* somebody is about to read it */
		return false;
	if (c->kernel.queued > (f->flags & DUMP_TLS ? TLS_REMNANTS : 0))
		return is(c, VERDICT_LEAKED, why_queued(f), EVIDENCE_KERNEL);
	return false;
}

/* Net/http's reader waits for the body that it handed out: that stands above framing, for a small body was read
 * ahead by the library. Not while somebody is at it. */
static bool rule_handed_out(const struct model *m, struct model_conn *c)
{
	(void)m;
	return c->handed_out && c->waited_for != MODEL_WAITED_CALL &&
	       is(c, VERDICT_LEAKED, REASON_UNDRAINED, EVIDENCE_RUNTIME);
}

/* 7. accepted, the peer is gone, and nobody will ever notice */
static bool rule_unnoticed(const struct model *m, struct model_conn *c)
{
	if (c->facts->role != DUMP_ROLE_SERVER || !peer_gone(c) || c->facts->watch ||
	    c->waited_for)
		return false;
	return is(c, VERDICT_LEAKED, REASON_PEER_CLOSED, EVIDENCE_KERNEL);
}

/* 7. accepted, and nobody ever looked at what the peer does */
static bool rule_unwatched(const struct model *m, struct model_conn *c)
{
	const struct dump_conn *f = c->facts;

	(void)m;
	if (f->role != DUMP_ROLE_SERVER || f->in.bytes || f->in.thread || f->watch || c->waited_for ||
	    (f->flags & (DUMP_WATCHED | DUMP_STDIO | DUMP_INHERITED)))
		return false;
	return is(c, VERDICT_LEAKED, REASON_UNWATCHED, EVIDENCE_KERNEL);
}

/* 8. idle, with nothing outstanding. Whether anybody uses it again is reuse.c's to say. */
static bool rule_idle(const struct model *m, struct model_conn *c)
{
	enum evidence e = c->framed && c->responses ? EVIDENCE_FRAMING : EVIDENCE_HEURISTIC;

	(void)m;
	if (peer_gone(c))
		return is(c, VERDICT_DRAINED, REASON_STALE, EVIDENCE_KERNEL);
	return is(c, VERDICT_DRAINED, used(c->facts) ? REASON_KEPT_ALIVE : REASON_UNUSED, e);
}

static bool (*const rules[])(const struct model *, struct model_conn *) = {
	rule_closed, rule_open,        rule_unconnected, rule_told,
	rule_active, rule_handed_out,  rule_outstanding, rule_unnoticed, rule_unwatched, rule_idle,
};

void verdict_of(const struct model *m, struct model_conn *c)
{
	verdict_describe(c);
	for (unsigned k = 0; !rules[k](m, c); k++)
		;
}
