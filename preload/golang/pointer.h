/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread pointer of Go threads that libc did not make. Without cgo fs is Go's own: its g lies at fs:-8.
 * The recorder is libc's child, so while it works fs points to a block of ours, a copy of what the dynamic
 * linker made for main. Knows nothing of what is recorded. x86-64 only.
 *
 * Which block is this thread's stands in gs, which nobody else uses (x86-64 psABI; neither Go nor glibc
 * does). A new thread inherits it, so a block says whose it is.
 */
#ifndef CONNLEAK_GOLANG_POINTER_H
#define CONNLEAK_GOLANG_POINTER_H

#include <stdbool.h>
#include <stdint.h>

/* Laid out for enter.c. */
struct golang_block {
	uintptr_t fs;    /* ours */
	uintptr_t owner; /* Go's; no two threads that live have the same */
	uintptr_t stack; /* its end: bounds_lent of a thread that is not in the recorder */
	uint32_t tid;    /* 0: made by the child of a vfork, which ran on the same fs */
};

/* Is fs the program's own? Else it is libc's, and stays. */
extern uint8_t golang_pointer_foreign __attribute__((visibility("hidden")));

/* The calling thread is main, which still runs on libc's fs. False: it cannot be done here (the processor or
 * the kernel does not let a program set fs, or thread-local variables need too much room). */
bool golang_pointer_learn(void);

#endif
