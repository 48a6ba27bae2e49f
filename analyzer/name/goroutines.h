/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The goroutines of a Go program that runs, at this moment: asked from outside, without stopping it, by the
 * list that the runtime keeps (process_vm_readv(2)). The recorder meets a goroutine at its first call, and
 * learns of its end only at the end of the process.
 */
#ifndef CONNLEAK_GOROUTINES_H
#define CONNLEAK_GOROUTINES_H

#include <stdbool.h>

#include "model/model.h"

/* Of a process that runs: threads that have ended are so, and what the others are parked in; those that never
 * made a call are added; process.goroutines. Where it is not permitted, or is no Go that we know, or the
 * process was killed, the model stays as it is, and a warning says so. Before waits_join(). False only
 * without memory. */
bool goroutines_ask(struct model *m);

#endif
