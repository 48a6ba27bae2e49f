/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that are about to be exec'ed and that the recorder will not be in: afterwards there would be
 * nobody to say so. Knows files, not processes.
 *
 * Called also in the child of a vfork, and on small stacks: system calls, a few hundred bytes of stack, and
 * memory that is given back at once. Looks only where somebody will read it: in a session of `connleak run`,
 * or in a process that has a dump.
 */
#ifndef CONNLEAK_UNRECORDED_H
#define CONNLEAK_UNRECORDED_H

#include <stdbool.h>

#include "connleak/dump.h"

/* Fills in reason and path; NONE when it can be recorded, or is no program. True: it is static Go, which can
 * be helped (a follower's part). Relative to `folder`, as in openat(2). All are async-signal-safe. */
bool unrecorded_look(struct dump_unrecorded *it, int folder, const char *path);
/* Looks for the file in $PATH, as execvp(3) does. */
bool unrecorded_look_for(struct dump_unrecorded *it, const char *file);
/* An open file. */
bool unrecorded_look_at(struct dump_unrecorded *it, int fd);

/* Tells the session, in the name of process `pid`, that `it` is being run, or, with `failed`, that it was
 * not after all. Nothing when there is no session. */
void unrecorded_tell(struct dump_unrecorded *it, uint32_t pid, bool failed);

#endif
