/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May this memory be read? Asked where the recorder looks at what the program gave to a system call
 * before the kernel has: the call returns EFAULT where we would crash. Knows nothing of connections.
 *
 * What lies further up on the calling thread's own stack, as most such arrays do, can be read and
 * costs a few instructions; all else is asked of the kernel, once a page. In a sandbox, where that
 * may not be done, only what the thread has handed to the kernel with success before is believed.
 */
#ifndef CONNLEAK_READABLE_H
#define CONNLEAK_READABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "here/bounds.h"
#include "here/presence.h"

static inline bool readable_on_stack(const void *address, size_t size)
{
	char local;
	uintptr_t here = (uintptr_t)&local, start = (uintptr_t)address;
	uintptr_t top = (uintptr_t)bounds_top((const void *)here);

	return top && start >= here && start <= top - size;
}

/* What can be read beside, for now: the stack of the goroutine for which the calling thread works. */
struct readable_too {
	uintptr_t start, end;
};
extern __thread struct readable_too readable_too
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

/* Slow path of readable(). */
bool readable_elsewhere(const void *address, size_t size);

/* All of the `size` bytes there; true when there are none. Async-signal-safe. */
static inline bool readable(const void *address, size_t size)
{
	return likely(readable_on_stack(address, size)) || readable_elsewhere(address, size);
}

void readable_was_slow(const void *address, size_t size);

/* The kernel has just read these for the calling thread. */
static inline void readable_was(const void *address, size_t size)
{
	if (unlikely(state.sandboxed))
		readable_was_slow(address, size);
}

/* Copies what may be gone the next moment, by the kernel. False where it is gone, or the kernel cannot be
 * asked: in a sandbox, ours or one that the process was born in, whose filter may end it for a call that it
 * does not expect. Async-signal-safe; one system call. */
bool readable_copy(void *to, const void *from, size_t size);

/* Whether one byte can be read there: one system call in any case. Async-signal-safe. */
bool readable_byte(const void *address);

#endif
