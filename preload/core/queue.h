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
bool queue_push(struct queue *q, uint32_t index);
uint32_t queue_pop(struct queue *q);
/* How many are in it, give or take those that are on their way. */
uint64_t queue_size(const struct queue *q);

/* A free list threaded through `next`, which has an entry for each index and belongs to the list.
 * The head carries a count of changes beside the index, so that a slot that was taken and given
 * back meanwhile is not mistaken for an unchanged list (ABA). */
struct free_list {
	uint64_t head; /* changes << 32 | index + 1 */
	uint32_t *next;
};

void free_list_push(struct free_list *list, uint32_t index);
uint32_t free_list_pop(struct free_list *list);

#endif
