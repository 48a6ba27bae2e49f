/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What we ask of the compiler and of the processor. Knows nothing of the recorder.
 */
#ifndef CONNLEAK_COMPILER_H
#define CONNLEAK_COMPILER_H

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* What nearly every call needs, code and data: together, so that it takes few pages and cache lines from
 * a program whose system calls have just emptied them. */
#define HOT __attribute__((hot))
#define HOT_DATA __attribute__((section("connleak_hot")))
#define COLD __attribute__((cold))
#define INLINE static inline __attribute__((always_inline))

/* Lets the other hardware thread run while this one waits for a moment. */
static inline void pause_for_a_moment(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#else
	__asm__ volatile("yield");
#endif
}

#endif
