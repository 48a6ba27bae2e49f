/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Framing: follows the protocol inside a byte stream far enough to know whether the last response
 * was read to its end. Pure functions over bytes; knows neither descriptors nor dumps' files, does
 * no I/O, allocates nothing, keeps O(1) state in struct dump_frame, may be cut at any byte.
 *
 * Everything here is async-signal-safe. The two directions of one connection may be fed by two
 * threads at the same time; one direction is fed by one thread at a time (the caller sees to it).
 * What the directions share (protocol, pipeline, streams) is only touched through __atomic
 * builtins, and the order of events across directions is never trusted further than it holds:
 * a response may be recorded before the request that caused it, because both are recorded after
 * the system call returned.
 */
#ifndef CONNLEAK_FRAMING_H
#define CONNLEAK_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "connleak/dump.h"

struct framing {
	struct dump_frame *in;  /* what the process reads */
	struct dump_frame *out; /* what it writes */
	uint8_t *protocol;      /* enum dump_protocol, UNKNOWN to begin with */
	uint8_t *has;           /* DUMP_HAS_REQUESTS_IN / _OUT, preset from the role; none: sniffed */
	uint32_t *pipeline;     /* dump_conn.pipeline */
	void *owner;
	/* HTTP/2 asks for its table of streams at each feed; NULL: none to be had, not followed. */
	struct dump_streams *(*streams)(void *owner);
	/* Host header, :authority; called at most once for each request, bytes valid during the call. */
	void (*host)(void *owner, const char *bytes, size_t size);
};

/* `size` bytes went by in one direction, in order. */
void framing_feed(struct framing *f, bool in, const void *bytes, size_t size);

/* `size` bytes went by that nobody can look at (sendfile, splice). Inside a body they are counted;
 * elsewhere the framer has lost its place and says so. */
void framing_skip(struct framing *f, bool in, uint64_t size);

/* The program was told of end-of-file in this direction: ends a body that is read until close. */
void framing_eof(struct framing *f, bool in);

/* Bytes went by uncounted or twice: gives up the framing of both directions for good. */
void framing_void(struct framing *f);

#endif
