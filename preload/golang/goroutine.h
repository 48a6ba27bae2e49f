/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goroutines: which one makes this call, where it was, which are alive at the end and what they are parked in.
 * To the rest of the recorder a goroutine is a thread: while one of its calls is recorded, `self` is its slot.
 */
#ifndef CONNLEAK_GOLANG_GOROUTINE_H
#define CONNLEAK_GOLANG_GOROUTINE_H

#include <stdbool.h>
#include <stdint.h>

#include "goimage/image.h"
#include "golang/enter.h"

/* Where the runtime keeps what. False: something is missing. The image must outlive the process. */
bool goroutine_learn(const struct go_image *image);

/* What `self` was, until goroutine_leave(). */
struct goroutine_saved {
	void *at;
	uint32_t slot, id, opened_at;
};

/* The calling thread is this call's goroutine. Not in the child of a vfork: it would be written into its parent. */
struct goroutine_saved goroutine_enter(const struct golang_call *call);
void goroutine_leave(struct goroutine_saved saved);

/* Is it the runtime's own call, not one of a package? */
bool goroutine_in_runtime(const struct golang_call *call);

/* The process ends: whoever lives gets a slot, and what it is parked in. */
void goroutine_end_all(void);

#endif
