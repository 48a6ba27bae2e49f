/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The descriptor table: which connection a descriptor number stands for. Private memory, indexed
 * by the number, lock-free; untouched pages cost nothing. Knows entries, not connections.
 */
#ifndef CONNLEAK_DESCRIPTOR_H
#define CONNLEAK_DESCRIPTOR_H

#include <stdint.h>

#include "here/presence.h"

#define DESCRIPTORS_MAX (1u << 20)

/* An entry: 0 is no socket that we know; else a connection's slot index + 1. With the top bit set
 * it is a socket that was open before us and has no slot in this process's dump yet; the rest is
 * its entry in the parent's, 0 when there is none. */
#define DESCRIPTOR_PENDING 0x80000000u

extern uint32_t descriptor_table[DESCRIPTORS_MAX];
/* One past the highest number that ever had an entry. */
extern uint32_t descriptor_end;

/* 0: this process has never had a socket that we know. */
static inline uint32_t descriptors_used(void)
{
	return __atomic_load_n(&descriptor_end, __ATOMIC_RELAXED);
}

/* The entry of `fd`; 0 for numbers beyond the table. */
static inline uint32_t descriptor_get(int fd)
{
	if (unlikely((unsigned)fd >= DESCRIPTORS_MAX))
		return 0;
	return __atomic_load_n(&descriptor_table[fd], __ATOMIC_ACQUIRE);
}

/* What is there by now, where descriptor_get() has just found something. */
static inline uint32_t descriptor_again(int fd)
{
	return __atomic_load_n(&descriptor_table[fd], __ATOMIC_ACQUIRE);
}

/* Is it still that one, which descriptor_get() has found there? */
static inline bool descriptor_still(int fd, uint32_t entry)
{
	return descriptor_again(fd) == entry;
}

static inline void descriptor_raise_end(int fd)
{
	uint32_t end = __atomic_load_n(&descriptor_end, __ATOMIC_RELAXED);

	while ((unsigned)fd >= end &&
	       !__atomic_compare_exchange_n(&descriptor_end, &end, (uint32_t)fd + 1, true,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

/* Puts an entry and returns the one that was there. */
static inline uint32_t descriptor_put(int fd, uint32_t entry)
{
	if (entry)
		descriptor_raise_end(fd);
	return __atomic_exchange_n(&descriptor_table[fd], entry, __ATOMIC_ACQ_REL);
}

/* Replaces `from` by `to`, if it is still there. */
static inline int descriptor_replace(int fd, uint32_t from, uint32_t to)
{
	descriptor_raise_end(fd);
	return __atomic_compare_exchange_n(&descriptor_table[fd], &from, to, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_RELAXED);
}

#endif
