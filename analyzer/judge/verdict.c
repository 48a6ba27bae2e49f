/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From facts to a verdict: for one connection at a time, in the order of the rules, the first that
 * matches. What is asked of a connection is known.c's, what needs a look at others decide.c's and
 * reuse.c's, and what is counted is in tally.c.
 */
#include "judge/rules.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include "judge/known.h"
#include "judge/told.h"

static enum reason why_closed(const struct model *m, const struct model_conn *c)
{
	const struct dump_conn *f = c->facts;

	if (f->state != DUMP_CLOSED && m->process.end == MODEL_END_EXEC)
		return REASON_EXEC;
	if (f->state != DUMP_CLOSED || (f->flags & DUMP_CLOSED_UNSEEN))
		return REASON_UNSEEN;
	if ((f->flags & DUMP_CONNECT_FAILED) && !(f->flags & DUMP_CONNECTED))
		return REASON_CONNECT_FAILED;
	if (model_is_stream(f) && !known_connected(c) && !(f->flags & (DUMP_LISTENING | DUMP_INHERITED)))
		return REASON_NEVER_CONNECTED;
	if (f->in.error || f->out.error)
		return REASON_ERRORED;
	if (known_handshake(c) == EXCHANGE_HANDSHAKE_FAILED)
		return REASON_ERRORED;
	if (c->framed && c->responses && known_outstanding(c) == EXCHANGE_NOTHING)
		return REASON_DRAINED;
	if (f->in.eof || (c->framed && (exchange_responses(f)->flags & DUMP_FRAME_CLOSE)))
		return REASON_PEER_CLOSED;
	/* A login and no more; what an upgrade led to. */
	if (exchange_counted(f) && (c->framed || (exchange_flags(f) & DUMP_FRAME_SWITCHED)))
		return REASON_DRAINED;
	return known_used(f) || (f->flags & DUMP_LISTENING) ? REASON_UNFRAMED : REASON_UNUSED;
}

/* 1. every descriptor closed */
static bool rule_closed(const struct model *m, struct model_conn *c)
{
	const struct dump_conn *f = c->facts;
	enum exchange_outstanding o = known_outstanding(c);
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

/* 3. there never was a connection */
static bool rule_unconnected(const struct model *m, struct model_conn *c)
{
	const struct dump_conn *f = c->facts;

	if (known_connected(c))
		return false;
	if (f->flags & DUMP_CONNECT_FAILED)
		return is(c, VERDICT_LEAKED, REASON_CONNECT_FAILED, EVIDENCE_KERNEL);
	/* A child, or who was sent it, listens on what this process bound: it is one socket. */
	if ((f->flags & DUMP_BOUND) && c->kernel.tcp_state == TCP_LISTEN)
		return is(c, VERDICT_LISTENING, REASON_LISTENING, EVIDENCE_KERNEL);
	if (known_just_now(m, f->opened_mono))
		return is(c, VERDICT_ACTIVE, REASON_TRAFFIC, EVIDENCE_KERNEL);
	if (m->process.end == MODEL_END_RUNNING && c->waited_for) /* it connects, and may yet */
		return is(c, VERDICT_ACTIVE, REASON_WAITING, EVIDENCE_KERNEL);
	return is(c, VERDICT_LEAKED, REASON_NEVER_CONNECTED, EVIDENCE_KERNEL);
}

/* 4. the program was told of its end, or ended it, and kept it */
static bool rule_told(const struct model *m, struct model_conn *c)
{
	c->closed = told_by_exit(m, c);
	return c->closed ? is(c, VERDICT_CLOSED, REASON_BY_EXIT, EVIDENCE_KERNEL) : told_and_kept(m, c);
}

void verdict_by_habit(const struct model *m, struct model_conn *c)
{
	c->closed = false;
	told_and_kept(m, c);
}

/* Is a thread in a call that waits for this connection's answer? One that waits for a whole epoll set
 * does so only while nothing of the answer is there: a set may go on holding what nobody reads. But
 * the side that answers waits for a client that does not drain, as long as there is something to send:
 * who cannot tell (killed: the kernel was not asked) is not to blame. */
static bool waited_for(const struct model_conn *c, enum exchange_outstanding o)
{
	if (c->waited_for != MODEL_WAITED_SET)
		return c->waited_for == MODEL_WAITED_CALL;
	if (known_answers(c->facts))
		return o == EXCHANGE_AWAITED || c->kernel.unsent || !c->kernel.has_queue;
	return o == EXCHANGE_AWAITED && !c->kernel.queued;
}

/* Does the thread that read the request wait for the answer of somebody it has asked in its turn? Then
 * it works on its own, as a proxy does. */
static bool worked_on(const struct model *m, const struct model_conn *c)
{
	const struct model_thread *t = model_thread_by_id(m, c->facts->in.thread);
	const struct model_conn *other = t && t->waiting_in ? model_conn_by_id(m, t->waiting_on) : NULL;

	return known_answers(c->facts) && other && other != c && !known_answers(other->facts) &&
	       other->waited_for == MODEL_WAITED_CALL && known_outstanding(other) != EXCHANGE_NOTHING;
}

/* What a program sends when it is connected wants an answer. What it sends later, with none to the first, may
 * be a log that nobody answers: who waits for a whole set waits for other things, too. */
#define GREETING 1000000000u

static bool greeted(const struct model_conn *c)
{
	const struct dump_conn *f = c->facts;

	return !known_answers(f) && f->out.bytes && !f->in.bytes && !c->kernel.queued &&
	       f->out.last_mono < f->connected_mono + GREETING;
}

/* Without framing: does a thread wait for the answer to what was sent, for the first words of who was
 * accepted, for what was subscribed to? */
static bool expects(const struct model_conn *c)
{
	const struct dump_conn *f = c->facts;

	if (exchange_listens(f))
		return c->waited_for != MODEL_WAITED_NOT;
	if (!c->framed && c->waited_for == MODEL_WAITED_SET)
		return greeted(c);
	if (c->framed || c->waited_for != MODEL_WAITED_CALL)
		return false;
	if (known_answers(f))
		return !f->in.bytes;
	return f->out.bytes && (!f->in.bytes || f->out.last_mono > f->in.last_mono);
}

/* HTTP/2 in Go: one goroutine reads the connection, others the bodies, others handle requests, and of which
 * connection is not known: that as many are at it as it has streams is good enough not to blame it. */
static bool at_its_streams(const struct model *m, const struct model_conn *c, enum exchange_outstanding o)
{
	struct exchange_streams n = exchange_streams_open(c->streams);

	if (known_answers(c->facts))
		return c->handled || (n.open && n.open <= m->handlers);
	return o == EXCHANGE_BEGUN && n.answered && n.answered <= m->bodies_read;
}

/* 5. in use */
static bool rule_active(const struct model *m, struct model_conn *c)
{
	const struct dump_conn *f = c->facts;
	enum exchange_outstanding o = known_owed(c);
	uint64_t last = f->in.last_mono > f->out.last_mono ? f->in.last_mono : f->out.last_mono;

	if (known_just_now(m, last ? last : f->opened_mono))
		return is(c, VERDICT_ACTIVE, REASON_TRAFFIC, EVIDENCE_KERNEL);
	/* What a send has moved so far is not ours to know before it returns: the framing is behind. */
	if (c->sent_now)
		return is(c, VERDICT_ACTIVE, REASON_WAITING, EVIDENCE_KERNEL);
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

/* A conversation that is followed, and in which it is nobody's turn. HTTP/2 has frames that nobody waits for;
 * what comes with the end is the end's; and a set that holds it will tell. */
static bool left_alone(const struct model_conn *c)
{
	return c->facts->protocol == DUMP_PROTOCOL_HTTP2 || c->facts->watch || c->waited_for || known_peer_gone(c);
}

/* 6. a response was begun or is awaited */
static bool rule_outstanding(const struct model *m, struct model_conn *c)
{
	const struct dump_conn *f = c->facts;
	enum exchange_outstanding o = known_owed(c);

	(void)m;
	if (o != EXCHANGE_NOTHING && known_answers(f))
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

/* Net/http's reader waits for the body that it handed out: that stands above framing, for a small body was
 * read ahead by the library. Not while somebody is at it. */
static bool rule_handed_out(const struct model *m, struct model_conn *c)
{
	(void)m;
	return c->handed_out && c->waited_for != MODEL_WAITED_CALL &&
	       is(c, VERDICT_LEAKED, REASON_UNDRAINED, EVIDENCE_RUNTIME);
}

/* 7. accepted, the peer is gone, and nobody will ever notice */
static bool rule_unnoticed(const struct model *m, struct model_conn *c)
{
	if (c->facts->role != DUMP_ROLE_SERVER || !known_peer_gone(c) || c->facts->watch ||
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
	    (f->flags & (DUMP_WATCHED | DUMP_STDIO | DUMP_INHERITED)) || known_behind_our_back(c))
		return false;
	return is(c, VERDICT_LEAKED, REASON_UNWATCHED, EVIDENCE_KERNEL);
}

/* 8. idle, with nothing outstanding. Whether anybody uses it again is reuse.c's to say. */
static bool rule_idle(const struct model *m, struct model_conn *c)
{
	enum evidence e = c->framed && c->responses ? EVIDENCE_FRAMING : EVIDENCE_HEURISTIC;
	bool used = known_used(c->facts) || known_behind_our_back(c);

	(void)m;
	if (known_peer_gone(c))
		return is(c, VERDICT_DRAINED, REASON_STALE, EVIDENCE_KERNEL);
	return is(c, VERDICT_DRAINED, used ? REASON_KEPT_ALIVE : REASON_UNUSED, e);
}

static bool (*const rules[])(const struct model *, struct model_conn *) = {
	rule_closed, rule_open,        rule_unconnected, rule_told,
	rule_active, rule_handed_out,  rule_outstanding, rule_unnoticed, rule_unwatched, rule_idle,
};

void verdict_of(const struct model *m, struct model_conn *c)
{
	known_describe(c);
	for (unsigned k = 0; !rules[k](m, c); k++)
		;
}
