/* SPDX-License-Identifier: Apache-2.0 */
#include "golang/goroutine.h"

#include <string.h>

#include "core/names.h"
#include "goimage/parked.h"
#include "golang/g.h"
#include "golang/g_stack.h"
#include "golang/in_c.h"
#include "here/options.h"
#include "process.h"
#include "stacks/stack.h"
#include "threads/thread.h"

__thread const struct golang_call *goroutine_call;

/* The stack of the call, or of who has called the C code that makes it; where its goroutine
 * was made; and of its maker. */
static uint32_t stack_of_call(void)
{
	uint32_t max = options.stack_depth < FRAMES_MAX ? options.stack_depth : FRAMES_MAX - 1, n;
	uintptr_t g = goroutine_call ? goroutine_call->g : in_c_goroutine();
	void *frames[FRAMES_MAX];

	if (!g)
		return 0;
	n = goroutine_call ? g_walk_call(goroutine_call, frames, max) : g_walk_in_c(g, frames, max);
	if (n && n < FRAMES_MAX && g_word(g, G_GOPC)) {
		frames[n++] = (void *)g_word(g, G_GOPC);
		n = g_walk_maker(g, frames, n, FRAMES_MAX);
	}
	return n ? stack_intern(frames, n) : goroutine_call ? STACK_UNKNOWN : 0;
}

/* ---- goroutines as threads ----------------------------------------------------------------------------- */

#define SEEN 65536u
static struct seen {
	uintptr_t g;
	uint64_t goid;
	uint32_t slot, id;
} seen[SEEN];

static struct seen *seen_at(uintptr_t g, bool make)
{
	uint32_t i = (uint32_t)((g >> 5) * 0x9e3779b97f4a7c15ull >> 48);

	for (uint32_t n = 0; n < 64; n++, i = (i + 1) % SEEN) {
		uintptr_t is = __atomic_load_n(&seen[i].g, __ATOMIC_ACQUIRE);

		if (is == g)
			return &seen[i];
		if (is)
			continue;
		if (!make)
			return NULL;
		if (__atomic_compare_exchange_n(&seen[i].g, &is, g, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) || is == g)
			return &seen[i];
	}
	return NULL;
}

/* What go_called() says of the two outermost frames, which mostly decide: written down once, for it takes
 * hundreds of instructions, and each connection's goroutines are called as the last one's. */
#define CALLED 256u
#define BEING_WRITTEN 1u
static struct called {
	uint64_t frames; /* where they are in the text; 0 nothing yet */
	char name[16];
} called[CALLED];

/* Where there is another frame in them. 0: none that is kept. */
static uint64_t outermost(void *const *frames, uint32_t n)
{
	uint64_t last = n > 2 ? (uintptr_t)frames[n - 1] - g_image->text : 0;
	uint64_t before = n > 2 ? (uintptr_t)frames[n - 2] - g_image->text : 0;

	return (last | before) <= UINT32_MAX && last ? last << 32 | before : 0;
}

static void name_it(void *const *frames, uint32_t n, char to[16])
{
	uint64_t two = outermost(frames, n), none = 0;
	struct called *known = &called[two * 0x9e3779b97f4a7c15ull >> 56];

	if (likely(two && __atomic_load_n(&known->frames, __ATOMIC_ACQUIRE) == two)) {
		memcpy(to, known->name, sizeof known->name);
		return;
	}
	if (go_called(g_image, (const uint64_t *)frames, n, to) > 2 || !two ||
	    !__atomic_compare_exchange_n(&known->frames, &none, BEING_WRITTEN, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return;
	memcpy(known->name, to, sizeof known->name);
	__atomic_store_n(&known->frames, two, __ATOMIC_RELEASE);
}

static void fill(struct seen *s, uintptr_t g, void *const *frames, uint32_t n)
{
	void *made = (void *)g_word(g, G_GOPC);
	uintptr_t maker = g_fields[G_PARENT].found ? g_by_id(g_word(g, G_PARENT)) : 0;
	const struct seen *by = maker ? seen_at(maker, false) : NULL;
	struct thread_goroutine it = {.goid = g_word(g, G_ID), .made_by = by ? by->id : 0, .stack = STACK_UNKNOWN};
	struct thread_ref ref;

	if (made)
		it.stack = stack_intern(&made, 1);
	name_it(frames, n, it.name);
	ref = thread_goroutine(&it);
	s->slot = ref.slot;
	s->id = ref.id;
	s->goid = it.goid;
	g_met(g, it.goid);
}

static void ended(struct seen *s)
{
	if (s->slot)
		thread_goroutine_ended((struct thread_ref){s->slot, s->id});
	s->goid = s->slot = s->id = 0;
}

static struct seen *goroutine_meet(const struct golang_call *call)
{
	struct seen *s = call->g ? seen_at(call->g, true) : NULL;
	void *frames[FRAMES_MAX];

	if (!s || likely(s->goid == g_word(call->g, G_ID)))
		return s;
	ended(s);
	fill(s, call->g, frames, g_walk_call(call, frames, FRAMES_MAX));
	return s;
}

struct goroutine_saved goroutine_enter(const struct golang_call *call)
{
	struct goroutine_saved saved = goroutine_self();
	const struct seen *s;

	goroutine_call = call;
	if (unlikely(arena_state(&here) != ARENA_FILE || state_forked()))
		return saved;
	s = goroutine_meet(call);
	if (unlikely(!s || !s->slot))
		return saved;
	self.slot = s->slot;
	self.id = s->id;
	self.at = threads_at(&here, s->slot);
	return saved;
}

/* ---- the end ------------------------------------------------------------------------------------------- */

static uint32_t is_about(uintptr_t g, const uint64_t *frames, uint32_t n)
{
	return (go_handed_out(g_image, frames, n) ? DUMP_THREAD_HANDED_OUT : 0u) |
	       (go_reads_body(g_image, frames, n) ? DUMP_THREAD_READS_BODY : 0u) |
	       (go_handles(g_image, frames, n, g_word(g, G_GOPC)) ? DUMP_THREAD_HANDLES : 0u);
}

static void end_of(uintptr_t g)
{
	struct seen *s = seen_at(g, true);
	void *frames[FRAMES_MAX];
	const char *parked;
	uint32_t n;

	if (!s)
		return;
	if (g_dead(g) || (s->goid && s->goid != g_word(g, G_ID)))
		ended(s);
	if (g_dead(g) || go_runtimes_own(g_image, g_word(g, G_STARTPC)))
		return;
	n = goroutine_call && goroutine_call->g == g ? g_walk_call(goroutine_call, frames, FRAMES_MAX) :
						       g_walk_parked(g, frames, 0, FRAMES_MAX);
	if (!s->slot)
		fill(s, g, frames, n);
	parked = g_status(g) == GO_WAITING ? go_parked_in(g_image, (const uint64_t *)frames, n) : NULL;
	thread_goroutine_parked((struct thread_ref){s->slot, s->id}, &(struct thread_parked){
		.in = parked ? names_intern(&here, parked, strlen(parked)) : 0,
		.since = parked && g_fields[G_WAITSINCE].found ? g_word(g, G_WAITSINCE) : 0,
		.waits = parked && strcmp(parked, "IO wait") == 0,
		.is = is_about(g, (const uint64_t *)frames, n)});
}

/* g_all may be moved while it is read: length first, pointer then. */
void goroutine_end_all(void)
{
	uint64_t count = __atomic_load_n(&g_all[1], __ATOMIC_ACQUIRE);
	const uint64_t *list = (const uint64_t *)__atomic_load_n(&g_all[0], __ATOMIC_ACQUIRE);

	for (uint64_t i = 0; list && i < count && i < GOROUTINES_MAX; i++)
		if (list[i])
			end_of(list[i]);
}

bool goroutine_learn(const struct go_image *image)
{
	if (!g_learn(image))
		return false;
	stack_elsewhere = stack_of_call;
	process_before_end = goroutine_end_all;
	return true;
}
