/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wrappers in three words. HOOK defines a function of libc's name and puts a row into a linker
 * section; REAL is the function that the program would have got without us, bound on first use;
 * RECORD (guard.h) runs one statement of the recorder. A wrapper has no other parts: it is the
 * real call and a call of the recorder. The header that declares the libc function checks its
 * signature.
 *
 * Only the files of hooks/ and init.c include this. Below the hooks nobody knows that hooks exist.
 */
#ifndef CONNLEAK_HOOK_H
#define CONNLEAK_HOOK_H

#include "here/guard.h"

#define EXPORT __attribute__((visibility("default")))

struct hook {
	const char *name;
	void **real;
	void *ours; /* the wrapper itself, whoever stands before us under its name */
};

/* Finds the next definition of a hook's name after ours; keeps errno. For a name that this libc
 * does not have it returns a function that fails with ENOSYS. */
void *hook_resolve(const struct hook *hook);

#define HOOK(type, name, parameters)                                                              \
	HOT_DATA static __typeof__(name) *real_##name;                                            \
	static type own_##name parameters __attribute__((alias(#name)));                          \
	static const struct hook row_##name                                                       \
		__attribute__((section("connleak_hooks"), used, aligned(sizeof(void *)))) = {     \
			#name, (void **)&real_##name, (void *)own_##name};                        \
	EXPORT type name parameters

/* Before a HOOK and after it, where `real_name` is to be called as it is: until it has been called it is a
 * function that looks for it. */
#define FIRST_CALLED(type, name, parameters)                                                      \
	COLD static __attribute__((noinline)) type first_##name parameters;                       \
	HOT_DATA static __typeof__(name) *real_##name = first_##name;
#define FIRST_CALL(type, name, parameters, arguments)                                             \
	static type first_##name parameters                                                       \
	{                                                                                         \
		return ((__typeof__(name) *)hook_resolve(&row_##name)) arguments;                 \
	}

#define REAL(name)                                                                                \
	(likely(real_##name) ? real_##name : (__typeof__(name) *)hook_resolve(&row_##name))

#endif
