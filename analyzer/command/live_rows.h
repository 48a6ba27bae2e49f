/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the live view, as they are in the model. Internal to it. */
#ifndef CONNLEAK_LIVE_ROWS_H
#define CONNLEAK_LIVE_ROWS_H

#include <stdio.h>

#include "command/live.h"

/* Each fills title, head, rows and count. False without memory. A list of all, or one thing in detail. */
bool live_all(struct live *l, enum live_kind list);
bool live_one(struct live *l, struct live_spot spot);
/* How many columns a list can be sorted by. */
unsigned live_columns(enum live_kind list);

/* A row is begun, its text written to what is returned, and ended. NULL without memory. */
struct live_writing {
	FILE *text;
	char *bytes;
	size_t size;
};
FILE *live_row_begin(struct live_writing *w);
struct live_row *live_row_end(struct live *l, struct live_writing *w, struct live_spot to);
char *live_text_end(struct live_writing *w);

/* Of a place, or NULL: all. How many are not to be shown. */
uint64_t live_connections_of(struct live *l, const struct model_call_site *site);
#endif
