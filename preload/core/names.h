/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names: byte strings in the dump, each stored once (hosts, paths, modules). Knows nothing of
 * what they name.
 */
#ifndef CONNLEAK_NAMES_H
#define CONNLEAK_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "core/recorder.h"

/* The id of the string, stored now or before; 0 when there is no room, which is counted. Cut at
 * DUMP_STRING_MAX bytes. Lock-free, async-signal-safe but for the moment in which the pool grows. */
uint32_t names_intern(struct recorder *r, const void *bytes, size_t size);

/* The bytes of a string. Valid as long as the arena. */
const void *names_bytes(const struct recorder *r, uint32_t id, size_t *size);

/* The hash of the strings, for other tables of the recorder (FNV-1a, 64 bits, mixed). */
uint64_t names_hash(const void *bytes, size_t size);

#endif
