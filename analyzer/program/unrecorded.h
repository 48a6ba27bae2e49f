/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the processes of a session ran that the recorder could not be in, as they told it in a file of the
 * session's (dump.h). Knows nothing of dumps.
 */
#ifndef CONNLEAK_UNRECORDED_LIST_H
#define CONNLEAK_UNRECORDED_LIST_H

#include <stddef.h>
#include <stdint.h>

struct unrecorded {
	char path[500];
	uint32_t reason; /* enum dump_reason */
	uint32_t pid;    /* of the last process that ran it */
	uint32_t count;  /* of processes */
};

struct unrecorded_list {
	struct unrecorded *item; /* one for each program */
	size_t count;
};

/* Reads what was told, and takes the file away. An empty list when there is nothing, or nothing to be
 * believed. */
struct unrecorded_list unrecorded_read(const char *folder, uint64_t session);
void unrecorded_free(struct unrecorded_list *list);

/* What the process became last; NULL: it can be recorded. */
const struct unrecorded *unrecorded_of(const struct unrecorded_list *list, uint32_t pid);

#endif
