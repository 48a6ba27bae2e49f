/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The limit on descriptors, and what is written down when the program runs into it. Knows neither who asked
 * for a descriptor nor what for. Async-signal-safe.
 */
#ifndef CONNLEAK_EXHAUSTED_H
#define CONNLEAK_EXHAUSTED_H

#include <stdint.h>

/* The soft RLIMIT_NOFILE of this process; 0 unknown, UINT64_MAX none. Not to be asked in a sandbox. */
uint64_t exhausted_limit(void);

/* The calling thread was refused a descriptor, by EMFILE or ENFILE. */
void exhausted_now(int error);

#endif
