/* SPDX-License-Identifier: Apache-2.0 */
#include "golang/g_stack.h"

#include <string.h>

#include "goimage/parked.h"
#include "golang/g.h"
#include "here/presence.h"

#define PROBED 6u /* frames that are enough to see what a goroutine waits in */

static bool begins(const char *text, const char *with)
{
	return text && strncmp(text, with, strlen(with)) == 0;
}

/* Below every goroutine lies the same place in it. */
static bool is_goexit(uintptr_t back)
{
	static uintptr_t goexit;

	if (likely(back == __atomic_load_n(&goexit, __ATOMIC_RELAXED)))
		return true;
	if (!begins(g_name(back - 1), "runtime.goexit"))
		return false;
	__atomic_store_n(&goexit, back, __ATOMIC_RELAXED);
	return true;
}

/* Along the frame pointers, within the goroutine's stack, whose bounds are a g's first two words. */
static uint32_t walk(uintptr_t g, uintptr_t bp, void **frames, uint32_t n, uint32_t max)
{
	uintptr_t low = ((const uintptr_t *)g)[0], high = ((const uintptr_t *)g)[1];

	while (n < max && bp >= low && bp + 16 <= high && !(bp & 7)) {
		const uintptr_t *frame = (const uintptr_t *)bp;
		uintptr_t back = frame[1], next = frame[0];

		if (back < g_image->text || back > g_image->etext)
			break;
		frames[n++] = (void *)back;
		if (next <= bp)
			break;
		bp = next;
	}
	return n && is_goexit((uintptr_t)frames[n - 1]) ? n - 1 : n;
}

uint32_t g_walk_call(const struct golang_call *call, void **frames, uint32_t max)
{
	uintptr_t low = ((const uintptr_t *)call->g)[0], high = ((const uintptr_t *)call->g)[1];

	if (call->sp < low || call->sp + 8 > high)
		return 0; /* on the thread's own stack */
	frames[0] = *(void **)call->sp;
	return walk(call->g, call->bp, frames, 1, max);
}

/* One that does not run: from where it was parked. */
uint32_t g_walk_parked(uintptr_t g, void **frames, uint32_t n, uint32_t max)
{
	uint64_t sp = g_sched(g, 0), bp = g_sched(g, g_fields[G_BP].offset);
	uint32_t is = g_status(g), was = n;

	if (n >= max ||
	    (is != GO_WAITING && is != GO_RUNNABLE && !(is == GO_SYSCALL && g_fields[G_SYSCALLBP].found)))
		return n;
	frames[n++] = (void *)g_sched(g, 8);
	n = walk(g, is == GO_SYSCALL ? g_word(g, G_SYSCALLBP) : bp, frames, n, max);
	return g_status(g) == is && g_sched(g, 0) == sp ? n : was;
}

static bool runtimes(const char *name)
{
	return name && memcmp(name, "runtime.", 8) == 0; /* other parts of the table lie behind the names */
}

static bool between(const char *name)
{
	return runtimes(name) || (name && (strstr(name, "._Cfunc_") || strstr(name, "._C2func_")));
}

/* From where it left its stack (runtime.asmcgocall), and without the runtime's and cgo's part in it. A frame
 * pointer from below is a callback's, which is over. */
uint32_t g_walk_in_c(uintptr_t g, void **frames, uint32_t max)
{
	uint64_t sp = g_sched(g, 0), bp = g_sched(g, g_fields[G_BP].offset);
	uint32_t n = bp >= sp ? walk(g, bp, frames, 0, max) : 0, first = 0;

	while (first + 1 < n && between(g_name((uintptr_t)frames[first] - 1)))
		first++;
	memmove(frames, frames + first, (n - first) * sizeof *frames);
	return n - first;
}

#define PATIENCE 10000000u /* ns: so long only where its thread was put off a processor that many want */
static void let_it_park(uintptr_t maker, uint64_t until)
{
	for (uint32_t i = 0; i < 4000 && until && g_status(maker) == GO_RUNNING; i++)
		pause_for_a_moment();
	for (uint32_t i = 0; i < 50 && g_status(maker) == GO_RUNNING && !state.sandboxed && state_now() < until; i++)
		sys_call0(SYS_sched_yield);
}

static uint32_t walk_waiting(uintptr_t g, const char *in, size_t size, void **frames, uint32_t n,
			     uint32_t max)
{
	uint32_t end = g_walk_parked(g, frames, n, max), first = n;
	const char *name = NULL;

	while (first < end && runtimes(name = g_name((uintptr_t)frames[first] - 1)))
		first++;
	if (first == end || !name || strncmp(name, in, size) != 0 || name[size] != '.')
		return n;
	memmove(&frames[n], &frames[first], (end - first) * sizeof *frames);
	return n + end - first;
}

/* Does it wait in a function of that, under the runtime's own? As walk_waiting(), but most of them do not. */
static bool waits_in(uintptr_t g, const char *in, size_t size)
{
	uintptr_t low = ((const uintptr_t *)g)[0], high = ((const uintptr_t *)g)[1];
	uint64_t sp = g_sched(g, 0), pc = g_sched(g, 8), bp = g_sched(g, g_fields[G_BP].offset);
	uint32_t is = g_status(g);
	const char *name = g_name(pc - 1);

	for (uint32_t i = 0; i < PROBED && runtimes(name) && bp >= low && bp + 16 <= high && !(bp & 7); i++) {
		name = g_name(((const uintptr_t *)bp)[1] - 1);
		bp = ((const uintptr_t *)bp)[0];
	}
	return name && strncmp(name, in, size) == 0 && name[size] == '.' &&
	       (is == GO_WAITING || is == GO_RUNNABLE) && g_status(g) == is && g_sched(g, 0) == sp;
}

#define LOOKED_AT 256u /* each is some 100 ns, and a dial waits for it */

/* Before 1.21 nobody wrote down who made a goroutine: it is the only one that waits in a method of the object
 * whose method made it, or one of a few that all wait there for the same line. Where there are more than are
 * looked at, the only one that was seen need not be. */
static uint32_t walk_by_wait(uintptr_t g, const char *made_in, uint64_t until, void **frames, uint32_t n,
			     uint32_t max)
{
	uint64_t count = __atomic_load_n(&g_all[1], __ATOMIC_ACQUIRE), made = 0;
	const uint64_t *list = (const uint64_t *)__atomic_load_n(&g_all[0], __ATOMIC_ACQUIRE);
	size_t size = go_receiver(made_in);
	uint32_t patience = 2, more = 32, found = 0;
	void *others[FRAMES_MAX];

	if (count > LOOKED_AT)
		return n;
	for (uint64_t i = 0; size && list && i < count; i++) {
		uint32_t k;

		if (!list[i] || list[i] == g || g_dead(list[i]))
			continue;
		if (g_status(list[i]) == GO_RUNNING && patience && patience--)
			let_it_park(list[i], until);
		if (!waits_in(list[i], made_in, size) ||
		    !(k = walk_waiting(list[i], made_in, size, others, 0, max - n - 1)))
			continue;
		if (found && (!more-- || k != found || g_word(list[i], G_GOPC) != made ||
			      memcmp(others, &frames[n], k * sizeof *others)))
			return n;
		memcpy(&frames[n], others, k * sizeof *others);
		found = k;
		made = g_word(list[i], G_GOPC);
	}
	if (found && made)
		frames[n + found++] = (void *)made;
	return n + found;
}

/* Who made this goroutine, and where that is now, if it is sure that it waits for what it has had
 * made: then it is in the package that made it, and that is a library's. It may not have come to wait
 * yet: where it is on its way to, a moment is worth it, since a stack that ends here is another place
 * than the one that goes on. */
uint32_t g_walk_maker(uintptr_t g, void **frames, uint32_t n, uint32_t max)
{
	const char *made_in = g_name(g_word(g, G_GOPC) - 1);
	size_t size = go_package(made_in);
	uint64_t until = begins(made_in, "net/http.") || begins(made_in, "net.") ? state_now() + PATIENCE : 0;
	uintptr_t maker;
	uint32_t was = n;

	if (!size || begins(made_in, "main.") || n + 1 >= max)
		return n;
	if (!g_fields[G_PARENT].found)
		return walk_by_wait(g, made_in, until, frames, n, max);
	maker = g_by_id(g_word(g, G_PARENT));
	if (!maker || maker == g)
		return n;
	let_it_park(maker, until);
	n = walk_waiting(maker, made_in, size, frames, n, max);
	if (n > was && n < max && g_word(maker, G_GOPC))
		frames[n++] = (void *)g_word(maker, G_GOPC);
	return n;
}

/* The gate's caller, which is a package of wrappers, and who called that. */
bool g_in_runtime(const struct golang_call *call)
{
	void *frames[2];

	return g_walk_call(call, frames, 2) < 2 || runtimes(g_name((uintptr_t)frames[1] - 1));
}
