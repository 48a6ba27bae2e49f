/* SPDX-License-Identifier: Apache-2.0 */
#include "state.h"

HOT_DATA struct state state;
