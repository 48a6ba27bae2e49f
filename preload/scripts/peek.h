/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading of memory whose owner's layout we believe to know: where it cannot be read there is nothing, and no
 * crash. Knows nothing of what is read.
 */
#ifndef CONNLEAK_PEEK_H
#define CONNLEAK_PEEK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Begins a series of reads. What is readable is remembered for 2 s at most: a page of live objects stays. */
void peek_begin(void);

/* Copies `size` bytes; false where they cannot be read. Async-signal-safe; a system call per new page. */
bool peek(uintptr_t at, void *to, size_t size);

/* Whether they can be read. */
bool peek_can(uintptr_t at, size_t size);

/* Whether the `size` bytes, which can be read, are these. */
bool peek_same(uintptr_t at, const void *as, size_t size);

/* peek() of a word. */
bool peek_word(uintptr_t at, uintptr_t *to);

#endif
