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

/* Of this thread. Where the thread pointer points to lies itself (psABI). gcc 11 knows it by name. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 11
static inline void *thread_pointer(void)
{
	void *at;

	__asm__("mov %%fs:0, %0" : "=r"(at));
	return at;
}
#else
#define thread_pointer() __builtin_thread_pointer()
#endif

/* An address that the compiler keeps in one register: of a variable it makes one for each field used. */
#define IN_ONE_REGISTER(pointer) __asm__("" : "+r"(pointer))

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
