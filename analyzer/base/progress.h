/* SPDX-License-Identifier: Apache-2.0 */
/* Progress: one line on standard error, when something takes longer than a second and somebody is
 * there to see it. Knows nothing of what takes so long: a timer (SIGALRM) writes the line. */
#ifndef CONNLEAK_PROGRESS_H
#define CONNLEAK_PROGRESS_H

/* Says what is being done to what, when a second has gone by since the first call, and for how long. */
void progress(const char *doing, const char *what);
/* Wipes the line, for another one; it comes back within a second. */
void progress_wipe(void);
/* Wipes the line, and stops the clock. */
void progress_end(void);

#endif
