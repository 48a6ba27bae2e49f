/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goroutines in the memory of this process's Go runtime: what a struct g has where, and all that there are.
 * Knows no stacks, and nothing of the recorder.
 *
 * All of this is read while the runtime works. What makes that safe: a struct g is never freed, only used
 * again; stacks lie in the heap, which is never unmapped; and each pointer is followed only within the bounds
 * of the goroutine's stack. What changed meanwhile is dropped, where it can be known.
 */
#ifndef CONNLEAK_GOLANG_G_H
#define CONNLEAK_GOLANG_G_H

#include <stdbool.h>
#include <stdint.h>

#include "goimage/g.h"

extern struct go_field g_fields[G_FIELDS];
extern const struct go_image *g_image;
extern const uint64_t *g_all; /* pointer, length, capacity */

#define GOROUTINES_MAX 1000000u /* so many are looked at */

/* Where the runtime keeps what. False: something is missing. The image must outlive the process. */
bool g_learn(const struct go_image *image);

static inline uint64_t g_word(uintptr_t g, int f)
{
	return *(const uint64_t *)(g + g_fields[f].offset);
}

static inline uint64_t g_sched(uintptr_t g, uint32_t offset)
{
	return *(const volatile uint64_t *)(g + g_fields[G_SCHED].offset + offset);
}

static inline uint32_t g_status(uintptr_t g)
{
	return __atomic_load_n((const uint32_t *)(g + g_fields[G_STATUS].offset), __ATOMIC_ACQUIRE) & ~GO_SCANNED;
}

static inline bool g_dead(uintptr_t g)
{
	uint32_t is = g_status(g);

	return is == GO_DEAD || is == GO_IDLE;
}

/* The live one of this id; 0: none. */
uintptr_t g_by_id(uint64_t goid);
/* It was met, by that id: it need not be looked for. */
void g_met(uintptr_t g, uint64_t goid);

/* The function at an address; NULL: none of Go's. */
static inline const char *g_name(uintptr_t pc)
{
	return go_image_name(g_image, pc);
}

#endif
