/* SPDX-License-Identifier: Apache-2.0 */
#include "threads/thread.h"

#include <linux/membarrier.h>
#include <string.h>

#include "here/bounds.h"
#include "here/readable.h"
#include "stacks/stack.h"
#include "threads/name.h"

/* The living, by slot, and main; for thread_quiesce(). */
static struct self *selves[ARENA_THREADS_MAX], *main_self;

/* It asks for nothing to be written down. */
struct dump_thread thread_nobody = {.flags = DUMP_THREAD_MANY};

static struct dump_thread *at(struct thread_ref it)
{
	struct dump_thread *t = it.slot ? threads_at(&here, it.slot) : NULL;

	return t && t->id == it.id ? t : NULL;
}

static struct dump_thread *begin(uint32_t slot, uint32_t flags)
{
	handle_drop(slot);
	return threads_begin(&here, slot, flags, state_now());
}

/* ---- meeting threads -------------------------------------------------------------------------- */

/* A thread that no hook of ours saw being made: main, or the work of a raw clone. */
static struct dump_thread *meet(void)
{
	uint32_t tid, slot;
	struct dump_thread *t;

	if (self.nowhere)
		return NULL;
	tid = state.sandboxed ? 0 : (uint32_t)sys_call0(SYS_gettid);
	if (tid != state.pid)
		state_set_threaded();
	slot = threads_take(&here);
	if (!slot) {
		self.nowhere = true;
		return NULL;
	}
	t = begin(slot, DUMP_THREAD_STARTED |
				(tid == state.pid ? DUMP_THREAD_MAIN : DUMP_THREAD_FOREIGN));
	t->tid = tid;
	t->stack = STACK_UNKNOWN;
	name_ask(t);
	self.id = t->id;
	threads_finish(t);
	self.slot = slot;
	handle_put(slot);
	return t;
}

struct dump_thread *thread_self_slow(void)
{
	enum arena_state arena_was = arena_state(&here);
	struct dump_thread *t = self.slot ? threads_at(&here, self.slot) : meet();

	if (arena_was == ARENA_FILE)
		self.at = t;
	return t;
}

void thread_main(void)
{
	bounds_main();
	main_self = &self;
}

/* ---- who is inside ---------------------------------------------------------------------------------- */

/* A thread that ended in a way that nobody saw took its memory along. */
static bool inside(struct self *other)
{
	return other && other != &self && readable_byte(other) &&
	       __atomic_load_n(&other->inside, __ATOMIC_ACQUIRE);
}

static bool anybody_inside(void)
{
	uint32_t used = arena_used(&here, ARENA_THREADS);

	for (uint32_t i = 0; i < used && i < ARENA_THREADS_MAX; i++)
		if (inside(__atomic_load_n(&selves[i], __ATOMIC_ACQUIRE)))
			return true;
	return inside(main_self);
}

void thread_quiesce(void)
{
	struct timespec moment = {0, 1000000};

	sys_call2(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0);
	sys_call2(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0);
	for (int i = 0; i < 200 && anybody_inside(); i++)
		sys_call2(SYS_nanosleep, &moment, NULL);
}

void thread_untouch(uint64_t id)
{
	struct dump_thread *t = self.slot ? thread_self() : NULL;

	if (t)
		threads_untouch(t, id);
}

void thread_wait_over(void)
{
	struct dump_thread *t = self.slot && !state_forked() ? thread_self() : NULL;

	if (likely(t))
		threads_wait_end(t);
}

void thread_wait_for(const struct thread_wait *sockets, enum dump_call call)
{
	struct dump_thread *t = thread_self();
	uint32_t others = sockets->count - 1;

	if (!t)
		return;
	for (uint32_t i = 0; i < others && i < DUMP_WAIT_ALSO; i++)
		t->waiting_also[i] = sockets->ids[1 + i];
	threads_wait_begin(t, others << 8 | call, sockets->ids[0], -1, state_now());
}

bool thread_waits_for_set(int epfd, enum dump_call call)
{
	struct dump_thread *t = arena_state(&here) == ARENA_FILE && !state_forked() ? thread_self() : NULL;

	if (t)
		threads_wait_begin(t, call, 0, epfd, state_now());
	return t;
}

/* ---- birth and end ------------------------------------------------------------------------------ */

struct thread_ref thread_birth(bool detached, uint64_t born_for)
{
	const struct dump_thread *creator = thread_self();
	uint32_t stack = recorder_prepare(&here) ? stack_here() : STACK_UNKNOWN, slot = threads_take(&here);
	struct thread_ref it = {slot, 0};
	struct dump_thread *t;

	state_set_threaded();
	if (!slot)
		return it;
	t = begin(slot, detached ? DUMP_THREAD_DETACHED : 0);
	t->stack = stack;
	t->born_for = born_for;
	if (creator)
		t->created_by = creator->id;
	name_inherit(slot, t, creator);
	it.id = t->id;
	threads_finish(t);
	__atomic_fetch_add(&here.arena.process->threads_made, 1, __ATOMIC_RELAXED);
	return it;
}

void thread_stillborn(struct thread_ref it)
{
	__atomic_fetch_sub(&here.arena.process->threads_made, 1, __ATOMIC_RELAXED);
	threads_unmake(&here, it.slot);
}

/* Lets others find the thread, then asks what they did before they could. */
static void show_up(struct dump_thread *t)
{
	char before[THREAD_KERNEL_NAME_SIZE];
	bool detached;

	memcpy(before, t->name, sizeof before);
	detached = handle_put(self.slot);
	threads_flag(t, DUMP_THREAD_STARTED | (detached ? DUMP_THREAD_DETACHED : 0));
	name_follow(before);
}

void thread_start(uint32_t slot, size_t stack_size)
{
	struct dump_thread *t = threads_at(&here, slot);

	if (self.slot) /* a signal handler was faster than we, and the thread was met there */
		threads_unmake(&here, self.slot);
	self.at = NULL;
	self.slot = slot;
	self.id = t->id;
	bounds_thread(stack_size);
	if (!state.sandboxed)
		t->tid = (uint32_t)sys_call0(SYS_gettid);
	selves[slot - 1] = &self;
	show_up(t);
}

void thread_end(void)
{
	uint32_t slot = self.slot;

	if (!slot || state_forked())
		return;
	selves[slot - 1] = NULL;
	self.at = NULL;
	self.slot = 0;
	self.nowhere = true; /* what its destructors still do is nobody's */
	threads_end(&here, slot, state_now());
}

void thread_end_unborn(void)
{
	const struct dump_thread *t = self.slot ? thread_self() : NULL;

	if (t && (t->flags & (DUMP_THREAD_MAIN | DUMP_THREAD_FOREIGN)))
		thread_end();
}

/* ---- by handle ------------------------------------------------------------------------------------ */

static struct thread_ref ref(uint32_t slot)
{
	if (!slot)
		return (struct thread_ref){0, 0};
	return (struct thread_ref){slot, threads_at(&here, slot)->id};
}

struct thread_ref thread_find(pthread_t handle)
{
	return ref(handle_find_fast(handle));
}

void thread_renamed_self(const char *name)
{
	if (self.slot && !state_forked())
		name_change_self(name);
}

void thread_named(struct thread_ref it, pthread_t handle, const char *name)
{
	if (!it.slot)
		it = ref(handle_find(handle, false));
	if (self.slot && it.slot == self.slot && it.id == self.id)
		name_change_self(name);
	else
		name_change(it.slot, it.id, name);
}

void thread_joined(struct thread_ref it, pthread_t handle)
{
	struct dump_thread *t = at(it.slot ? it : ref(handle_find(handle, true)));

	if (t)
		threads_flag(t, DUMP_THREAD_JOINED);
}

/* Either we find its slot, be it that it has come and gone meanwhile, or it finds our mark. Where both happen
 * nobody may find the mark later. */
void thread_detached(pthread_t handle)
{
	struct thread_ref it = thread_find(handle);
	struct dump_thread *t;

	if (!it.slot) {
		handle_detached_early(handle);
		it = ref(handle_find(handle, false));
		if (!it.slot)
			it = ref(handle_find(handle, true));
	}
	t = at(it);
	if (!t)
		return;
	threads_flag(t, DUMP_THREAD_DETACHED);
	handle_take_early(handle);
}

void thread_forget(void)
{
	struct self was = self;

	handle_forget();
	memset(selves, 0, (size_t)arena_used(&here, ARENA_THREADS) * sizeof *selves);
	self = (struct self){.stack_top = was.stack_top, .stack_bottom = was.stack_bottom,
			     .stack_grows = was.stack_grows, .unwound = was.unwound, .inside = was.inside};
	main_self = &self;
}

/* ---- goroutines ----------------------------------------------------------------------------------- */

struct thread_ref thread_goroutine(const struct thread_goroutine *it)
{
	uint32_t slot = threads_take(&here);
	struct dump_thread *t;

	if (!slot)
		return (struct thread_ref){0, 0};
	t = begin(slot, DUMP_THREAD_STARTED | DUMP_THREAD_GOROUTINE | (it->goid == 1 ? DUMP_THREAD_MAIN : 0));
	t->waiting_also[0] = it->goid;
	t->stack = it->stack;
	t->created_by = it->made_by;
	memcpy(t->name, it->name, sizeof it->name);
	threads_finish(t);
	if (it->goid != 1)
		__atomic_fetch_add(&here.arena.process->goroutines_made, 1, __ATOMIC_RELAXED);
	return (struct thread_ref){slot, t->id};
}

void thread_goroutine_ended(struct thread_ref it)
{
	if (at(it))
		threads_end(&here, it.slot, state_now());
}

void thread_goroutine_parked(struct thread_ref it, const struct thread_parked *parked)
{
	struct dump_thread *t = at(it);

	if (!t)
		return;
	t->waiting_also[1] = parked->in;
	if (!parked->waits) {
		threads_wait_end(t);
		t->waiting_since = parked->since;
	}
	if (parked->is)
		threads_flag(t, parked->is);
	__atomic_fetch_add(&here.arena.process->goroutines, 1, __ATOMIC_RELAXED);
}
