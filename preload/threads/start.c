/* SPDX-License-Identifier: Apache-2.0 */
#include "threads/start.h"

#include "threads/handle.h"

static struct start starts[ARENA_THREADS_MAX];

void start_put(uint32_t slot, const struct start *start)
{
	starts[slot - 1] = *start;
}

struct start start_of(uint32_t slot)
{
	return starts[slot - 1];
}
