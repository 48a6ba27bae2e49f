/* SPDX-License-Identifier: Apache-2.0 */
#include "here/presence.h"

HOT_DATA struct state state;
static struct recorder_tables tables;
HOT_DATA struct recorder here = {.tables = &tables};
