/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that only holds what its parent left it: a background command, a worker that never touches it. As
 * long as it does, the peer sees no end, and nobody else gets a listener's port. Answers whether that is so,
 * and is worth a dump of its own. Knows descriptors and the parent's dump, makes none.
 *
 * Worth it is a connection or a listener that the parent made or used itself: what the parent was left in its
 * turn (by a desktop, by a service manager) is left to every command of a shell, and says nothing. Each
 * parent has so many children of this kind; the others are counted in its dump.
 */
#ifndef CONNLEAK_HOLDING_H
#define CONNLEAK_HOLDING_H

#include <stdbool.h>

/* After an exec, with what is pending: asks the dump of the parent, which is looked for where ours would go.
 * Once, at the start: takes memory and gives it back, and makes system calls. */
bool holding_after_exec(void);
/* In the child of a fork, at its end, whether or not it has begun its story. Async-signal-safe. */
bool holding_after_fork(void);

#endif
