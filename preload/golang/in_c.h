/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which goroutine has called the C code that the calling thread is in? Of cgo programs, where a socket that C
 * opens has the stack of the goroutine that asked for it. Lock-free and async-signal-safe.
 */
#ifndef CONNLEAK_GOLANG_IN_C_H
#define CONNLEAK_GOLANG_IN_C_H

#include <stdbool.h>
#include <stdint.h>

/* The program's own thread-local words take so many bytes, at this alignment. Call where fs is libc's. */
void in_c_learn(uint64_t size, uint64_t alignment);

/* Its struct g, whose stack stands still meanwhile; 0: none, as of a thread of C's in no call of Go's. */
uintptr_t in_c_goroutine(void);

#endif
