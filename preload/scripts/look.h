/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walk through an interpreter's structures, in which each step leads to the next: what could not be read is
 * 0, and the walk has failed from then on. So that is asked at its end, not at each step.
 *
 * All functions are lock-free and async-signal-safe, and allocate nothing.
 */
#ifndef CONNLEAK_SCRIPTS_LOOK_H
#define CONNLEAK_SCRIPTS_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "scripts/peek.h"

struct look {
	bool failed;
};

static inline bool look_bytes(struct look *look, void *to, uintptr_t from, size_t size)
{
	if (!look->failed && size && !peek(from, to, size))
		look->failed = true;
	return !look->failed;
}

#define LOOK(type, name)                                                                          \
	static inline type name(struct look *look, uintptr_t at)                                  \
	{                                                                                         \
		type value;                                                                       \
                                                                                                  \
		return look_bytes(look, &value, at, sizeof value) ? value : 0;                    \
	}
LOOK(uint8_t, look_u8)
LOOK(uint16_t, look_u16)
LOOK(int32_t, look_i32)
LOOK(uint32_t, look_u32)
LOOK(uint64_t, look_u64)
#undef LOOK

static inline uintptr_t look_word(struct look *look, uintptr_t at)
{
	uintptr_t word = 0;

	look->failed = look->failed || !peek_word(at, &word);
	return word;
}

/* Does the terminated text at `at` read `text`? Which may end where the last readable page ends. */
static inline bool look_is_text(struct look *look, uintptr_t at, const char *text)
{
	size_t size = strlen(text) + 1;

	if (at % 4096 + size <= 4096) {
		look->failed = look->failed || !peek_can(at, size);
		return !look->failed && peek_same(at, text, size);
	}
	for (;; at++, text++) {
		char c = (char)look_u8(look, at);

		if (look->failed || c != *text)
			return false;
		if (!c)
			return true;
	}
}

#endif
