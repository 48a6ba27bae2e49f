/* SPDX-License-Identifier: Apache-2.0 */
/* The live view on a terminal: looks again and again, and does what the keys say. */
#ifndef CONNLEAK_WATCH_SCREEN_H
#define CONNLEAK_WATCH_SCREEN_H

#include <signal.h>

#include "command/image.h"
#include "command/options.h"

/* After screen_open(). Returns when it is left, or `*stop` is not 0, with the last look in *last (whose dump
 * is NULL when there was none). False: the dump cannot be read any more. */
bool watch_screen(const char *path, const struct options *o, const volatile sig_atomic_t *stop,
		  struct image *last);

/* One line about the process, one about its sockets, and one about how fast it leaks, how near its limit is
 * and what is not seen, where there is something to say; to be freed. NULL: nothing, or without memory. */
char *watch_head_process(const struct model *m);
char *watch_head_sockets(const struct model *m);
char *watch_head_pace(const struct model *m);

#endif
