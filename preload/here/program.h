/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which program this process runs. Owns nothing, and knows nothing of what it is asked for.
 */
#ifndef CONNLEAK_PROGRAM_H
#define CONNLEAK_PROGRAM_H

#include <stddef.h>

/* Its absolute path, as far as there is room, without a terminator: how many bytes, 0 when nobody tells.
 * Makes system calls. Async-signal-safe. */
size_t program_path(char *to, size_t size);

#endif
