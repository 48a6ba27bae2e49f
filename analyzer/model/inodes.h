/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of inodes in memory that does not grow: what is in it is found, and of what is not some passes, too.
 * Of a million that are none of a million others it is one in twenty.
 */
#ifndef CONNLEAK_INODES_H
#define CONNLEAK_INODES_H

#include <stdbool.h>
#include <stdint.h>

#define INODES_BITS (1u << 23)
#define INODES_FIRST 0x9e3779b97f4a7c15u
#define INODES_SECOND 0xc2b2ae3d27d4eb4fu

struct inodes {
	uint64_t bits[INODES_BITS / 64]; /* 1 MiB */
};

static inline uint32_t inodes_hash(uint64_t inode, uint64_t by)
{
	return (uint32_t)(inode * by >> 41);
}

static inline bool inodes_bit(const struct inodes *s, uint32_t at)
{
	return s->bits[at / 64] >> at % 64 & 1;
}

static inline bool inodes_have(const struct inodes *s, uint64_t inode)
{
	return inodes_bit(s, inodes_hash(inode, INODES_FIRST)) && inodes_bit(s, inodes_hash(inode, INODES_SECOND));
}

static inline void inodes_add(struct inodes *s, uint64_t inode)
{
	const uint32_t at[] = {inodes_hash(inode, INODES_FIRST), inodes_hash(inode, INODES_SECOND)};

	for (unsigned i = 0; i < 2; i++)
		s->bits[at[i] / 64] |= 1ull << at[i] % 64;
}

#endif
