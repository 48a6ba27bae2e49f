/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/epoll.h"

#include <stdint.h>

#include "sockets/census.h"

#define SETS_MAX 4096

static uint64_t sets[SETS_MAX / 64];

void epoll_made(int fd)
{
	conn_replaced(fd);
	if (fd >= 0 && fd < SETS_MAX)
		__atomic_fetch_or(&sets[fd / 64], 1ull << (fd % 64), __ATOMIC_RELAXED);
}

bool epoll_is_set(int fd)
{
	return fd >= 0 && fd < SETS_MAX && (__atomic_load_n(&sets[fd / 64], __ATOMIC_RELAXED) >> (fd % 64) & 1);
}
