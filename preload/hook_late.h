/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wrappers of functions that are no libc's: the program may be linked with their library, load it
 * late or locally (Python's modules), hold two versions at once, or not have it at all. HOOK and
 * RTLD_NEXT would not do; LATE is their like, with two differences.
 *
 * A late wrapper is exported under the version that its library gives the name, as a version that
 * is not the default (SSL_read@OPENSSL_3.0.0). So whoever was linked with the library gets it, and
 * nobody else: a program that probes for OpenSSL by dlsym(RTLD_DEFAULT, "SSL_read") or by a weak
 * reference does not find us, and each version's callers have a wrapper of their own. The versions
 * are listed in libconnleak.map.
 *
 * The real function is the one that this very caller would have got without us: in the global scope
 * the next after ours, else in the scope of the library that called. It is kept for each place of
 * call, until a library is unloaded.
 */
#ifndef CONNLEAK_HOOK_LATE_H
#define CONNLEAK_HOOK_LATE_H

#include <stdint.h>

#include "hook.h"

struct late {
	const char *name, *version;
};

struct late_bound {
	const void *caller; /* written first, never taken back */
	const struct late *row;
	void *real;         /* written last; NULL: to be looked for */
};

#define LATE_BOUND 512u
#define LATE_PROBES 8u
extern struct late_bound late_bound[LATE_BOUND];

static inline uint32_t late_place(const struct late *row, const void *caller)
{
	return (uint32_t)(((uintptr_t)caller ^ (uintptr_t)row << 7) * 0x9E3779B97F4A7C15ull >> 50);
}

void *late_resolve(const struct late *row, const void *caller);

/* What `caller`, a return address, gets by this name. Never NULL: without any such function it is
 * one that fails with -1. Keeps errno. */
static inline void *late_real(const struct late *row, const void *caller)
{
	uint32_t at = late_place(row, caller);

	for (uint32_t i = 0; i < LATE_PROBES; i++) {
		const struct late_bound *b = &late_bound[(at + i) % LATE_BOUND];
		void *real = __atomic_load_n(&b->real, __ATOMIC_ACQUIRE);

		if (likely(real && b->caller == caller && b->row == row))
			return real;
	}
	return late_resolve(row, caller);
}

/* One exported wrapper, `name`@`version`, followed by its body, in which `caller` is where it is
 * to return to. The name of the C function is local to the library. */
#define LATE(type, name, tag, version, parameters)                                                \
	static const struct late row_##name##_##tag = {#name, version};                           \
	type late_##name##_##tag parameters;                                                      \
	__asm__(".symver late_" #name "_" #tag ", " #name "@" version);                           \
	EXPORT type late_##name##_##tag parameters

#define LATE_CALLER __builtin_return_address(0)
#define LATE_REAL(name, tag, caller) ((__typeof__(name) *)late_real(&row_##name##_##tag, caller))

#endif
