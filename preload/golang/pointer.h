/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread pointer of Go threads that libc did not make. Without cgo fs is Go's own: its g lies at
 * fs:-8, and nothing else of it is used (m.tls, runtime/runtime2.go). The recorder is libc's child, so a
 * thread's first call exchanges fs, for as long as the thread lives, for a block of ours, a copy of what
 * the dynamic linker made for main; g lies at fs:-8 there as well. Knows nothing of what is recorded.
 * x86-64 only.
 *
 * For good, and not while the recorder works: where the processor or the kernel (before Linux 5.9) lets
 * no program set fs by an instruction (FSGSBASE) it takes a system call, which is made once in a
 * thread's life.
 */
#ifndef CONNLEAK_GOLANG_POINTER_H
#define CONNLEAK_GOLANG_POINTER_H

#include <stdbool.h>
#include <stdint.h>

enum golang_pointer {
	GOLANG_POINTER_LIBCS,          /* it stays */
	GOLANG_POINTER_BY_INSTRUCTION, /* the program's own, and exchanged */
	GOLANG_POINTER_BY_CALL,        /* by arch_prctl(2): not after a seccomp filter was installed */
};

/* One of these. */
extern uint8_t golang_pointer_foreign __attribute__((visibility("hidden")));

/* The calling thread is main, which still runs on libc's fs. False: it cannot be done here (thread-local
 * variables need too much room). */
bool golang_pointer_learn(void);

#endif
