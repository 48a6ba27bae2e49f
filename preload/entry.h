/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door of the hall: may this process record, and which connection is this descriptor? Every function
 * that goes by a descriptor begins here, and none asks for itself. Knows entries, not connections.
 */
#ifndef CONNLEAK_ENTRY_H
#define CONNLEAK_ENTRY_H

#include <stdbool.h>

#include "process.h"
#include "sockets/descriptor.h"

uint32_t entry_here_slow(int fd);

/* The same for who has looked into the table already and found something. */
static inline uint32_t entry_of(uint32_t entry, int fd)
{
	return likely(!(entry & DESCRIPTOR_PENDING) && !state_forked()) ? entry : entry_here_slow(fd);
}

/* The same, and which process it was asked in. */
static inline uint32_t entry_in(uint32_t entry, int fd, uint32_t *process)
{
	*process = state_process();
	if (likely(entry - 1 < DESCRIPTOR_PENDING - 1 && *process))
		return entry;
	entry = entry_here_slow(fd);
	*process = state_process();
	return entry;
}

/* The program uses `fd`: its entry, which is not pending; 0 for anything else. The child of a fork begins its
 * story here. A socket that was open before us gets its slot, and this process its dump, but for a standard
 * stream (process_touch()). Async-signal-safe, and keeps errno. */
static inline uint32_t entry_here(int fd)
{
	uint32_t entry = descriptor_get(fd);

	return entry ? entry_of(entry, fd) : 0;
}

/* The kernel gave or takes a number: may it be noted in the table? Not in the child of a vfork, which has
 * descriptors of its own, and only its parent's memory to note them in. One system call. */
static inline bool entry_may_change(void)
{
	return !(state_forked() && !process_reborn()) && !state_vforked();
}

#endif
