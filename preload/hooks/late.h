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

#include <stdbool.h>
#include <stdint.h>

#include "hooks/hook.h"

struct late {
	const char *name, *version;
};

struct late_row {
	struct late late;
	void *ours; /* the wrapper */
};

/* What stands behind us in the global scope; NULL nothing. */
void *late_global(const struct late *row);

/* What a caller gets by a name. `internal`: the caller is the library itself, that calls its own
 * functions by name (GnuTLS's record_send is its record_send2, its uncork a record_send of what was
 * counted when it was corked): none of the program's calls. */
struct late_found {
	void *real;
	bool internal;
};

struct late_bound {
	const void *caller; /* written first, never taken back */
	const struct late *row;
	bool internal;
	void *real;         /* written last; NULL: to be looked for */
};

#define LATE_BOUND 512u
#define LATE_PROBES 8u
extern struct late_bound late_bound[LATE_BOUND];

static inline uint32_t late_place(const struct late *row, const void *caller)
{
	return (uint32_t)(((uintptr_t)caller ^ (uintptr_t)row << 7) * 0x9E3779B97F4A7C15ull >> 50);
}

struct late_found late_resolve(const struct late *row, const void *caller);

/* What `caller`, a return address, gets by this name: never NULL; without any such function it is
 * one that fails with -1. Keeps errno. */
static inline struct late_found late_find(const struct late *row, const void *caller)
{
	uint32_t at = late_place(row, caller);

	for (uint32_t i = 0; i < LATE_PROBES; i++) {
		const struct late_bound *b = &late_bound[(at + i) % LATE_BOUND];
		void *real = __atomic_load_n(&b->real, __ATOMIC_ACQUIRE);

		if (likely(real && b->caller == caller && b->row == row))
			return (struct late_found){real, b->internal};
	}
	return late_resolve(row, caller);
}

/* One exported wrapper, `name`@`version`: it passes the library's own calls by, and for the others it
 * is `body`, an expression that knows `real` and `caller`. The name of the C function is local. */
#define LATE(type, name, tag, version, parameters, arguments, body)                               \
	type late_##name##_##tag parameters;                                                      \
	__asm__(".symver late_" #name "_" #tag ", " #name "@" version);                           \
	static type own_##name##_##tag parameters __attribute__((alias("late_" #name "_" #tag)));  \
	static const struct late_row row_##name##_##tag __attribute__((section("connleak_late"), used,    \
								       aligned(sizeof(void *)))) = { \
		{#name, version}, (void *)own_##name##_##tag};                                     \
	EXPORT type late_##name##_##tag parameters                                                \
	{                                                                                         \
		static const struct late row = {#name, version};                                  \
		const void *caller = __builtin_return_address(0);                                 \
		struct late_found found = late_find(&row, caller);                                \
		__typeof__(name) *real = (__typeof__(name) *)found.real;                          \
                                                                                                  \
		if (unlikely(found.internal))                                                     \
			return real arguments;                                                    \
		return body;                                                                      \
	}

/* Several of a macro's arguments as one. */
#define ARGUMENTS(...) __VA_ARGS__

/* The body of a late wrapper of a TLS library: within the real call the session may use a socket. `end` is
 * the statement that tells of it then; it sees `call`, `n` (what was returned) and the parameters. */
#define TLS_BODY(type, session, arguments, end)                                                   \
	{                                                                                         \
		struct tls_call call;                                                             \
		type n;                                                                           \
                                                                                                  \
		RECORD tls_begin(&call, session);                                                 \
		n = real(arguments);                                                              \
		RECORD end;                                                                       \
		return n;                                                                         \
	}

#endif
