/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dump reader: gets the facts out of a dump that may be damaged, hostile, or written to at
 * this very moment, as checked arrays of private copies. It knows the format, not its meaning.
 */
#ifndef CONNLEAK_DUMP_READER_H
#define CONNLEAK_DUMP_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "connleak/dump.h"

/* enum, name. The sentence with offset, reason and advice is made where the fault is found. */
#define DUMP_ERRORS(X)                                                                            \
	X(OK, "ok")                                                                               \
	X(CANNOT_OPEN, "cannot open")                                                             \
	X(CANNOT_READ, "cannot read")                                                             \
	X(NOT_A_FILE, "not a regular file")                                                       \
	X(EMPTY, "empty")                                                                         \
	X(NOT_A_DUMP, "not a dump")                                                               \
	X(NOT_READY, "still being created")                                                       \
	X(BYTE_ORDER, "other byte order")                                                         \
	X(TOO_NEW, "version too new")                                                             \
	X(TOO_OLD, "version too old")                                                             \
	X(TRUNCATED, "truncated")                                                                 \
	X(DAMAGED, "damaged")                                                                     \
	X(NO_MEMORY, "not enough memory")                                                         \
	X(NO_ROOM, "no room for a copy")

enum dump_error {
#define X(name, text) DUMP_ERROR_##name,
	DUMP_ERRORS(X)
#undef X
	DUMP_ERROR_COUNT
};

const char *dump_error_name(enum dump_error error);

/* A text of the dump: not terminated, any byte may be in it. bytes == NULL: unknown. */
struct dump_text {
	const char *bytes;
	size_t size;
};

/* What was caught half-written, by item. */
enum dump_torn {
	DUMP_TORN_CORE = 1, /* dump_conn, dump_thread: the part that `seq` covers */
	DUMP_TORN_IN = 2,
	DUMP_TORN_OUT = 4,
};

struct dump;

/* Reads the file. On success *dump is to be given to dump_close(). On failure *dump is NULL and
 * `why` holds one line, terminated, without newline: file, what, where, what to do. */
#define DUMP_WHY_MAX 640
enum dump_error dump_open(const char *path, struct dump **dump, char why[DUMP_WHY_MAX]);
void dump_close(struct dump *dump);

/* The same, but for what there is one of for each connection: the connections, their streams, kernel facts,
 * closes and tasks stay in the file, dump_conns() and the like have none, and dump_walk_begin() reads them,
 * in memory that does not grow with their number. What is read twice is to be the same: where `changes` says
 * of the process that somebody may still write the dump, they are copied into a temporary file when they are
 * read first, each when it holds still (NO_ROOM: there is none). NULL: nobody writes it. */
typedef bool dump_changes(const struct dump_process *process);
enum dump_error dump_open_to_walk(const char *path, dump_changes *changes, struct dump **dump,
				  char why[DUMP_WHY_MAX]);
bool dump_walks(const struct dump *dump);

/* While the dump was read, or since then, the process wrote down its end, which is the last that it writes:
 * what was read may be of before, and is to be read once more. Opens the file anew. */
bool dump_ended_meanwhile(const struct dump *dump);

/* Walks over such a pool (connections, streams, kernel, closes, tasks), ascending by the id of the
 * connection, those of one id in the order of the pool. Each walk opens the file anew, or reads the copy.
 * NULL: `why` says, as for dump_open(). */
struct dump_walk;
struct dump_walk *dump_walk_begin(const struct dump *dump, enum dump_chunk_kind kind, char why[DUMP_WHY_MAX]);
/* The next item that is in use, valid until the next call; NULL at the end. `torn` (may be NULL): as
 * dump_conn_torn(). */
const void *dump_walk_next(struct dump_walk *w, uint8_t *torn);
/* Of a walk over connections: in which slot of the pool the last one was, for dump_again_open(). */
uint32_t dump_walk_slot(const struct dump_walk *w);
/* False: it ended too early, `why` of its begin says why. */
bool dump_walk_end(struct dump_walk *w);

const char *dump_path(const struct dump *dump);
const struct dump_header *dump_header(const struct dump *dump);
const struct dump_process *dump_process(const struct dump *dump);

/* Looks into the file once more, which is opened anew. NULL: it cannot be, or there is no memory. */
struct dump_again;
struct dump_again *dump_again_begin(const struct dump *dump);
/* Is the connection that was read from this slot still in it, open, and has the same descriptors? */
bool dump_again_open(struct dump_again *a, const struct dump_conn *then, uint32_t slot);
void dump_again_end(struct dump_again *a);

/* The slots that are in use, in the order of the pool: OPEN and CLOSED connections, threads with an id,
 * streams, tasks and kernel facts with a connection, series with a stack, what was closed twice, an
 * exhaustion that came. dump_*_torn: bits of enum dump_torn. */
const struct dump_conn *dump_conns(const struct dump *dump, uint32_t *count);
uint8_t dump_conn_torn(const struct dump *dump, uint32_t index);
/* In which slot of the pool it was, `c` is one of dump_conns(). */
uint32_t dump_conn_slot(const struct dump *dump, const struct dump_conn *c);
const struct dump_thread *dump_threads(const struct dump *dump, uint32_t *count);
uint8_t dump_thread_torn(const struct dump *dump, uint32_t index);
const struct dump_streams *dump_streams(const struct dump *dump, uint32_t *count);
const struct dump_kernel *dump_kernel(const struct dump *dump, uint32_t *count);
const struct dump_close *dump_closes(const struct dump *d, uint32_t *count);
const struct dump_series *dump_series(const struct dump *d, uint32_t *count);
const struct dump_twice *dump_twices(const struct dump *d, uint32_t *count);
const struct dump_exhaustion *dump_exhaustions(const struct dump *d, uint32_t *count);
const struct dump_task *dump_tasks(const struct dump *d, uint32_t *count);
const struct dump_module *dump_modules(const struct dump *dump, uint32_t *count);
/* Also those that were not complete: their language is 0, or one that this reader does not know. */
const struct dump_place *dump_places(const struct dump *dump, uint32_t *count);

/* The next complete stack whose id is greater than `after` (begin with 0), and its id; NULL at the
 * end. Its depth is at most DUMP_STACK_FRAMES_MAX and its frames are there. */
const struct dump_stack *dump_stack_next(const struct dump *dump, uint32_t after, uint32_t *id);
const uint64_t *dump_stack_frames(const struct dump_stack *stack);

/* A string by id; bytes == NULL when there is none or it is incomplete. */
struct dump_text dump_string(const struct dump *dump, uint32_t id);

/* Slots that were in the making when the file was read: neither in the arrays nor free. */
uint64_t dump_unborn(const struct dump *dump);
/* Chunks that this reader does not know and stepped over. */
uint32_t dump_chunks_unknown(const struct dump *dump);

#endif
