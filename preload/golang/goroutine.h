/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goroutines: which one makes this call, where it was, which are alive at the end and what they are
 * parked in. To the rest of the recorder a goroutine is a thread: while one of its calls is
 * recorded, `self` is its slot.
 */
#ifndef CONNLEAK_GOLANG_GOROUTINE_H
#define CONNLEAK_GOLANG_GOROUTINE_H

#include <stdbool.h>
#include <stdint.h>

#include "goimage/image.h"
#include "golang/enter.h"
#include "here/self.h"

/* Where the runtime keeps what. False: something is missing. The image must outlive the process. */
bool goroutine_learn(const struct go_image *image);

/* What `self` was, until goroutine_leave(). */
struct goroutine_saved {
	struct dump_thread *at;
	uint32_t slot, id, opened_at;
};

/* The call whose goroutine the calling thread is. */
extern __thread const struct golang_call *goroutine_call __attribute__((tls_model("initial-exec")));

/* The calling thread is this call's goroutine. Not in a vfork's child: it would be written to its parent. */
struct goroutine_saved goroutine_enter(const struct golang_call *call);

static inline struct goroutine_saved goroutine_self(void)
{
	return (struct goroutine_saved){self.at, self.slot, self.id, self.opened_at};
}

static inline void goroutine_set_self(const struct goroutine_saved *who)
{
	self.at = who->at;
	self.slot = who->slot;
	self.id = who->id;
	self.opened_at = who->opened_at;
}

/* The same after the call, in the same process, where `who` was goroutine_self() before it. */
static inline struct goroutine_saved goroutine_become(const struct golang_call *call,
						      const struct goroutine_saved *who)
{
	struct goroutine_saved saved = goroutine_self();

	goroutine_call = call;
	goroutine_set_self(who);
	return saved;
}

static inline void goroutine_leave(struct goroutine_saved saved)
{
	goroutine_call = NULL;
	goroutine_set_self(&saved);
}

/* The process ends: whoever lives gets a slot, and what it is parked in. */
void goroutine_end_all(void);

#endif
