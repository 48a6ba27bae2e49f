/* SPDX-License-Identifier: Apache-2.0 */
#include "command/order.h"

#include <stdlib.h>
#include <string.h>

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* PID.dump, PID.1.dump, ..., PID.10.dump. */
static int by_number(const char *a, const char *b)
{
	int longer = compare(strlen(a), strlen(b));

	return longer ? longer : strcmp(a, b);
}

/* An old recorder has only the coarse clock: within a tick of it (4 ms), exec goes before; and of several
 * execs the names are left to tell them by. What left no dump is what the last exec led to. */
static int by_image(const struct image *a, const struct image *b)
{
	const struct model_process *x = &a->model.process, *y = &b->model.process;

	if (!a->dump != !b->dump)
		return a->dump ? -1 : 1;
	if (x->began_mono != y->began_mono)
		return compare(x->began_mono, y->began_mono);
	if ((x->end == MODEL_END_EXEC) != (y->end == MODEL_END_EXEC))
		return x->end == MODEL_END_EXEC ? -1 : 1;
	if (x->ended_mono != y->ended_mono)
		return compare(x->ended_mono, y->ended_mono);
	return a->path && b->path ? by_number(a->path, b->path) : 0;
}

bool image_before(const struct image *a, const struct image *b)
{
	return by_image(a, b) < 0;
}

struct order {
	uint32_t first;
	bool one_clock; /* all are of one boot of one machine: CLOCK_MONOTONIC, which nobody sets, orders them */
};

static bool same_process(const struct image *a, const struct image *b)
{
	const struct model_process *x = &a->model.process, *y = &b->model.process;

	return x->pid == y->pid && x->start_ticks == y->start_ticks;
}

static uint64_t began(const struct image *i, const struct order *order)
{
	return order->one_clock ? i->model.process.began_mono : i->model.process.started_wall;
}

static int by_process(const void *a, const void *b)
{
	const struct model_process *x = &((const struct image *)a)->model.process,
				   *y = &((const struct image *)b)->model.process;

	return x->pid != y->pid ? compare(x->pid, y->pid) : compare(x->start_ticks, y->start_ticks);
}

/* The kernel's own time of the start is coarse, too (10 ms), but it is that of the fork: a recorder
 * that came with an exec came later. */
static int images_in_order(const void *a, const void *b, void *by)
{
	const struct image *i = a, *j = b;
	const struct model_process *x = &i->model.process, *y = &j->model.process;
	const struct order *order = by;

	if ((x->pid == order->first) != (y->pid == order->first))
		return x->pid == order->first ? -1 : 1;
	if (x->pid == order->first || (same_process(i, j) && i->process_began == j->process_began))
		return by_image(i, j);
	if (order->one_clock && x->start_ticks && y->start_ticks && x->start_ticks != y->start_ticks)
		return compare(x->start_ticks, y->start_ticks);
	if (i->process_began != j->process_began)
		return compare(i->process_began, j->process_began);
	return by_process(i, j);
}

static bool one_clock(const struct images *all)
{
	const struct dump_process *first = NULL;

	for (size_t i = 0; i < all->count; i++) {
		const struct dump_process *p = all->image[i].dump ? dump_process(all->image[i].dump) : NULL;

		if (!p)
			continue; /* it is the first, whatever the clock says */
		if (first && memcmp(first->boot_id, p->boot_id, sizeof p->boot_id) != 0)
			return false;
		first = p;
	}
	return true;
}

/* The images of one process stand together, from `first` on. Where they end. */
static size_t note_process(struct images *all, size_t first, const struct order *order)
{
	size_t end = first;
	uint64_t least = UINT64_MAX;

	for (; end < all->count && same_process(&all->image[first], &all->image[end]); end++)
		if (began(&all->image[end], order) < least)
			least = began(&all->image[end], order);
	for (size_t i = first; i < end; i++)
		all->image[i].process_began = least;
	return end;
}

void images_sort(struct images *all, uint32_t first)
{
	struct order order = {first, one_clock(all)};

	if (!all->count)
		return;
	qsort(all->image, all->count, sizeof *all->image, by_process);
	for (size_t i = 0, end; i < all->count; i = end)
		end = note_process(all, i, &order);
	qsort_r(all->image, all->count, sizeof *all->image, images_in_order, &order);
}
