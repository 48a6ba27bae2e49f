/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose code is it: the user's own, a library's, or that of the runtime and the system, by where its file
 * lies. One table, and what the user says otherwise. Knows names only, no stacks and no symbols; pure.
 */
#ifndef CONNLEAK_OWN_H
#define CONNLEAK_OWN_H

#include <stdbool.h>
#include <stddef.h>

enum whose {
	WHOSE_OWN,     /* nobody else's: the user's */
	WHOSE_LIBRARY, /* somebody wrote it for many programs */
	WHOSE_RUNTIME, /* the language's standard library, its interpreter, the C library: of every program */
};

#define OWN_RULES_MAX 64

/* What the user says (--own, --library): the last one that matches decides. `glob` is matched with a file, a
 * module or a function, whole or from any folder of it on; `*` takes slashes, too. */
struct own_rule {
	const char *glob;
	bool own;
};

struct own {
	struct own_rule rules[OWN_RULES_MAX];
	unsigned count;
};

/* What is known of a frame; each may be NULL or "". */
struct own_names {
	const char *function, *file, *module;
};

/* `own` may be NULL: the table alone. What nothing is known of is the runtime's (code that it has made). */
enum whose own_whose(const struct own *own, const struct own_names *names);

/* What people call it that the code is a part of: "requests", "node:net", "java.net", "net/http", "libpq".
 * Terminated, cut to `size`, which is not 0; "" when nobody could say. */
void own_package(const struct own_names *names, char *to, size_t size);

#endif
