/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects on Java's heap: a thread's, a virtual thread's, and the strings that they are called by. Owns how a
 * reference leads to an object; knows nothing of frames.
 *
 * Collectors move objects and give their memory away, and nothing keeps them from it while a thread of Java's
 * is in our hook. Two ways are left, and what can be had by neither has no name:
 *
 *  - The thread is inside of the VM (_thread_in_vm): no pause begins before it is back, so that nothing moves
 *    that it can reach, and ZGC's references stay what their bits say.
 *  - It is in a native method: memory is copied by the kernel, which says where there is none
 *    (process_vm_readv(2)). It is what it was taken for if no pause was on before it or after it, none came
 *    in between (the count of collections, ZGC's masks), and a second look finds the same words by the same
 *    ways. Shenandoah, which gives memory away without a pause, has changed all references to it before.
 *
 * Lock-free, async-signal-safe, without allocation, and without a word to the JVM.
 */
#ifndef CONNLEAK_SCRIPTS_HOTSPOT_OBJECT_H
#define CONNLEAK_SCRIPTS_HOTSPOT_OBJECT_H

#include "scripts/hotspot.h"

/* What was found out, once; 0 in `string`: nothing yet. */
struct hotspot_objects {
	uintptr_t string;         /* class */
	uintptr_t virtual_thread; /* class; 0 not met yet */
	int header;               /* how an object says its class */
	bool narrow;              /* references of 32 bits */
	uint32_t peer, name, id;  /* java.lang.Thread: its JavaThread, its name, its number */
	uint32_t value, coder;    /* java.lang.String */
	uint32_t carrier;         /* java.lang.VirtualThread: the thread that runs it */
};

/* `thread`: the calling thread's JavaThread, which is inside of the VM. It is taken for what it is where its
 * object names it as its peer. False: it could not be found out. */
bool hotspot_objects_learn(struct hotspot_objects *to, const struct hotspot *h, uintptr_t thread);

/* What Java calls the calling thread, which is inside of the VM: UTF-8 of `max` bytes at most.
 * How many; 0: not to be had. */
uint32_t hotspot_thread_name(const struct hotspot_objects *o, const struct hotspot *h, uintptr_t thread,
			     uint8_t *to, uint32_t max);

/* And the virtual thread that it runs, from a native method: "VirtualThread[#22]" where it has no name; 0: it
 * runs none. Some 4 us, of system calls. */
uint32_t hotspot_virtual_name(struct hotspot_objects *o, const struct hotspot *h, uintptr_t thread,
			      uint8_t *to, uint32_t max);

#endif
