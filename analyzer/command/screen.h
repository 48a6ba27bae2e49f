/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A terminal of ncurses for the live view: its rows, and which key was pressed.
 * Knows nothing of what the rows say.
 */
#ifndef CONNLEAK_SCREEN_H
#define CONNLEAK_SCREEN_H

#include <stdbool.h>

#include "command/live.h"

enum screen_key {
	SCREEN_NOTHING, /* the time is over, or a signal came */
	SCREEN_RESIZED,
	SCREEN_UP, SCREEN_DOWN, SCREEN_PAGE_UP, SCREEN_PAGE_DOWN, SCREEN_FIRST, SCREEN_LAST,
	SCREEN_ENTER, SCREEN_BACK, SCREEN_QUIT, SCREEN_PLACES, SCREEN_CONNECTIONS, SCREEN_THREADS,
	SCREEN_SORT, SCREEN_REVERSE, SCREEN_PAUSE, SCREEN_NOW, SCREEN_OTHER,
};

/* False: standard input and output are no terminal that can be drawn on. */
bool screen_open(bool colour);
/* Leaves the terminal as it was. */
void screen_close(void);

/* Draws three lines of text about all, the view's title, its rows around the cursor, and what the keys do. */
void screen_draw(struct live *l, const char *const head[3], const char *state);

/* How many rows fit. */
unsigned screen_rows(void);

/* Waits for a key, `ms` at most, perhaps less. */
enum screen_key screen_key(int ms);

#endif
