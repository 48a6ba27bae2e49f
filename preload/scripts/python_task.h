/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The asyncio task that a thread runs, by what asyncio itself keeps: which loop runs on the thread, and which
 * task each loop is in (asyncio.current_task() asks the same). Reads objects, and believes none that is not
 * of the type that it should be; knows nothing of frames.
 */
#ifndef CONNLEAK_PYTHON_TASK_H
#define CONNLEAK_PYTHON_TASK_H

#include <stdint.h>

#include "scripts/python_code.h"

/* Its name in UTF-8, at most `max` bytes, not terminated. `state`: the calling thread's PyThreadState. How
 * many; 0: it runs none, or where a task has its name is not known. */
uint32_t python_task(const struct python_layout *layout, const struct python_types *types, uintptr_t state,
		     uint8_t *to, uint32_t max);

#endif
