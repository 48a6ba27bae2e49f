/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two ways out of Go's code into the recorder, and back: from a system call, and from a place in a
 * function. Goroutines have small stacks, so both go to a stack of the thread's own. Knows nothing of
 * what is recorded. x86-64 only.
 */
#ifndef CONNLEAK_GOLANG_ENTER_H
#define CONNLEAK_GOLANG_ENTER_H

#include <stdint.h>

/* A system call: number and arguments, then what the goroutine was about; laid out by golang_gate. */
struct golang_call {
	long n, args[6];
	uintptr_t g, bp, back, sp;
};

/* A place in a function: the registers there; laid out by golang_watch. */
struct golang_frame {
	uintptr_t id, ax, bx, cx, dx, di, si, r8, r9, r10, r11, r15, g, bp, back, sp;
};

/* What a stub jumps to. golang_gate: as SYSCALL does it, but rcx says where to go on. golang_watch: r12 says
 * where to go on, r13 which place it is. */
extern const char golang_gate[] __attribute__((visibility("hidden")));
extern const char golang_watch[] __attribute__((visibility("hidden")));

#endif
