/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What threads are called: by the kernel (prctl(2), PR_GET_NAME), and at more length by who knows their
 * language. A name is given in the kernel first and to us after it, by the thread or by another.
 */
#ifndef CONNLEAK_THREAD_NAME_H
#define CONNLEAK_THREAD_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "connleak/dump.h"

#define THREAD_NAME_SIZE DUMP_THREAD_NAME
#define THREAD_KERNEL_NAME_SIZE 16 /* with its terminator */

/* Who may know what a language calls the thread that is about to be made; false: it keeps its creator's name,
 * as the kernel has it. NULL: nobody. */
extern bool (*thread_naming)(char name[THREAD_NAME_SIZE]);
/* And what it calls the calling one, which has just told the kernel as much as that keeps: `kernels`. */
extern bool (*thread_renaming)(char name[THREAD_NAME_SIZE], const char *kernels);

/* The calling thread's, that nobody saw being made. */
void name_ask(struct dump_thread *t);
/* That of one which is about to be made in `slot`; `creator` may be NULL. */
void name_inherit(uint32_t slot, struct dump_thread *t, const struct dump_thread *creator);
/* The calling thread's, when others can find it from now on, as it was before they could. */
void name_follow(const char before[THREAD_KERNEL_NAME_SIZE]);
/* That of a thread, as long as the slot is that thread's. */
void name_change(uint32_t slot, uint32_t id, const char *name);
/* The calling thread's: what it gave itself, which the kernel has read. */
void name_change_self(const char *name);

#endif
