/* SPDX-License-Identifier: Apache-2.0 */
/* In which order process images are listed, whatever their format and their files' names: that of time. */
#ifndef CONNLEAK_ORDER_H
#define CONNLEAK_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "command/image.h"

/* Processes in the order in which they were started, the images of each in the order of its execs. Pids,
 * which wrap, say nothing. `first` is the pid of the process that comes first all the same, 0 none. */
void images_sort(struct images *all, uint32_t first);

/* Of two images of one process: `a` was there before `b`. */
bool image_before(const struct image *a, const struct image *b);

#endif
