/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that come in pieces: the server's, of a request whose head is written byte by byte. Knows nothing of
 * where they stand. Owns recorder_tables.partial.
 *
 * A connection's place is known by its id, and whoever begins there takes it: of two names that come in
 * pieces at the same time the older one may be lost, which is no fact less than before it came.
 * Async-signal-safe: a place in which somebody is just now is not waited for.
 */
#ifndef CONNLEAK_PARTIAL_H
#define CONNLEAK_PARTIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/recorder.h"

/* The next piece of the name that connection `id` is told. The one that begins drops what was there. */
void partial_add(struct recorder *r, uint64_t id, const void *bytes, size_t size, bool begins);

/* The name as far as it came, stored as names_intern() does, without the blanks around it; 0 when some piece
 * of it is missing, when it is empty, or longer than PARTIAL_MAX. */
uint32_t partial_end(struct recorder *r, uint64_t id);

#endif
