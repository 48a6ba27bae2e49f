/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a connection was asked last, and when its answer was there: in the number of sockets opened until
 * then. Owns dump_half.last_next_id, out.eof and DUMP_HAS_ASKED; to be called by who holds that direction.
 *
 * It counts requests, not bytes: the late end of an answer, an acknowledgement, a ping and what answers it,
 * or a goodbye is no use of a connection. Where no framing says what a request is, it is a write that
 * follows a read. Then the frames have no other use, and keep: of the reads, `begun` how many followed a
 * write, `remaining` what had been written by then; of the writes, `begun` how many followed a read, `done`
 * how many reads there were by then.
 */
#ifndef CONNLEAK_TURN_H
#define CONNLEAK_TURN_H

#include "core/follow.h"

/* Of an answer that was begun before: a last chunk, ReadyForQuery, the rest of a line. */
#define TURN_LATE_END 64u

struct turn { /* of the framing of one direction, before it is fed */
	uint32_t begun, done;
};

static inline struct turn turn_before(const struct dump_half *h)
{
	return (struct turn){h->frame.begun, h->frame.done};
}

static inline void turn_asked(struct dump_conn *c, struct dump_half *h, uint32_t openings)
{
	h->last_next_id = openings;
	if (unlikely(!(__atomic_load_n(&c->has, __ATOMIC_RELAXED) & DUMP_HAS_ASKED)))
		__atomic_fetch_or(&c->has, DUMP_HAS_ASKED, __ATOMIC_RELAXED);
}

/* A request was written that only asks whether the other side lives, or sets the session up: what is answered
 * next is that, where no other answer was to come. */
static inline void turn_pinged(struct dump_conn *c, struct turn before)
{
	if ((__atomic_load_n(&c->has, __ATOMIC_RELAXED) & DUMP_HAS_REQUESTS_OUT) &&
	    __atomic_load_n(&c->in.frame.done, __ATOMIC_RELAXED) == before.begun)
		__atomic_store_n(&c->out.eof, 1, __ATOMIC_RELAXED);
}

/* `n` bytes were fed to a framing that knows requests from answers. */
static inline void turn_framed(struct dump_conn *c, struct dump_half *h, struct turn before, bool asked,
			       uint64_t n, uint32_t openings)
{
	bool late = before.begun != before.done && h->frame.begun == h->frame.done && n <= TURN_LATE_END;

	if (asked) {
		turn_asked(c, h, openings);
		if (h == &c->out && unlikely(h->eof))
			__atomic_store_n(&h->eof, 0, __ATOMIC_RELAXED);
	} else if (h == &c->out) {
		if (before.begun != h->frame.begun)
			turn_pinged(c, before);
	} else if ((before.begun != h->frame.begun || before.begun != before.done) && !late &&
		   likely(!__atomic_load_n(&c->out.eof, __ATOMIC_RELAXED))) {
		h->last_next_id = openings;
	}
}

/* Bytes went by that no framing follows. */
static inline void turn_unframed(struct dump_conn *c, struct dump_half *h, uint64_t n, uint32_t openings)
{
	uint32_t reads;

	if (h == &c->in) {
		uint64_t bytes = __atomic_load_n(&c->out.bytes, __ATOMIC_RELAXED);
		bool first = !h->frame.begun || h->frame.remaining != bytes;

		if (first) {
			h->frame.remaining = bytes;
			__atomic_store_n(&h->frame.begun, h->frame.begun + 1, __ATOMIC_RELAXED);
		}
		if (first || n > TURN_LATE_END)
			h->last_next_id = openings;
		return;
	}
	reads = __atomic_load_n(&c->in.frame.begun, __ATOMIC_RELAXED);
	if (unlikely(!reads)) /* those before it was known that no framing follows */
		reads = __atomic_load_n(&c->in.bytes, __ATOMIC_RELAXED) != 0;
	if (reads == h->frame.done)
		return;
	h->frame.done = reads;
	h->frame.begun++;
	turn_asked(c, h, openings);
}

/* Of this connection no framing follows what this one reads and writes: the bytes of the socket, or the plain
 * text inside TLS. */
static inline bool turn_is_unframed_with(const struct dump_conn *c, uint16_t flags, bool plain)
{
	return __atomic_load_n(&c->protocol, __ATOMIC_RELAXED) == DUMP_PROTOCOL_NONE &&
	       plain == ((flags & DUMP_TLS_INSIDE) != 0);
}
static inline bool turn_is_unframed(const struct dump_conn *c, bool plain)
{
	return turn_is_unframed_with(c, slot_flags(c), plain);
}

#endif
