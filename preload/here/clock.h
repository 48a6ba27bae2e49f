/* SPDX-License-Identifier: Apache-2.0 */
/* Which clock this process has: looked for once. What time it is, presence.h asks it. */
#ifndef CONNLEAK_CLOCK_H
#define CONNLEAK_CLOCK_H

/* The kernel's own (vdso(7)), without the way through libc; where there is none (valgrind takes it away),
 * libc's: one that a preloaded library fakes for the program is not ours. Takes the dynamic linker's lock:
 * for our constructor. */
void clock_find(void);

#endif
