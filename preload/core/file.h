/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file below the arena: created once, extended, mapped, and never held open: a daemon that
 * closes every descriptor must not find ours, and one that closes it must not hurt us. Knows
 * nothing of chunks and items.
 */
#ifndef CONNLEAK_ARENA_FILE_H
#define CONNLEAK_ARENA_FILE_H

#include <stdint.h>

/* Creates the file with O_EXCL and mode 0600, `size` bytes really allocated. Returns a descriptor
 * for arena_file_map() and arena_file_close(), or -errno after saying why on standard error. */
int arena_file_create(uint64_t size);

/* Says on standard error that there is no dump, and why. */
void arena_file_complain(int error);

/* Opens the file again to extend it from `from` to `to` bytes. Returns a descriptor or -errno:
 * the file is gone or another one, the disk is full, a limit or a sandbox forbids it. */
int arena_file_extend(uint64_t from, uint64_t to);

/* Maps part of it, shared. NULL on failure. Offsets and sizes are multiples of the page. */
void *arena_file_map(int fd, uint64_t offset, uint64_t size);

void arena_file_close(int fd);

/* Removes a file that was created but could not be mapped. */
void arena_file_discard(void);

/* Anonymous, private, zeroed memory; NULL when there is none. */
void *arena_file_memory(uint64_t size);
void arena_file_free(void *memory, uint64_t size);

#endif
