/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stacks that were taken before, known again by what lies on the stack: a server accepts at one place,
 * and its stack is the same each time. Owns that memory; knows neither the unwinder nor the dump.
 *
 * A frame lies where the one below it says, so where a stack begins at the same address and each return
 * address lies where it lay before, the frames are the same. Where the return addresses lie the unwinder
 * does not say: a word of the same value may be left from an earlier call. So all places are kept where
 * one of them was found, the true one among them, and all of them have to be as they were; a place that
 * changed while the unwinder still found the same stack is none, and is dropped.
 *
 * All functions are lock-free and async-signal-safe.
 */
#ifndef CONNLEAK_STACK_CACHE_H
#define CONNLEAK_STACK_CACHE_H

#include <stdint.h>

/* The id that was put for the stack that is there now; 0: it has to be unwound. `frame` is the caller's
 * own frame, as __builtin_frame_address(0) gives it: behind its first word lies a return address. `top`
 * is where the stack ends, as far as it may be read. */
uint32_t stack_cache_find(const uintptr_t *frame, const uintptr_t *top);

/* The unwinder said that these are the `count` return addresses, innermost first, and they are stack `id`.
 * It is looked for on the stack, which costs some 10 us, when it is there for the second time. */
void stack_cache_put(const uintptr_t *frame, const uintptr_t *top, void *const *addresses, int count,
		     uint32_t id);

/* The ids mean nothing any more. */
void stack_cache_forget(void);

#endif
