/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes wrong, in one line on standard error. Knows a terminal and the progress shown on it.
 */
#ifndef CONNLEAK_TROUBLE_H
#define CONNLEAK_TROUBLE_H

#define EXIT_TROUBLE 2 /* it could not do its work */

/* One line on standard error: "connleak: what: why; what to do". Returns EXIT_TROUBLE. */
int trouble(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
