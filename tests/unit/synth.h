/* SPDX-License-Identifier: Apache-2.0 */
/* Dumps made by hand, for tests of the analyzer. Knows the format, nothing of verdicts. */
#ifndef CONNLEAK_TEST_SYNTH_H
#define CONNLEAK_TEST_SYNTH_H

#include <stddef.h>

#include "connleak/dump.h"

#define SYNTH_CONNS 16
#define SYNTH_THREADS 8

/* What goes into it; counts say how many of each are there. */
struct synth {
	struct dump_process process;
	struct dump_conn conns[SYNTH_CONNS];
	unsigned conn_count;
	struct dump_thread threads[SYNTH_THREADS];
	unsigned thread_count;
	struct dump_kernel kernel[SYNTH_CONNS];
	unsigned kernel_count;
	struct dump_streams streams;
};

/* A process that was killed, with nothing in it. */
void synth_begin(struct synth *s);
/* A connected client socket to 127.0.0.1:80 with the next id, opened at call site 1. */
struct dump_conn *synth_conn(struct synth *s);
/* What the kernel says of it: TCP state, bytes queued. */
struct dump_kernel *synth_kernel(struct synth *s, const struct dump_conn *c, uint32_t state, uint32_t queued);

/* Writes the dump into `bytes`, which has room for SYNTH_MAX; returns its size. */
#define SYNTH_MAX 32768
size_t synth_write(const struct synth *s, unsigned char *bytes);
/* The same, to a temporary file whose name is returned; the caller removes and frees it. */
char *synth_file(const void *bytes, size_t size);

#endif
