/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many sockets were open over time: of all, and of each stack that opened some. Told at each opening and
 * close; knows no slots. Lock-free and async-signal-safe, but for the moment in which the pool grows.
 *
 * Almost every event of a bucket tells what its cell has already: that is seen by two numbers beside the
 * counters, without a look at the cells. Who has more to say and finds another thread at a ring that begins
 * its next bucket says it with its next event: nobody waits.
 */
#ifndef CONNLEAK_SERIES_H
#define CONNLEAK_SERIES_H

#include <stdbool.h>

#include "core/arena.h"
#include "core/compiler.h"

COLD void series_write(struct recorder *r, uint32_t stack, uint64_t now, uint64_t here, uint64_t all,
		       bool opened);

/* A mark: the bucket's number (tag << 8 | cell) in the upper half, what was written there in the lower. */
/* One was opened or closed `now`: counted with it this stack, `s`, had `here` open, and all had `all`. */
INLINE void series_note(struct recorder *r, uint32_t stack, const struct dump_stack *s, uint64_t now,
			uint64_t here, uint64_t all, bool opened)
{
	const struct dump_process *p = r->arena.process;
	uint64_t mark = __atomic_load_n(&p->series_mark, __ATOMIC_RELAXED);

	if (unlikely(now >= __atomic_load_n(&p->series_until, __ATOMIC_RELAXED) || all > (uint32_t)mark ||
		     ((mark >> 32 << 32) | here) > __atomic_load_n(&s->series_mark, __ATOMIC_RELAXED)))
		series_write(r, stack, now, here, all, opened);
}

/* The arena is new: the first ring is that of all. */
void series_begin(struct recorder *r);

#endif
