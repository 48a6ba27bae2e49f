/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of a goroutine's struct g (runtime/runtime2.go): its fields and its status. Pure, as image.h.
 */
#ifndef CONNLEAK_GOIMAGE_G_H
#define CONNLEAK_GOIMAGE_G_H

#include "goimage/image.h"

/* Those below G_NEEDED every version has. */
enum go_g {
	G_STATUS,
	G_ID,
	G_SCHED, /* sp and pc are its first words */
	G_STARTPC,
	G_GOPC,
	G_BP, /* within G_SCHED */
	G_NEEDED,
	G_PARENT = G_NEEDED, /* since 1.21 */
	G_SYSCALLBP, /* since 1.23 */
	G_WAITSINCE, /* set by the collector when it comes by */
	G_FIELDS
};

/* To be copied, and found in a program by go_image_fields(). */
extern const struct go_field go_g[G_FIELDS];

/* The field atomicstatus, without the bit that says that the stack is being scanned. */
enum { GO_IDLE, GO_RUNNABLE, GO_RUNNING, GO_SYSCALL, GO_WAITING, GO_MORIBUND, GO_DEAD };
#define GO_SCANNED 0x1000u

#endif
