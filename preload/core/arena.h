/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arena: the mapped file. Allocates it, grows it, hands out items of its pools and publishes
 * them. Knows neither what is in an item nor who asks.
 *
 * Before the process opens its first socket there is no file: the pools live in anonymous memory
 * (a program may start threads long before it opens a socket) and are moved into the file by
 * recorder_open(). Pools never move again, and items are never returned to the arena: who owns a
 * pool keeps its own free list.
 */
#ifndef CONNLEAK_ARENA_H
#define CONNLEAK_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/recorder.h"

#define ARENA_NONE UINT32_MAX

static inline void *arena_item(const struct recorder *r, enum arena_pool pool, uint32_t index)
{
	return arena_item_of(&r->arena, pool, index);
}

/* How many items the pool has handed out so far; indices below it are safe for arena_item(). */
uint32_t arena_used(const struct recorder *r, enum arena_pool pool);

/* Hands out `count` neighbouring items, zeroed; ARENA_NONE when there is no room and none to be
 * had, which is counted. Lock-free but for the moment in which the pool grows. */
uint32_t arena_take(struct recorder *r, enum arena_pool pool, uint32_t count);

/* Sees to it that the pool can hand out `items` in all, as far as it may grow. */
void arena_reserve(struct recorder *r, enum arena_pool pool, uint32_t items);

static inline enum arena_state arena_state(const struct recorder *r)
{
	return __atomic_load_n(&r->arena_now, __ATOMIC_ACQUIRE);
}

/* ---- birth, for recorder.c: under the lock. Each answers false when it cannot; `error` says why -------- */

/* The first region, in anonymous memory or in a new file. */
bool arena_in_memory(struct recorder *r);
bool arena_in_file(struct recorder *r);
/* All regions, from memory into a new file. */
bool arena_into_file(struct recorder *r);

/* The file is complete: from now on it is a dump. */
void arena_publish(struct recorder *r);

/* Of a pool whose items others went on writing in anonymous memory while the file was made: `bring` is called
 * with each item of the file and what is in its old place. Call it when its time does not matter. */
void arena_settle(struct recorder *r, enum arena_pool pool, void (*bring)(void *now, const void *then));

/* Adds to a counter of what was not observed. Counts also before there is a dump. */
void arena_lost(struct recorder *r, enum dump_lost what, uint64_t count);

/* What a part of the recorder owns under the arena's one lock: a thread that holds it has all
 * signals blocked, so that no handler of the same thread can wait for it. False when this thread
 * may not wait (a sandbox forbids us system calls). */
bool arena_lock(struct recorder *r, uint64_t *mask);
void arena_unlock(struct recorder *r, uint64_t mask);

#endif
