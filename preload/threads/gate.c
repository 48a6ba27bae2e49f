/* SPDX-License-Identifier: Apache-2.0 */
#include "threads/gate.h"

#define YIELDS 20
#define PAUSE 50000   /* ns; the kernel takes about as much on top */
#define A_FIFTH 2000  /* of a second, in pauses */
#define A_SECOND 10000

static uint32_t inside;    /* how many are, of all threads; a thread twice where a handler is, too */
static struct self *mover; /* who has closed it, while it is closed */

/* False: there were as many, or none may be taken. */
static bool wait_a_moment(unsigned so_far, unsigned most)
{
	struct timespec pause = {0, PAUSE};

	if (state.sandboxed || so_far == YIELDS + most)
		return false;
	if (so_far < YIELDS)
		sys_call0(SYS_sched_yield);
	else
		sys_call2(SYS_nanosleep, &pause, NULL);
	return true;
}

static bool over(void)
{
	enum arena_state now = arena_state(&here);

	return now == ARENA_FILE || now == ARENA_FAILED;
}

/* Either sees the other: who enters is counted before it looks for who moves, and who moves is known before
 * it counts. In the child of a fork, until that is set right, neither says anything. */
bool gate_enter_before_the_move(void)
{
	for (unsigned i = 0; !over() && !state_forked(); i++) {
		struct self *it;

		__atomic_fetch_add(&inside, 1, __ATOMIC_SEQ_CST);
		it = __atomic_load_n(&mover, __ATOMIC_SEQ_CST);
		if (!it || it == &self || self.gated) {
			self.gated++;
			return true;
		}
		__atomic_fetch_sub(&inside, 1, __ATOMIC_SEQ_CST);
		if (!wait_a_moment(i, A_SECOND)) { /* it will not come back: nobody else is to wait for it */
			__atomic_compare_exchange_n(&mover, &it, NULL, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
			return false;
		}
	}
	return false;
}

void gate_leave_entered(void)
{
	if (!self.gated) /* the child of a fork, which began anew in between */
		return;
	self.gated--;
	__atomic_fetch_sub(&inside, 1, __ATOMIC_SEQ_CST);
}

bool gate_close(void)
{
	bool ours = false;

	for (unsigned i = 0; !over() && !ours; i++) {
		struct self *it = NULL;

		ours = __atomic_compare_exchange_n(&mover, &it, &self, false, __ATOMIC_SEQ_CST,
						   __ATOMIC_SEQ_CST);
		if (it == &self) /* a handler of its own, in the middle of this */
			break;
		if (!ours && !wait_a_moment(i, A_SECOND))
			return false;
	}
	for (unsigned i = 0; !over() && __atomic_load_n(&inside, __ATOMIC_SEQ_CST) != self.gated; i++)
		if (!wait_a_moment(i, A_FIFTH))
			break;
	return ours;
}

void gate_open(bool closed)
{
	if (closed)
		__atomic_store_n(&mover, NULL, __ATOMIC_SEQ_CST);
}

void gate_forget(void)
{
	inside = 0;
	mover = NULL;
}
