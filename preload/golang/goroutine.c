/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All of this reads memory of the runtime while it works. What makes that safe: a struct g is never freed, only used
 * again; stacks lie in the heap, which is never unmapped; and each pointer is followed only within the bounds
 * of the goroutine's stack. What changed meanwhile is dropped, where it can be known.
 */
#include "golang/goroutine.h"

#include <string.h>

#include "core/names.h"
#include "goimage/parked.h"
#include "here/options.h"
#include "process.h"
#include "stacks/stack.h"
#include "threads/thread.h"

enum { STATUS, GOID, SCHED, STARTPC, GOPC, BP, NEEDED, PARENT = NEEDED, SYSCALLBP, WAITSINCE, FIELDS };
static struct go_field field[FIELDS] = {
	[STATUS] = {"runtime", "runtime.g", "atomicstatus", 0, false},
	[GOID] = {"runtime", "runtime.g", "goid", 0, false},
	[SCHED] = {"runtime", "runtime.g", "sched", 0, false},
	[STARTPC] = {"runtime", "runtime.g", "startpc", 0, false},
	[GOPC] = {"runtime", "runtime.g", "gopc", 0, false},
	[BP] = {"runtime", "runtime.gobuf", "bp", 0, false},
	[PARENT] = {"runtime", "runtime.g", "parentGoid", 0, false},    /* since 1.21 */
	[SYSCALLBP] = {"runtime", "runtime.g", "syscallbp", 0, false}, /* since 1.23 */
	[WAITSINCE] = {"runtime", "runtime.g", "waitsince", 0, false}, /* set by the collector when it comes by */
};
static const struct go_image *image;
static const uint64_t *allgs; /* pointer, length, capacity */
__thread const struct golang_call *goroutine_call;

#define FRAMES_MAX 64u
#define PROBED 6u /* frames that are enough to see what a goroutine waits in */
#define GOROUTINES_MAX 1000000u

static uint64_t word(uintptr_t g, int f)
{
	return *(const uint64_t *)(g + field[f].offset);
}

/* sp and pc are the first words of gobuf. */
static uint64_t sched(uintptr_t g, uint32_t offset)
{
	return *(const volatile uint64_t *)(g + field[SCHED].offset + offset);
}

static uint32_t status(uintptr_t g)
{
	return __atomic_load_n((const uint32_t *)(g + field[STATUS].offset), __ATOMIC_ACQUIRE) & ~GO_SCANNED;
}

static bool dead(uintptr_t g)
{
	uint32_t is = status(g);

	return is == GO_DEAD || is == GO_IDLE;
}

static const char *name_at(uintptr_t pc)
{
	return go_image_name(image, pc);
}

static bool begins(const char *text, const char *with)
{
	return text && strncmp(text, with, strlen(with)) == 0;
}

static bool readable_data(uint64_t at)
{
	for (uint32_t i = 0; i < image->count; i++)
		if (image->segments[i].writable && at >= image->segments[i].start && at + 24 <= image->segments[i].end)
			return true;
	return false;
}

/* ---- stacks -------------------------------------------------------------------------------------------- */

/* Along the frame pointers, within the goroutine's stack, whose bounds are a g's first two words. */
static uint32_t walk(uintptr_t g, uintptr_t bp, void **frames, uint32_t n, uint32_t max)
{
	uintptr_t low = ((const uintptr_t *)g)[0], high = ((const uintptr_t *)g)[1];

	while (n < max && bp >= low && bp + 16 <= high && !(bp & 7)) {
		const uintptr_t *frame = (const uintptr_t *)bp;
		uintptr_t back = frame[1], next = frame[0];

		if (back < image->text || back > image->etext)
			break;
		frames[n++] = (void *)back;
		if (next <= bp)
			break;
		bp = next;
	}
	if (n && begins(name_at((uintptr_t)frames[n - 1] - 1), "runtime.goexit"))
		n--;
	return n;
}

static uint32_t walk_call(const struct golang_call *call, void **frames, uint32_t max)
{
	uintptr_t low = ((const uintptr_t *)call->g)[0], high = ((const uintptr_t *)call->g)[1];

	if (call->sp < low || call->sp + 8 > high)
		return 0; /* on the thread's own stack */
	frames[0] = *(void **)call->sp;
	return walk(call->g, call->bp, frames, 1, max);
}

/* One that does not run: from where it was parked. */
static uint32_t walk_parked(uintptr_t g, void **frames, uint32_t n, uint32_t max)
{
	uint64_t sp = sched(g, 0), bp = sched(g, field[BP].offset);
	uint32_t is = status(g), was = n;

	if (n >= max || (is != GO_WAITING && is != GO_RUNNABLE && !(is == GO_SYSCALL && field[SYSCALLBP].found)))
		return n;
	frames[n++] = (void *)sched(g, 8);
	n = walk(g, is == GO_SYSCALL ? word(g, SYSCALLBP) : bp, frames, n, max);
	return status(g) == is && sched(g, 0) == sp ? n : was;
}

static bool runtimes(const char *name)
{
	return name && memcmp(name, "runtime.", 8) == 0; /* other parts of the table lie behind the names */
}

/* The gate's caller, which is a package of wrappers, and who called that. */
bool goroutine_in_runtime(const struct golang_call *call)
{
	void *frames[2];

	return walk_call(call, frames, 2) < 2 || runtimes(name_at((uintptr_t)frames[1] - 1));
}

static uintptr_t find_by_id(uint64_t goid)
{
	uint64_t count = __atomic_load_n(&allgs[1], __ATOMIC_ACQUIRE);
	const uint64_t *list = (const uint64_t *)__atomic_load_n(&allgs[0], __ATOMIC_ACQUIRE);

	for (uint64_t i = 0; list && i < count && i < GOROUTINES_MAX; i++)
		if (list[i] && word(list[i], GOID) == goid && !dead(list[i]))
			return list[i];
	return 0;
}

#define PATIENCE 10000000u /* ns: so long only where its thread was put off its processor, and many want that */
static void let_it_park(uintptr_t maker, uint64_t until)
{
	for (uint32_t i = 0; i < 4000 && until && status(maker) == GO_RUNNING; i++)
		pause_for_a_moment();
	for (uint32_t i = 0; i < 50 && status(maker) == GO_RUNNING && !state.sandboxed && state_now() < until; i++)
		sys_call0(SYS_sched_yield);
}

static uint32_t walk_waiting(uintptr_t g, const char *in, size_t size, void **frames, uint32_t n, uint32_t max)
{
	uint32_t end = walk_parked(g, frames, n, max), first = n;
	const char *name = NULL;

	while (first < end && runtimes(name = name_at((uintptr_t)frames[first] - 1)))
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
	uint64_t sp = sched(g, 0), pc = sched(g, 8), bp = sched(g, field[BP].offset);
	uint32_t is = status(g);
	const char *name = name_at(pc - 1);

	for (uint32_t i = 0; i < PROBED && runtimes(name) && bp >= low && bp + 16 <= high && !(bp & 7); i++) {
		name = name_at(((const uintptr_t *)bp)[1] - 1);
		bp = ((const uintptr_t *)bp)[0];
	}
	return name && strncmp(name, in, size) == 0 && name[size] == '.' && (is == GO_WAITING || is == GO_RUNNABLE) &&
	       status(g) == is && sched(g, 0) == sp;
}

/* Before 1.21 nobody wrote down who made a goroutine: it is the only one that waits in a method of the object whose
 * method made it, or one of a few that all wait there for the same line. */
static uint32_t walk_by_wait(uintptr_t g, const char *made_in, uint64_t until, void **frames, uint32_t n, uint32_t max)
{
	uint64_t count = __atomic_load_n(&allgs[1], __ATOMIC_ACQUIRE), made = 0;
	const uint64_t *list = (const uint64_t *)__atomic_load_n(&allgs[0], __ATOMIC_ACQUIRE);
	size_t size = go_receiver(made_in);
	uint32_t patience = 2, more = 32, found = 0;
	void *others[FRAMES_MAX];

	for (uint64_t i = 0; size && list && i < count && i < 256; i++) {
		uint32_t k;

		if (!list[i] || list[i] == g || dead(list[i]))
			continue;
		if (status(list[i]) == GO_RUNNING && patience && patience--)
			let_it_park(list[i], until);
		if (!waits_in(list[i], made_in, size) ||
		    !(k = walk_waiting(list[i], made_in, size, others, 0, max - n - 1)))
			continue;
		if (found && (!more-- || k != found || word(list[i], GOPC) != made || memcmp(others, &frames[n], k * sizeof *others)))
			return n;
		memcpy(&frames[n], others, k * sizeof *others);
		found = k;
		made = word(list[i], GOPC);
	}
	if (found && made)
		frames[n + found++] = (void *)made;
	return n + found;
}

/* Who made this goroutine, and where that is now, if it is sure that it waits for what it has had made: then it is in
 * the package that made it, and that is a library's. It may not have come to wait yet: where it is on its way to, a
 * moment is worth it, since a stack that ends here is another place than the one that goes on. */
static uint32_t walk_maker(uintptr_t g, void **frames, uint32_t n, uint32_t max)
{
	const char *made_in = name_at(word(g, GOPC) - 1);
	size_t size = go_package(made_in);
	uint64_t until = begins(made_in, "net/http.") || begins(made_in, "net.") ? state_now() + PATIENCE : 0;
	uintptr_t maker;
	uint32_t was = n;

	if (!size || begins(made_in, "main.") || n + 1 >= max)
		return n;
	if (!field[PARENT].found)
		return walk_by_wait(g, made_in, until, frames, n, max);
	maker = find_by_id(word(g, PARENT));
	if (!maker || maker == g)
		return n;
	let_it_park(maker, until);
	n = walk_waiting(maker, made_in, size, frames, n, max);
	if (n > was && n < max && word(maker, GOPC))
		frames[n++] = (void *)word(maker, GOPC);
	return n;
}

/* The stack of the call, where its goroutine was made, and of its maker. */
static uint32_t stack_of_call(void)
{
	void *frames[FRAMES_MAX];
	uint32_t n;

	if (!goroutine_call)
		return 0;
	n = walk_call(goroutine_call, frames, options.stack_depth < FRAMES_MAX ? options.stack_depth : FRAMES_MAX - 1);
	if (n && n < FRAMES_MAX && word(goroutine_call->g, GOPC)) {
		frames[n++] = (void *)word(goroutine_call->g, GOPC);
		n = walk_maker(goroutine_call->g, frames, n, FRAMES_MAX);
	}
	return n ? stack_intern(frames, n) : STACK_UNKNOWN;
}

/* ---- goroutines as threads -------------------------------------------------------------------------------- */

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

static void fill(struct seen *s, uintptr_t g, void *const *frames, uint32_t n)
{
	void *made = (void *)word(g, GOPC);
	uintptr_t maker = field[PARENT].found ? find_by_id(word(g, PARENT)) : 0;
	const struct seen *by = maker ? seen_at(maker, false) : NULL;
	struct thread_goroutine it = {.goid = word(g, GOID), .made_by = by ? by->id : 0, .stack = STACK_UNKNOWN};
	struct thread_ref ref;

	if (made)
		it.stack = stack_intern(&made, 1);
	go_called(image, (const uint64_t *)frames, n, it.name);
	ref = thread_goroutine(&it);
	s->slot = ref.slot;
	s->id = ref.id;
	s->goid = it.goid;
}

static void ended(struct seen *s)
{
	if (s->slot)
		thread_goroutine_ended((struct thread_ref){s->slot, s->id});
	s->goid = s->slot = s->id = 0;
}

static struct seen *meet(const struct golang_call *call)
{
	struct seen *s = call->g ? seen_at(call->g, true) : NULL;
	void *frames[FRAMES_MAX];

	if (!s || likely(s->goid == word(call->g, GOID)))
		return s;
	ended(s);
	fill(s, call->g, frames, walk_call(call, frames, FRAMES_MAX));
	return s;
}

struct goroutine_saved goroutine_enter(const struct golang_call *call)
{
	struct goroutine_saved saved = goroutine_self();
	const struct seen *s;

	goroutine_call = call;
	if (unlikely(arena_state(&here) != ARENA_FILE || state_forked()))
		return saved;
	s = meet(call);
	if (unlikely(!s || !s->slot))
		return saved;
	self.slot = s->slot;
	self.id = s->id;
	self.at = threads_at(&here, s->slot);
	return saved;
}

/* ---- the end ------------------------------------------------------------------------------------------------ */

static uint32_t is_about(uintptr_t g, const uint64_t *frames, uint32_t n)
{
	return (go_handed_out(image, frames, n) ? DUMP_THREAD_HANDED_OUT : 0u) |
	       (go_reads_body(image, frames, n) ? DUMP_THREAD_READS_BODY : 0u) |
	       (go_handles(image, frames, n, word(g, GOPC)) ? DUMP_THREAD_HANDLES : 0u);
}

static void end_of(uintptr_t g)
{
	struct seen *s = seen_at(g, true);
	void *frames[FRAMES_MAX];
	const char *parked;
	uint32_t n;

	if (!s)
		return;
	if (dead(g) || (s->goid && s->goid != word(g, GOID)))
		ended(s);
	if (dead(g) || go_runtimes_own(image, word(g, STARTPC)))
		return;
	n = goroutine_call && goroutine_call->g == g ? walk_call(goroutine_call, frames, FRAMES_MAX) :
						       walk_parked(g, frames, 0, FRAMES_MAX);
	if (!s->slot)
		fill(s, g, frames, n);
	parked = status(g) == GO_WAITING ? go_parked_in(image, (const uint64_t *)frames, n) : NULL;
	thread_goroutine_parked((struct thread_ref){s->slot, s->id}, &(struct thread_parked){
		.in = parked ? names_intern(&here, parked, strlen(parked)) : 0,
		.since = parked && field[WAITSINCE].found ? word(g, WAITSINCE) : 0,
		.waits = parked && strcmp(parked, "IO wait") == 0,
		.is = is_about(g, (const uint64_t *)frames, n)});
}

/* allgs may be moved while it is read: length first, pointer then. */
void goroutine_end_all(void)
{
	uint64_t count = __atomic_load_n(&allgs[1], __ATOMIC_ACQUIRE);
	const uint64_t *list = (const uint64_t *)__atomic_load_n(&allgs[0], __ATOMIC_ACQUIRE);

	for (uint64_t i = 0; list && i < count && i < GOROUTINES_MAX; i++)
		if (list[i])
			end_of(list[i]);
}

bool goroutine_learn(const struct go_image *of)
{
	uint64_t at = go_image_goroutines(of);

	image = of;
	go_image_fields(of, field, FIELDS);
	for (int i = 0; i < NEEDED; i++)
		if (!field[i].found)
			return false;
	if (!at || !readable_data(at))
		return false;
	allgs = (const uint64_t *)at;
	stack_elsewhere = stack_of_call;
	process_before_end = goroutine_end_all;
	return true;
}
