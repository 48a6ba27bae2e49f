/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two lock-free containers of slot indices: a bounded first-in-first-out ring (who was closed, in
 * order) and a free list. They own indices only; what a slot is, they do not know.
 *
 * No operation waits: where another thread (or the code that this signal handler interrupted) is
 * in the middle of one, the ring says "empty" or "full" instead. Async-signal-safe.
 */
#ifndef CONNLEAK_QUEUE_H
#define CONNLEAK_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#define QUEUE_EMPTY UINT32_MAX

struct queue_cell {
	/* Which position may be pushed or, one more, popped here next, less the cell's own place in the
	 * ring (Vyukov's bounded MPMC queue), so that zeroed memory is a valid empty ring. */
	uint64_t turn;
	uint32_t index;
};

struct queue {
	struct queue_cell *cells;
	uint64_t mask;
	uint64_t head __attribute__((aligned(64)));
	uint64_t tail __attribute__((aligned(64)));
};

/* `q`, all zero, becomes an empty ring of `cells`, all zero, with room for `size` (a power of two).
 * Others may use the queue meanwhile: it is full and empty until then. Two threads may do this at
 * once with the same cells: the second changes nothing, even if the ring is in use already. */
void queue_init(struct queue *q, struct queue_cell *cells, uint64_t size);
uint32_t queue_pop(struct queue *q);

/* Inline, as what else is done for each connection. */
static inline bool queue_push(struct queue *q, uint32_t index)
{
	struct queue_cell *cells = __atomic_load_n(&q->cells, __ATOMIC_ACQUIRE);
	uint64_t at = __atomic_load_n(&q->head, __ATOMIC_RELAXED), mask = q->mask;

	if (!cells)
		return false;
	for (;;) {
		struct queue_cell *cell = &cells[at & mask];
		uint64_t turn = __atomic_load_n(&cell->turn, __ATOMIC_ACQUIRE) + (at & mask);

		if ((int64_t)(turn - at) < 0)
			return false;
		if (turn != at) {
			at = __atomic_load_n(&q->head, __ATOMIC_RELAXED);
			continue;
		}
		if (!__atomic_compare_exchange_n(&q->head, &at, at + 1, true, __ATOMIC_RELAXED,
						 __ATOMIC_RELAXED))
			continue;
		cell->index = index;
		__atomic_store_n(&cell->turn, at + 1 - (at & mask), __ATOMIC_RELEASE);
		return true;
	}
}

/* How many are in it, give or take those that are on their way. */
static inline uint64_t queue_size(const struct queue *q)
{
	uint64_t tail = __atomic_load_n(&q->tail, __ATOMIC_RELAXED);

	return __atomic_load_n(&q->head, __ATOMIC_RELAXED) - tail;
}

/* A free list threaded through `next`, which has an entry for each index and belongs to the list.
 * The head carries a count of changes beside the index, so that a slot that was taken and given
 * back meanwhile is not mistaken for an unchanged list (ABA). */
struct free_list {
	uint64_t head; /* changes << 32 | index + 1 */
	uint32_t *next;
};

void free_list_push(struct free_list *list, uint32_t index);

static inline uint32_t free_list_pop(struct free_list *list)
{
	uint64_t head = __atomic_load_n(&list->head, __ATOMIC_ACQUIRE), changed;

	do {
		uint32_t top = (uint32_t)head;

		if (!top)
			return QUEUE_EMPTY;
		changed = ((head >> 32) + 1) << 32 |
			  __atomic_load_n(&list->next[top - 1], __ATOMIC_RELAXED);
	} while (!__atomic_compare_exchange_n(&list->head, &head, changed, true, __ATOMIC_ACQUIRE,
					      __ATOMIC_ACQUIRE));
	return (uint32_t)head - 1;
}

#endif
