/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is the program ending? An interpreter finalizes, static destructors and exit handlers run: seen by the
 * functions that do it, which the calling thread is in. Knows stacks, and nothing of what is closed then.
 *
 * All functions but ending_learn() are lock-free, async-signal-safe and make no system call.
 */
#ifndef CONNLEAK_ENDING_H
#define CONNLEAK_ENDING_H

#include <stdbool.h>
#include <stdint.h>

/* Looks for these functions in the program, once. Asks the dynamic linker, under its lock. */
void ending_learn(void);

/* A socket is made: where the program is now it is running. */
extern bool ending_curious; /* there is somebody who wants to know that */
void ending_not_yet_slow(void);
static inline void ending_not_yet(void)
{
	if (__builtin_expect(ending_curious, false))
		ending_not_yet_slow();
}

/* An interpreter's, which knows that its program has come to its end where no function tells; NULL: there is
 * none. As ending_now() in all else. */
extern bool (*ending_by_script)(void);

/* Is the calling thread inside the end of the program? Looks through its stack: some 0.1 to 1 us. False where
 * that is not known: on a stack that is not the thread's own. */
bool ending_now(void);

/* Places from which a close was found not to be in the ending: `frame`, where the frame of who is closing
 * lies, and `caller`, its return address. That the ending closes from a place of the same depth is possible:
 * ask so only for what cannot have been idle. */
#define ENDING_PLACES 64u
extern uint64_t ending_places[ENDING_PLACES];

static inline uint64_t ending_place(const void *frame, const void *caller)
{
	return ((uintptr_t)frame ^ (uintptr_t)caller << 20) * 0x9e3779b97f4a7c15ull;
}

static inline bool ending_not_from(uint64_t place)
{
	return __atomic_load_n(&ending_places[place >> 58], __ATOMIC_RELAXED) == place;
}

/* Looks, and remembers the place if it is not. */
bool ending_now_at(uint64_t place);

#endif
