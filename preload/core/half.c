/* SPDX-License-Identifier: Apache-2.0 */
#include "core/half.h"

#include "core/arena.h"

#define PATIENCE 4096 /* turns of a pause instruction each: some 50 us */

uint32_t half_lock_among(struct dump_half *h, const struct dump_conn *c, uint64_t id)
{
	for (int i = 0; i < PATIENCE && conn_id(c) == id; i++) {
		uint32_t seq = __atomic_load_n(&h->seq, __ATOMIC_RELAXED);

		if (likely(!(seq & 1)) &&
		    __atomic_compare_exchange_n(&h->seq, &seq, seq + 1, true, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return seq + 1;
		pause_for_a_moment();
	}
	return 0;
}

void half_missed(struct recorder *r, struct dump_half *h, const struct dump_conn *c, uint64_t id)
{
	if (conn_id(c) != id)
		return;
	/* The reader goes by `inexact`, for the frame is the holder's to write. */
	__atomic_store_n(&h->inexact, 1, __ATOMIC_RELAXED);
	arena_lost(r, DUMP_LOST_IO, 1);
}
