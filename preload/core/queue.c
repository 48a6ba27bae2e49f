/* SPDX-License-Identifier: Apache-2.0 */
#include "core/queue.h"

#include <stddef.h>

void queue_init(struct queue *q, struct queue_cell *cells, uint64_t size)
{
	q->mask = size - 1;
	__atomic_store_n(&q->cells, cells, __ATOMIC_RELEASE);
}

uint32_t queue_pop(struct queue *q)
{
	struct queue_cell *cells = __atomic_load_n(&q->cells, __ATOMIC_ACQUIRE);
	uint64_t at = __atomic_load_n(&q->tail, __ATOMIC_RELAXED);

	if (!cells)
		return QUEUE_EMPTY;
	for (;;) {
		struct queue_cell *cell = &cells[at & q->mask];
		uint64_t turn = __atomic_load_n(&cell->turn, __ATOMIC_ACQUIRE) + (at & q->mask);
		uint32_t index;

		if ((int64_t)(turn - (at + 1)) < 0)
			return QUEUE_EMPTY;
		if (turn != at + 1) {
			at = __atomic_load_n(&q->tail, __ATOMIC_RELAXED);
			continue;
		}
		if (!__atomic_compare_exchange_n(&q->tail, &at, at + 1, true, __ATOMIC_RELAXED,
						 __ATOMIC_RELAXED))
			continue;
		index = cell->index;
		__atomic_store_n(&cell->turn, at + q->mask + 1 - (at & q->mask),
				 __ATOMIC_RELEASE);
		return index;
	}
}

void free_list_push(struct free_list *list, uint32_t index)
{
	uint64_t head = __atomic_load_n(&list->head, __ATOMIC_RELAXED), changed;

	do {
		__atomic_store_n(&list->next[index], (uint32_t)head, __ATOMIC_RELAXED);
		changed = ((head >> 32) + 1) << 32 | (index + 1);
	} while (!__atomic_compare_exchange_n(&list->head, &head, changed, true, __ATOMIC_RELEASE,
					      __ATOMIC_RELAXED));
}
