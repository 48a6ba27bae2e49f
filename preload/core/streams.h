/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The streams of a connection that speaks HTTP/2, as long as it has its slot. Knows not what is on them.
 * Lock-free; async-signal-safe but for the moment in which the pool grows.
 */
#ifndef CONNLEAK_STREAMS_H
#define CONNLEAK_STREAMS_H

#include "core/arena.h"
#include "core/compiler.h"

/* Made when they are asked for the first time. NULL: none to be had, which is counted. */
struct dump_streams *streams_made(struct recorder *r, struct dump_conn *c);

/* Those that the connection in slot `index` has already. NULL: none. */
static inline const struct dump_streams *streams_there(const struct recorder *r, uint32_t index)
{
	uint32_t at = __atomic_load_n(&r->tables->streams_of[index], __ATOMIC_ACQUIRE);

	return at ? arena_item(r, ARENA_STREAMS, at - 1) : NULL;
}

void streams_drop_slow(struct recorder *r, uint32_t index);

/* The slot is to be another's: for who holds both of its directions, and alone could ask for some. */
static inline void streams_drop(struct recorder *r, uint32_t index)
{
	if (unlikely(__atomic_load_n(&r->tables->streams_of[index], __ATOMIC_RELAXED)))
		streams_drop_slow(r, index);
}

#endif
