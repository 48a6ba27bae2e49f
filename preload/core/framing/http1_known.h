/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heads that are known again by their bytes: on a kept-alive connection the next head is, byte for byte, the
 * one of the turn before, and so it is at the connection's other end and on the program's next connection.
 * What it says is taken from there, where every byte is the same. Knows no connection: what a head says of
 * the framing depends on its bytes alone.
 *
 * Whoever keeps the heads gives room for KNOWN_HEADS of them, zeroed. Any thread may use them at once, and a
 * signal handler amid that: nobody waits. A head that is being written, or was when a process was forked, is
 * no one's. Async-signal-safe.
 */
#ifndef CONNLEAK_HTTP1_KNOWN_H
#define CONNLEAK_HTTP1_KNOWN_H

#include <stdbool.h>
#include <stdint.h>

#define KNOWN_HEADS 64u
#define KNOWN_MIN 32u /* bytes of what goes by that is looked for; a shorter one is parsed as fast */
#define KNOWN_WORDS 123u

struct known_head {
	uint32_t seq;    /* odd while the rest is written */
	uint32_t size;   /* bytes, the empty line included; 0 there is none */
	uint64_t length; /* its Content-Length */
	uint64_t says;   /* see http1_known.c */
	uint64_t last;   /* its last 8 bytes */
	uint32_t misses; /* heads that came here since this one was seen */
	uint32_t reserved;
	uint64_t words[KNOWN_WORDS]; /* its bytes, as far as they are whole words */
};
_Static_assert(sizeof(struct known_head) == 1024, "a page holds four");

#endif
