/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets of a process that runs which its dump knows nothing of: what goes on past all hooks.
 * Asks /proc, knows no verdicts.
 */
#ifndef CONNLEAK_UNSEEN_H
#define CONNLEAK_UNSEEN_H

#include "model/model.h"

/* Counts them into m->process.unseen, and warns. `path` is that of the dump, which is read once more: what
 * was opened just now is in it by then. Nothing where the process has ended. */
void unseen_count(struct model *m, const char *path);

#endif
