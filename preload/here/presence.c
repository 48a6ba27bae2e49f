/* SPDX-License-Identifier: Apache-2.0 */
#include "here/presence.h"

HOT_DATA struct state state;

/* Whole pages, the largest that there are (aarch64). */
#define PAGE 65536u
static union {
	struct recorder_tables it;
	char pages[(sizeof(struct recorder_tables) + PAGE - 1) / PAGE * PAGE];
} tables __attribute__((aligned(PAGE)));

HOT_DATA struct recorder here = {.tables = &tables.it};
