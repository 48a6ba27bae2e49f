/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file below the arena: created once, extended, mapped, and never held open: a daemon that
 * closes every descriptor must not find ours, and one that closes it must not hurt us. Knows
 * nothing of chunks and items, and tells nobody: what went wrong is an errno.
 *
 * The only place of core, beside the arena's lock, that makes system calls.
 */
#ifndef CONNLEAK_FILE_H
#define CONNLEAK_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct file {
	char path[4096 + 64];
	dev_t device;
	ino_t inode;
};

/* Writes the path: %p is `pid`, %% a percent sign; a number above 0 goes before the ending ".dump", else
 * after the name. A relative pattern is one of the folder that is the working one now. False when there is no
 * room for it, or no such folder. */
bool file_name(struct file *f, const char *pattern, uint32_t pid, unsigned number);

/* Creates the file with O_EXCL and mode 0600, `size` bytes really allocated. In `pattern` %p is `pid`, %% a
 * percent sign; a name that exists gets a number. Returns a descriptor for file_map() and file_close(), or
 * -errno. */
int file_create(struct file *f, const char *pattern, uint32_t pid, uint64_t size);

/* Opens the file again to extend it from `from` to `to` bytes. Returns a descriptor or -errno:
 * the file is gone or another one, the disk is full, a limit or a sandbox forbids it. */
int file_extend(const struct file *f, uint64_t from, uint64_t to);

/* Makes it that user's, who may extend it from then on. 0 or -errno; nothing without the right (chown(2)). */
int file_give(const struct file *f, uid_t user);

/* Maps part of it, shared. NULL on failure. Offsets are multiples of the page. */
void *file_map(int fd, uint64_t offset, uint64_t size);

void file_close(int fd);

/* Removes a file that was created but could not be mapped. */
void file_discard(const struct file *f);

/* Why a file cannot be mapped, as errno. Of more than a page ENOMEM; not every folder's can be at all (9p
 * without a cache, EINVAL; FUSE with direct I/O, ENODEV). */
int file_why_not_mapped(int fd);

/* Anonymous, private, zeroed memory; NULL when there is none. */
void *file_memory(uint64_t size);
void file_free(void *memory, uint64_t size);
/* Makes it zero again, and lets go of its pages. */
bool file_wipe(void *memory, uint64_t size);

#endif
