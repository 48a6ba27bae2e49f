/* SPDX-License-Identifier: Apache-2.0 */
#include "threads/handle.h"

#include <string.h>

#include "here/presence.h"

#define CACHE (1u << 16) /* slots by hash of the handle; what is not there is found by looking at all */
#define PROBES 8
#define EARLY (1u << 12) /* threads detached before their first line, at one time; by hash of the handle */
#define EARLY_PROBES 128

static pthread_t handles[ARENA_THREADS_MAX]; /* by slot */
static uint32_t cache[CACHE];
static pthread_t early[EARLY];
static uint32_t early_count;

static pthread_t handle_at(uint32_t slot)
{
	return __atomic_load_n(&handles[slot - 1], __ATOMIC_ACQUIRE);
}

static uint32_t hash(pthread_t handle)
{
	return (uint32_t)((handle >> 6) * 0x9E3779B97F4A7C15u >> 48);
}

static uint32_t *cached(pthread_t handle, uint32_t probe)
{
	return &cache[(hash(handle) + probe) % CACHE];
}

/* Handles are used again: that of a thread that has ended and was joined or detached is nobody's. */
static uint32_t over(uint32_t slot)
{
	const struct dump_thread *t;
	uint32_t flags;

	if (slot > arena_used(&here, ARENA_THREADS))
		return UINT32_MAX; /* the parent's, left in the cache by a fork */
	t = arena_item(&here, ARENA_THREADS, slot - 1);
	flags = __atomic_load_n(&t->flags, __ATOMIC_ACQUIRE);
	return t->id ? flags & (DUMP_THREAD_ENDED | DUMP_THREAD_JOINED | DUMP_THREAD_DETACHED) : UINT32_MAX;
}

static bool gone(uint32_t slot)
{
	return (over(slot) & DUMP_THREAD_ENDED) && over(slot) != DUMP_THREAD_ENDED;
}

/* Puts `now` where `was` is, near the handle's place. */
static bool change_early(pthread_t handle, pthread_t was, pthread_t now)
{
	for (uint32_t i = 0; i < EARLY_PROBES; i++) {
		pthread_t *at = &early[(hash(handle) + i) % EARLY], it = was;

		if (__atomic_load_n(at, __ATOMIC_SEQ_CST) == was &&
		    __atomic_compare_exchange_n(at, &it, now, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
			return true;
	}
	return false;
}

bool handle_take_early(pthread_t handle)
{
	if (!__atomic_load_n(&early_count, __ATOMIC_SEQ_CST) || !change_early(handle, handle, 0))
		return false;
	__atomic_fetch_sub(&early_count, 1, __ATOMIC_RELAXED);
	return true;
}

bool handle_put(uint32_t slot)
{
	pthread_t handle = pthread_self();

	__atomic_store_n(&handles[slot - 1], handle, __ATOMIC_SEQ_CST);
	for (uint32_t i = 0; i < PROBES; i++) {
		uint32_t *at = cached(handle, i), there = __atomic_load_n(at, __ATOMIC_RELAXED);

		if (there && handle_at(there) != handle && !gone(there))
			continue;
		__atomic_store_n(at, slot, __ATOMIC_RELEASE);
		break;
	}
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return handle_take_early(handle);
}

void handle_drop(uint32_t slot)
{
	__atomic_store_n(&handles[slot - 1], 0, __ATOMIC_RELEASE);
}

uint32_t handle_find_fast(pthread_t handle)
{
	for (uint32_t i = 0; handle && i < PROBES; i++) {
		uint32_t slot = __atomic_load_n(cached(handle, i), __ATOMIC_ACQUIRE);

		if (slot && handle_at(slot) == handle && !gone(slot))
			return slot;
	}
	return 0;
}

uint32_t handle_find(pthread_t handle, bool ended)
{
	uint32_t used = arena_used(&here, ARENA_THREADS), slot = handle_find_fast(handle);

	if (slot && (over(slot) & DUMP_THREAD_ENDED ? ended : !ended))
		return slot;
	for (slot = 1; handle && slot <= used && slot <= ARENA_THREADS_MAX; slot++)
		if (handle_at(slot) == handle &&
		    (ended ? over(slot) == DUMP_THREAD_ENDED : !(over(slot) & DUMP_THREAD_ENDED)))
			return slot;
	return 0;
}

void handle_detached_early(pthread_t handle)
{
	__atomic_fetch_add(&early_count, 1, __ATOMIC_SEQ_CST);
	if (change_early(handle, 0, handle))
		return;
	__atomic_fetch_sub(&early_count, 1, __ATOMIC_RELAXED);
	arena_lost(&here, DUMP_LOST_DETACHED, 1);
}

void handle_forget(void)
{
	uint32_t used = arena_used(&here, ARENA_THREADS);

	memset(handles, 0, (used < ARENA_THREADS_MAX ? used : ARENA_THREADS_MAX) * sizeof *handles);
	memset(early, 0, sizeof early);
	early_count = 0;
}
