/* SPDX-License-Identifier: Apache-2.0 */
/* Where in a sorted list. Knows nothing of what is in it. */
#ifndef CONNLEAK_SORTED_H
#define CONNLEAK_SORTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The index of the first of `count` items that is not below `key`, `count` for none; below(list, i, key)
 * tells of the i-th. Inline, for the compiler to see that function, too. */
static inline size_t sorted_first(const void *list, size_t count, uint64_t key,
				  bool (*below)(const void *list, size_t i, uint64_t key))
{
	size_t from = 0, to = count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (below(list, middle, key))
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

#endif
