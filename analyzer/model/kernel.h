/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel says about the sockets of a running process, asked from outside: state of the
 * connection, bytes in its queues. Knows no verdicts.
 */
#ifndef CONNLEAK_KERNEL_H
#define CONNLEAK_KERNEL_H

#include "model/model.h"

/* Fills model_conn.kernel of each open connection of a running process, through copies of its descriptors
 * (pidfd_getfd(2), needs the permission to ptrace it). The copies are closed at once. Where that is not
 * permitted, state and queues are taken from kernel_tables.h. What could not be asked becomes a warning. Of a
 * dump that is walked the answers are kept for each.h. Does nothing for a process that is no more. False
 * without memory, or with model.why. */
bool kernel_ask(struct model *m);

#endif
