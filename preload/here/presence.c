/* SPDX-License-Identifier: Apache-2.0 */
#include "here/presence.h"

HOT_DATA struct state state;
