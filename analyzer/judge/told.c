/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/told.h"

#include "judge/known.h"
#include "judge/rules.h"

/* How long a program may take to end after it was told: it puts things in order, or gives the other direction
 * of what it copies half a second (socat). A process of one connection has nothing else that it could go on
 * with. */
#define RIGHT_THEN 100000000u
#define RIGHT_THEN_OF_ONE 1000000000u
/* On a busy machine it is also kept from running, perhaps in between; in a long life mostly before that, but
 * in between not less than on average. */
#define KEPT_AT_MOST 400000000u

/* When was the program told of the end, or of an error? What it read last may say so, too: a client's
 * Terminate, the last response; and so does a TLS library that gives a handshake up. NULL: never. */
static const struct dump_half *told_by(const struct model_conn *c)
{
	const struct dump_conn *f = c->facts;
	bool goodbye = c->framed && (f->in.frame.flags & DUMP_FRAME_CLOSE) &&
		       known_outstanding(c) == EXCHANGE_NOTHING;
	bool failed = known_handshake(c) == EXCHANGE_HANDSHAKE_FAILED;
	bool told = f->in.eof || f->in.error || goodbye || failed || known_said_bye(f);
	const struct dump_half *in = told ? &f->in : NULL;

	return (f->out.error || failed) && (!in || f->out.last_mono > in->last_mono) ? &f->out : in;
}

/* Of the thread that was told the end, by its own count of sockets. */
static bool opened_since(const struct model *m, const struct model_conn *c, const struct dump_half *told)
{
	bool eof = told == &c->facts->in && told->eof && !(c->facts->flags & DUMP_TLS_INSIDE);
	bool counts = eof || told->error;
	const struct model_thread *t = counts ? model_thread_by_id(m, told->thread) : NULL;
	uint64_t other = !t ? 0 : t->opened == c->facts->id ? t->opened_before : t->opened;

	return other && (int32_t)((uint32_t)other - told->last_next_id) >= 0;
}

/* Was no other connection opened or used since then? By the clock, too, whose ticks are some ms apart. */
static bool nothing_since(const struct model *m, const struct model_conn *c, const struct dump_half *told)
{
	const struct model_survey *s = &m->survey;

	return (s->moved_index == c->index ? s->moved_before : s->moved) <= told->last_mono &&
	       !opened_since(m, c, told);
}

/* How long of the time from then to the end, in ns. */
static uint64_t kept_from_running(const struct model_process *p, uint64_t since)
{
	uint64_t some = p->delayed < KEPT_AT_MOST ? p->delayed : KEPT_AT_MOST, on_average;
	uint64_t life = p->born_mono && p->born_mono < p->ended_mono ? p->ended_mono - p->born_mono : 0;

	if (!life || p->delayed > life || since > p->ended_mono)
		return some;
	on_average = (uint64_t)((double)(p->ended_mono - since) * ((double)p->delayed / (double)life));
	return on_average > some ? on_average : some;
}

bool told_by_exit(const struct model *m, const struct model_conn *c)
{
	const struct dump_half *told = told_by(c);
	uint64_t within = exchange_told(c->facts) && m->survey.met == 1 ? RIGHT_THEN_OF_ONE : RIGHT_THEN;

	if (!told || m->process.end != MODEL_END_EXIT)
		return false;
	within += kept_from_running(&m->process, told->last_mono);
	return m->process.ended_mono <= told->last_mono + within && nothing_since(m, c, told);
}

/* By the program's own shutdown(). One that it only half closed may be read to its end. */
static bool shut_down(const struct model *m, const struct model_conn *c)
{
	const struct dump_conn *f = c->facts;
	uint64_t last = f->in.last_mono > f->out.last_mono ? f->in.last_mono : f->out.last_mono;

	if (!(f->flags & DUMP_SHUT_WR))
		return false;
	return (f->flags & DUMP_SHUT_RD) || (!c->waited_for && !known_just_now(m, last));
}

/* A protocol's own words: by the peer, or by the program. What a destructor says while everything ends
 * (Terminate, QUIT) was said after that which is judged. */
static bool said_goodbye(const struct model_conn *c)
{
	return c->teardown ? c->facts->in.frame.flags & DUMP_FRAME_CLOSE : exchange_said_goodbye(c->facts);
}

bool told_and_kept(const struct model *m, struct model_conn *c)
{
	const struct dump_conn *f = c->facts;

	if (shut_down(m, c))
		return is(c, VERDICT_LEAKED, REASON_SHUT_DOWN, EVIDENCE_KERNEL);
	if (f->in.error || f->out.error)
		return is(c, VERDICT_LEAKED, REASON_ERRORED, EVIDENCE_KERNEL);
	if (f->in.eof)
		return is(c, VERDICT_LEAKED, REASON_PEER_CLOSED, EVIDENCE_KERNEL);
	if (known_handshake(c) == EXCHANGE_HANDSHAKE_FAILED)
		return is(c, VERDICT_LEAKED, REASON_ERRORED, EVIDENCE_FRAMING);
	if ((c->framed && known_outstanding(c) == EXCHANGE_NOTHING && said_goodbye(c)) ||
	    (f->protocol == DUMP_PROTOCOL_TLS && (f->in.frame.flags & DUMP_FRAME_CLOSE)))
		return is(c, VERDICT_LEAKED, REASON_PEER_CLOSED, EVIDENCE_FRAMING);
	if (known_said_bye(f))
		return is(c, VERDICT_LEAKED, REASON_PEER_CLOSED, known_peer_gone(c) ? EVIDENCE_KERNEL : EVIDENCE_HEURISTIC);
	return false;
}
