/* SPDX-License-Identifier: Apache-2.0 */
/* At the end of a process: a write that the kernel has taken counts when its call returns, and its answer may
 * be read, and the process ended, by another thread before. */
#ifndef CONNLEAK_THREADS_WRITERS_H
#define CONNLEAK_THREADS_WRITERS_H

/* Waits for the writes that were begun just now, for 26 ms at most; for those whose thread does not sleep,
 * but stands ready for a processor or is held by who traces it, 231 ms at most. Else it takes one look at
 * each thread. Async-signal-safe; makes system calls. */
void writers_let_return(void);

#endif
