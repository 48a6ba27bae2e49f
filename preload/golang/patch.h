/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes places in the program's code jumps to stubs near it. Before the program runs: nobody else may be
 * executing that code. Written through /proc/self/mem, so that the program's mapping stays one. x86-64 only.
 */
#ifndef CONNLEAK_GOLANG_PATCH_H
#define CONNLEAK_GOLANG_PATCH_H

#include <stdbool.h>

#include "goimage/code.h"

/* Opens the way to write. */
bool patch_open(void);
/* And finds room for stubs in reach of `text`. False: it cannot be. */
bool patch_begin(uint64_t text);
/* The SYSCALL there goes to golang_gate. */
bool patch_call(const struct go_site *site);
/* The place there goes by golang_watch, as number `id`. */
bool patch_watch(const struct go_site *site, uint32_t id);
/* The near call there, five bytes, calls `target`, wherever that lies. */
bool patch_target(uint64_t call, uint64_t target);
/* The word there, which may be read-only. */
bool patch_word(uint64_t at, uint64_t value);
void patch_end(void);

#endif
