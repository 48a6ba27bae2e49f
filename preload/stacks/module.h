/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modules: which files are mapped where, with their build ids, so that addresses mean something
 * on another machine. Knows nothing of stacks.
 */
#ifndef CONNLEAK_MODULE_H
#define CONNLEAK_MODULE_H

#include <stdint.h>

struct dl_phdr_info;

/* Records modules that were loaded since the last call; returns how many are recorded. Asks the dynamic
 * linker under its own lock, so only when a new stack is stored, which is rare. Where little stack is left
 * they are recorded the next time. 0: not known, another thread is at it. */
uint32_t module_refresh(void);

/* Who wants to know of each module as it is recorded, under the dynamic linker's lock. NULL: nobody. */
extern void (*module_seen)(const struct dl_phdr_info *info);

void module_forget(void);

#endif
