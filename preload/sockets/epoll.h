/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which descriptors were made as epoll sets. Knows neither what is in a set nor who waits for it: the
 * sockets and the threads have that on record. Lock-free and async-signal-safe.
 */
#ifndef CONNLEAK_EPOLL_H
#define CONNLEAK_EPOLL_H

#include <stdbool.h>

/* `fd` came out of epoll_create(2); negative when it failed. */
void epoll_made(int fd);

/* One that is something else by now stays in: a set is then taken for nested that is not, and more
 * sockets count as waited for than are. */
bool epoll_is_set(int fd);

#endif
