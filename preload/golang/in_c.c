/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Go keeps g in a thread-local word of the program's (runtime.tlsg), the only one where C has none of
 * its own. In C code it is the thread's g0, whose m says which goroutine it works for, and how many
 * calls of C it is in (runtime/cgocall.go): a thread of C's that called into Go may be left with a
 * goroutine that is in none.
 */
#include "golang/in_c.h"

#include "golang/g.h"
#include "here/bounds.h"
#include "here/presence.h"

enum { OF_G, G0, CURG, NCGO, FIELDS };
static struct go_field field[FIELDS] = {
	[OF_G] = {"runtime", "runtime.g", "m", 0, false},
	[G0] = {"runtime", "runtime.m", "g0", 0, false},
	[CURG] = {"runtime", "runtime.m", "curg", 0, false},
	[NCGO] = {"runtime", "runtime.m", "ncgo", 0, false},
};
static uintptr_t below; /* the word is so far below the thread pointer; 0: it is not known where */

/* Only at the first use, for few programs need them. Whoever comes at once finds the same. */
static bool learned(void)
{
	static uint32_t found;

	if (!__atomic_load_n(&found, __ATOMIC_ACQUIRE))
		__atomic_store_n(&found, go_image_fields(g_image, field, FIELDS) == FIELDS ? 1 : 2, __ATOMIC_RELEASE);
	return __atomic_load_n(&found, __ATOMIC_RELAXED) == 1;
}

static uintptr_t word(void)
{
	return *(const uintptr_t *)((uintptr_t)thread_pointer() - below);
}

/* In C code the thread is on its g0's stack, whose bounds are that struct's first two words. The runtime
 * makes its threads by itself, so that their bounds are not known otherwise. */
static size_t left_of_g0(uintptr_t here)
{
	const uintptr_t *stack = (const uintptr_t *)word();

	return stack && stack[0] <= here && here < stack[1] ? here - stack[0] : 0;
}

void in_c_learn(uint64_t size, uint64_t alignment)
{
	if (size != sizeof(uintptr_t) || alignment > 64)
		return;
	below = alignment > size ? alignment : size;
	bounds_fiber = left_of_g0;
}

static uintptr_t at(uintptr_t object, int f)
{
	return *(const uintptr_t *)(object + field[f].offset);
}

uintptr_t in_c_goroutine(void)
{
	uintptr_t g0 = below ? word() : 0, m, g;

	if (!g0 || !learned())
		return 0;
	m = at(g0, OF_G);
	if (!m || at(m, G0) != g0 || *(const int32_t *)(m + field[NCGO].offset) <= 0)
		return 0;
	g = at(m, CURG);
	return g && at(g, OF_G) == m && g_status(g) == GO_SYSCALL ? g : 0;
}
