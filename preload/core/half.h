/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One direction of a connection is written by one thread at a time. Owns the lock; knows nothing of what
 * is written.
 *
 * The direction's sequence number is the lock, taken by whoever makes it odd. It is never waited for long: a
 * holder may be a thread that was preempted, or the very code that this signal handler interrupted. Whoever
 * gives up leaves a mark, and the framing of that connection is void. Async-signal-safe.
 */
#ifndef CONNLEAK_CONN_HALF_H
#define CONNLEAK_CONN_HALF_H

#include "core/compiler.h"
#include "core/slot.h"

/* Without other threads the only one who could be inside is the code that this signal handler
 * interrupted: waiting for it is in vain, and an atomic instruction (20 cycles) is not needed. */
static inline uint32_t half_lock_alone(struct dump_half *h)
{
	uint32_t seq = h->seq;

	if (seq & 1)
		return 0;
	__atomic_store_n(&h->seq, seq + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	return seq + 1;
}

/* The same among threads. */
uint32_t half_lock_among(struct dump_half *h, const struct dump_conn *c, uint64_t id);

static inline void half_unlock(struct dump_half *h, uint32_t seq)
{
	__atomic_store_n(&h->seq, seq + 1, __ATOMIC_RELEASE);
}

/* It could not be had: if the slot is still that connection's, its framing is void. */
void half_missed(struct recorder *r, struct dump_half *h, const struct dump_conn *c, uint64_t id);

/* Inline, for it is at the end of nearly every call.
 *
 * `among`: there are, or were, other threads.
 *
 * Held, a direction keeps its slot: the id does not change (recycling takes both first), so it is looked
 * at again here. Returns the odd sequence number that it is locked by, 0 when it cannot be had. A number
 * and not a flag: if a signal handler forks in between, parent and child both come to unlock the shared
 * memory, and then write the same. */
INLINE uint32_t half_lock(struct recorder *r, struct dump_half *h, const struct dump_conn *c, uint64_t id,
			  bool among)
{
	uint32_t seq = among ? half_lock_among(h, c, id) : half_lock_alone(h);

	if (likely(seq && conn_id(c) == id))
		return seq;
	if (seq)
		half_unlock(h, seq);
	half_missed(r, h, c, id);
	return 0;
}

#endif
