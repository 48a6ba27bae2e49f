/* SPDX-License-Identifier: Apache-2.0 */
/* Where the recorder is: named by the user, in the build folder, or installed. Runs nothing. */
#ifndef CONNLEAK_LIBRARY_H
#define CONNLEAK_LIBRARY_H

#include <stddef.h>

/* The absolute path of libconnleak.so. -1, or the status to exit with after a line on standard
 * error. */
int library_find(char *to, size_t size);

#endif
