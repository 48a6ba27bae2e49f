/* SPDX-License-Identifier: Apache-2.0 */
/* Which package of the distribution a file came with. Knows dpkg; asks nobody where there is none. */
#ifndef CONNLEAK_PACKAGE_H
#define CONNLEAK_PACKAGE_H

#include <stdbool.h>
#include <stddef.h>

/* "libcurl4" of an absolute path; terminated, cut to `size`. False: of none. Takes some milliseconds. */
bool package_of(const char *path, char *to, size_t size);

#endif
