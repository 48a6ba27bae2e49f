/* SPDX-License-Identifier: Apache-2.0 */
/* Progress: one line on standard error, when something takes longer than a second and somebody is
 * there to see it. Knows nothing of what takes so long. */
#ifndef CONNLEAK_PROGRESS_H
#define CONNLEAK_PROGRESS_H

/* Says what is being done to what. The first call starts the clock. */
void progress(const char *doing, const char *what);
/* Wipes the line. */
void progress_end(void);

#endif
