/* SPDX-License-Identifier: Apache-2.0 */
/* What an interpreter is called in the report, "Ruby 3.1.2", put together piece by piece: lock-free and
 * async-signal-safe, as snprintf(3) is not. */
#ifndef CONNLEAK_SCRIPTS_CALLED_H
#define CONNLEAK_SCRIPTS_CALLED_H

#include <stddef.h>
#include <stdint.h>

#define CALLED_SIZE 48 /* its end included; what is longer is cut */

void called_begin(char to[CALLED_SIZE], const char *name);
/* Adds up to `max` bytes of a text that may end before. */
void called_add(char to[CALLED_SIZE], const char *text, size_t max);
void called_number(char to[CALLED_SIZE], uint64_t number);
/* "CPython ", 3, 11, 2: all of the name. */
void called_version(char to[CALLED_SIZE], const char *name, unsigned major, unsigned minor, unsigned patch);

#endif
