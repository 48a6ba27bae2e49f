/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Into a static Go program that this process is about to become goes a follower: a child that traces it up to
 * its exec, puts the dynamic linker beside it (beside/), and ends. Nobody sees it: it sends no signal, only
 * who asks for all children (__WALL) could wait for it, and the recorder in the new program does.
 *
 * Called also in the child of a vfork: nothing of ours is written, the follower has memory of its own.
 */
#ifndef CONNLEAK_FOLLOWER_H
#define CONNLEAK_FOLLOWER_H

#include "connleak/dump.h"

struct follower {
	int pid; /* 0: there is none */
	void *memory;
};

/* `into` is static Go (unrecorded.h). Where there is a follower then, `into` has no reason any more why it
 * cannot be recorded; should it fail, the follower tells the session. Both are async-signal-safe. */
struct follower follower_begin(struct dump_unrecorded *into);
/* The exec failed. */
void follower_call_off(struct follower follower);

#endif
