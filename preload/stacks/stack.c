/* SPDX-License-Identifier: Apache-2.0 */
#include "stacks/stack.h"

#include "here/bounds.h"
#include "here/options.h"
#include "here/presence.h"
#include "stacks/cache.h"
#include "stacks/module.h"
#include "stacks/unwind.h"

/* The modules are asked for only when a stack is new, which is rare. */
uint32_t stack_intern(void *const *frames, uint32_t depth)
{
	uint32_t id = stacks_find(&here, frames, depth);

	return id ? id : stacks_store(&here, frames, depth, module_refresh());
}

/* Our own text, from the linker (ld(1), "Builtin Functions" PROVIDEs etext). */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char etext[] __attribute__((visibility("hidden")));

/* The program's frames begin where ours end: up to so many are taken beside those asked for. */
#define OWN_MAX 8

bool stack_is_own(const void *address)
{
	return (uintptr_t)address - (uintptr_t)__ehdr_start < (uintptr_t)etext - (uintptr_t)__ehdr_start;
}

static int own_frames(void *const *frames, int depth)
{
	int n = 0;

	while (n < depth && n < OWN_MAX && stack_is_own(frames[n]))
		n++;
	return n;
}

/* Unwound, and kept for the next time. */
static __attribute__((noinline)) uint32_t unwind(const uintptr_t *frame, const uintptr_t *top)
{
	void *frames[64 + OWN_MAX];
	int taken = unwind_take(frames, (int)options.stack_depth + OWN_MAX), own = own_frames(frames, taken);
	int depth = taken - own < (int)options.stack_depth ? taken - own : (int)options.stack_depth;
	uint32_t id = depth ? stack_intern(frames + own, (uint32_t)depth) : STACK_UNKNOWN;

	if (top && id != STACK_UNKNOWN)
		stack_cache_put(frame, top, frames, taken, id);
	return id;
}

uint32_t (*stack_elsewhere)(void);
uint32_t (*stack_scripts)(uint32_t id, const uintptr_t *frame);
static uint32_t forgets;

/* 0: nobody tells that there is room to look. */
static uint32_t addresses(const uintptr_t *frame)
{
	const uintptr_t *top = bounds_top(frame);
	uint32_t id = top ? stack_cache_find(frame, top) : 0;

	if (id)
		return id;
	return unwind_has_room() ? unwind(frame, top) : 0;
}

/* Of whom others are asked about, or who is not known. `frame` is that of stack_here(). */
static __attribute__((noinline)) uint32_t other_stack(const uintptr_t *frame)
{
	uint32_t id, addressed;

	if (unlikely(stack_elsewhere) && (id = stack_elsewhere()))
		return id;
	addressed = addresses(frame);
	id = addressed ? addressed : STACK_UNKNOWN;
	if (unlikely(!addressed) && bounds_fiber)
		module_refresh(); /* as a stack that is new would have done */
	if (unlikely(stack_scripts))
		id = stack_scripts(id, frame);
	if (unlikely(!addressed) && id == STACK_UNKNOWN)
		arena_lost(&here, DUMP_LOST_STACKS_SMALL, 1);
	return id;
}

__attribute__((noinline)) uint32_t stack_here(void)
{
	const uintptr_t *frame = __builtin_frame_address(0), *top;
	uint32_t id;

	if (unlikely(!options.stack_depth))
		return STACK_UNKNOWN;
	if (unlikely((uintptr_t)stack_elsewhere | (uintptr_t)stack_scripts))
		return other_stack(frame);
	top = bounds_top(frame);
	id = likely(top) ? stack_cache_find(frame, top) : 0;
	return likely(id) ? id : other_stack(frame);
}

void stack_forget(void)
{
	stack_cache_forget();
	__atomic_fetch_add(&forgets, 1, __ATOMIC_RELEASE);
}

uint32_t stack_forgets(void)
{
	return __atomic_load_n(&forgets, __ATOMIC_ACQUIRE);
}
