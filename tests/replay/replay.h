/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recorder beside the processes: events in, dumps out, any number of processes at once, without rights. The
 * format is that of events.md. Knows core and nothing of preload.
 */
#ifndef CONNLEAK_REPLAY_H
#define CONNLEAK_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/recorder.h"

#define REPLAY_PROCESSES 16
#define REPLAY_DESCRIPTORS 256
#define REPLAY_THREADS 64

/* One process that is watched. */
struct tracked {
	struct recorder recorder;
	bool begun, ended;
	uint64_t next; /* the number that the next event has */
	uint64_t latest; /* no event is earlier than the one before it */
	uint32_t entries[REPLAY_DESCRIPTORS]; /* by descriptor: slot index + 1 */
	struct {
		uint32_t tid, slot;
	} threads[REPLAY_THREADS];
	char pattern[4096];
};

struct replay {
	const char *folder; /* of the dumps: connleak.WHO.dump */
	struct tracked processes[REPLAY_PROCESSES];
};

/* `line` of `size` bytes, without its end. What cannot be understood was missed. */
void replay_line(struct replay *replay, const char *line, size_t size);

/* No more events come: a process without an end was not seen to its end. */
void replay_end(struct replay *replay);

/* Gives back all memory. */
void replay_free(struct replay *replay);

#endif
