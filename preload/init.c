/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life story of the recorder inside somebody else's process, in order. The rules of the house:
 *
 *  - What the program sees never changes: return values, errno, streams, numbers of descriptors,
 *    signals, exit status. Observe less rather than change anything, and count what was missed.
 *  - Nothing waits: no lock and no flag is held across a real call, which may block for ever, be
 *    cancelled, be interrupted by a handler that closes, or not return.
 *  - A close is recorded before the real call, an opening after it: the number belongs to another
 *    thread as soon as close() returns.
 *  - The child of a fork has its own story; the child of a vfork has none, it lives in our memory.
 *
 * One by one, with the tests that hold us to them: doc/architecture.md.
 *
 *  1. start      our constructor, or the first hook that a library before us calls: process_begin()
 *  2. sockets    the first one makes the dump: process_open()
 *  3. fork       found out at the child's first event, whatever made the child: process_reborn()
 *  4. exec       hooks/process.c: the image ends if it succeeds
 *  5. end        on_exit handler, or the _exit family's hooks: process_end(). SIGKILL: nothing.
 */
#include "golang/golang.h"
#include "hooks/hook.h"
#include "process.h"
#include "scripts/scripts.h"
#include "stacks/ending.h"

extern const struct hook __start_connleak_hooks[], __stop_connleak_hooks[];

/* Binds everything while it is safe: dlsym takes the loader's lock, and a hook may be called
 * first in a signal handler. */
__attribute__((constructor)) static void start(void)
{
	for (const struct hook *h = __start_connleak_hooks; h < __stop_connleak_hooks; h++)
		hook_resolve(h);
	process_begin();
	golang_begin();
	scripts_begin();
	ending_learn();
	process_holds();
}
