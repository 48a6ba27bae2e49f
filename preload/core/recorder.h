/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recorder of one process: all that core remembers of it. Core itself has no variable: whoever watches
 * keeps one of these for each process that is watched (libconnleak.so has one, `here`), zeroed but for what
 * stands under "told" and perhaps its tables, and hands it down with each fact.
 *
 * Core asks nobody. What it has to know comes with the fact: the time, which thread it was, whether there
 * are others. It makes system calls for its file, its memory and its lock only, and none while `silent`.
 */
#ifndef CONNLEAK_RECORDER_H
#define CONNLEAK_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/file.h"
#include "core/framing/http1_known.h"
#include "core/pools.h"
#include "core/queue.h"

/* Of which there is nothing yet; in anonymous memory; in the file; nowhere, for good. */
enum arena_state { ARENA_UNBORN, ARENA_ANONYMOUS, ARENA_FILE, ARENA_FAILED };

#define NAMES_TABLE 8192u   /* entries of each, powers of two; filled to three quarters at most */
#define STACKS_TABLE 16384u
#define PLACES_TABLE 16384u
/* So many ended threads stay to be looked at; older ones live on in the process's counters. */
#define THREADS_ENDED 1024u

/* A stretch of the file, mapped on its own. The first holds the header, the process and the first
 * segment of the pools that every process needs; each further one is one segment that was added. */
struct region {
	uint8_t *at;
	uint8_t *old; /* where it was in anonymous memory, else NULL */
	uint64_t offset, size;
};

/* A name that comes in pieces, see core/partial.h. */
#define PARTIAL_TABLE 64u
#define PARTIAL_MAX 256u /* bytes; longer than any host's name (RFC 1035 section 2.3.4), its port included */
struct partial {
	uint64_t conn; /* its id; 0 nobody's */
	uint32_t busy;   /* 1: somebody is in it */
	uint32_t missed; /* 1: a piece was not let in since the last name began */
	uint32_t size;
	char bytes[PARTIAL_MAX];
};

/* What is large, or seldom needed. Pages of it that nobody touches cost nothing, and none is touched before
 * there is an arena. It begins at a page, and has its last one alone, so that it can be wiped by the page. */
struct recorder_tables {
	struct region regions[1 + ARENA_POOL_COUNT * ARENA_SEGMENTS_MAX];
	struct file file;
	uint32_t names[NAMES_TABLE];                 /* ids */
	uint64_t stacks[STACKS_TABLE];               /* upper half of the hash << 32 | id */
	uint32_t places[PLACES_TABLE];               /* index + 1 */
	uint32_t slots_next[ARENA_CONNECTIONS_MAX];  /* of the free lists */
	uint32_t streams_next[ARENA_STREAMS_MAX];
	uint32_t threads_next[ARENA_THREADS_MAX];
	uint32_t streams_of[ARENA_CONNECTIONS_MAX];  /* by slot: index + 1 in the pool of streams */
	uint32_t tasks_next[ARENA_TASKS_MAX];
	uint32_t tasks_of[ARENA_CONNECTIONS_MAX];    /* by slot: index + 1 in the pool of tasks */
	struct partial partial[PARTIAL_TABLE];       /* by the id of the connection */
	struct known_head heads[KNOWN_HEADS] __attribute__((aligned(64))); /* of HTTP/1, of all connections */
	struct queue_cell ended[THREADS_ENDED * 2];
};

#define RECORDER_PATHS 3

struct recorder {
	struct arena_map arena; /* first: used at every call */
	enum arena_state arena_now;
	int lock;    /* of the arena, see arena_lock() */
	bool silent; /* no system call may be made, and nobody be waited for: a sandbox. Survives a fork */

	/* Told by who keeps it, before the first fact. */
	struct recorder_told {
		/* Patterns of the file's path, with %p for the pid: the next is tried when one cannot be made.
		 * NULL is none. They stay where they are. */
		const char *paths[RECORDER_PATHS];
		uint32_t pid;
		uint32_t page;    /* bytes, a power of two: what offsets in the file are multiples of (mmap(2)) */
		uint32_t history; /* how many closed connections stay in their slots */
	} told;

	/* Given by who keeps it, or made with the arena; so is the ring of the closed, whose cells are NULL when
	 * there was no memory for it. */
	struct recorder_tables *tables;
	struct queue_cell *cells;
	bool worn; /* both hold what a parent's arena left there */

	uint32_t next_index[ARENA_POOL_COUNT];
	uint32_t capacity[ARENA_POOL_COUNT];
	unsigned region_count;
	unsigned path; /* by which of them the file was made */
	int error; /* why it could not be by the first that was tried: an errno, 0 none */
	uint64_t early_lost[DUMP_LOST_COUNT];

	uint32_t names_used, stacks_used, places_used;
	uint32_t last_thread; /* the id that was given last */
	struct free_list free_slots, free_streams, free_tasks, free_threads;
	struct queue closed; /* slots, in the order of closing */
	struct queue ended;  /* threads, in the order of ending */
};

/* Makes the pools exist in anonymous memory, if they do not yet. False when they cannot. */
bool recorder_prepare(struct recorder *r);

/* Makes the file exist. False when it cannot: `error` says why, and it is never tried again. */
bool recorder_open(struct recorder *r);

/* In the child of a fork: another process, with the same orders. What was mapped stays mapped, for the
 * parent's picture and for a call that a signal handler's fork interrupted. Makes no system call. */
void recorder_start_over(struct recorder *r);

/* Nobody records with it any more: gives back its memory. The file stays as it is. */
void recorder_free(struct recorder *r);

#endif
