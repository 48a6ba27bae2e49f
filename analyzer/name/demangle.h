/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What compilers made of names, made names again: C++, Rust and D, by libiberty. A symbol may come from any
 * file: what is too long, goes too deep, or would become too long stays as it is. Knows texts only.
 */
#ifndef CONNLEAK_DEMANGLE_H
#define CONNLEAK_DEMANGLE_H

#include <stdbool.h>

#define DEMANGLE_IN_MAX 4096   /* bytes of a symbol */
#define DEMANGLE_OUT_MAX 16384 /* bytes of a name */

/* "shop::Pool::take(int)", with `parameters`; else "shop::Pool::take". To be freed; NULL: it is a name
 * already, or cannot be made one. */
char *demangle(const char *symbol, bool parameters);

#endif
