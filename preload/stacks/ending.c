/* SPDX-License-Identifier: Apache-2.0 */
#include "stacks/ending.h"

#include <dlfcn.h>
#include <link.h>
#include <stdint.h>
#include <string.h>

#include "here/presence.h"
#include "here/bounds.h"

/* How a function tells of the end. */
enum tells {
	INSIDE,  /* who is inside of it is at the end */
	OTHER,   /* it runs the program and then ends it: who is inside of it at another place than when the first
	            socket was made is at the end, but for what RUNS, behind it, has */
	RUNS,    /* who is inside of this one runs the program all the same */
	OUTSIDE, /* whoever runs the program is inside of it */
};

/* A return address on the stack that lies in one of them was put there by its call: none of them has been
 * called before. ruby_run_node() is of Ruby's own program, whose ruby_cleanup() is a name for others. Lua's
 * lua_close() leaves its frame before it closes; each line of a script runs inside lua_pcallk(). From
 * CPython 3.14 on, which has Py_PACK_VERSION(), Py_RunMain() ends it by a function that has no name
 * outside; it runs the script at one place and the lines that somebody types after it (python -i) at
 * another, both inside PyEval_EvalCode(). */
static struct teller {
	const char *name;
	enum tells how;
	uintptr_t start, size; /* 0: it is not there */
	uintptr_t running;     /* OTHER: that other place; OUTSIDE: 1 once the program was inside of it */
	const char *with;      /* looked for only where this one is, too; NULL: always */
} tellers[] = {
	{"exit", INSIDE, 0, 0, 0},
	{"Py_FinalizeEx", INSIDE, 0, 0, 0},
	{"Py_RunMain", OTHER, 0, 0, 0, "Py_PACK_VERSION"},
	{"PyEval_EvalCode", RUNS, 0, 0, 0, "Py_PACK_VERSION"},
	{"perl_destruct", INSIDE, 0, 0, 0},
	{"Perl_my_exit", INSIDE, 0, 0, 0}, /* leaves all scopes, before that: exit() */
	{"Perl_my_failure_exit", INSIDE, 0, 0, 0}, /* die() */
	{"ruby_cleanup", INSIDE, 0, 0, 0},
	{"ruby_run_node", OTHER, 0, 0, 0},
	{"php_request_shutdown", INSIDE, 0, 0, 0},
	{"php_module_shutdown", INSIDE, 0, 0, 0},
	{"lua_pcallk", OUTSIDE, 0, 0, 0},
};
#define TELLERS (sizeof tellers / sizeof *tellers)
static struct teller *there[TELLERS]; /* those that are */
static unsigned count;
bool ending_curious;
bool (*ending_by_script)(void);

#define SCAN_MAX (64u << 10) /* words */
#define MAIN_THREAD 1u

/* Where the function that begins at `at` ends at the latest: where the next one begins, by the module's
 * table for the unwinder (LSB, .eh_frame_hdr: pairs of 32 bits, in order, relative to the table's
 * head). 0: it says nothing. */
static uintptr_t next_function(const void *module, uintptr_t at)
{
	const ElfW(Ehdr) *image = module;
	const ElfW(Phdr) *ph = (const void *)((const char *)module + image->e_phoff);
	const struct {
		uint8_t version, frame_encoding, count_encoding, table_encoding;
		int32_t frame;
		uint32_t count;
		struct {
			int32_t at, description;
		} table[];
	} *h = NULL;
	uint32_t low = 0, high;

	for (int i = 0; i < image->e_phnum; i++)
		if (ph[i].p_type == PT_GNU_EH_FRAME)
			h = (const void *)((image->e_type == ET_DYN ? (uintptr_t)module : 0) + ph[i].p_vaddr);
	if (!h || h->version != 1 || h->frame_encoding != 0x1b || h->count_encoding != 0x03 ||
	    h->table_encoding != 0x3b)
		return 0;
	for (high = h->count; low < high;) {
		uint32_t middle = low + (high - low) / 2;

		if ((uintptr_t)h + (uintptr_t)h->table[middle].at > at)
			high = middle;
		else
			low = middle + 1;
	}
	return low && low < h->count && (uintptr_t)h + (uintptr_t)h->table[low - 1].at == at ?
		       (uintptr_t)h + (uintptr_t)h->table[low].at : 0;
}

/* Where a function that ends at `end` goes on; 0: it does not end by a jump. */
static uintptr_t jumps_to(uintptr_t end)
{
	int32_t distance;
#if defined(__x86_64__)
	const uint8_t *jump = (const uint8_t *)end - 5; /* e9, and how far from its end */

	memcpy(&distance, jump + 1, sizeof distance);
	return *jump == 0xe9 ? end + (uintptr_t)(intptr_t)distance : 0;
#elif defined(__aarch64__)
	uint32_t jump; /* b, and how far from itself, in words of the 26 bits below */

	memcpy(&jump, (const void *)(end - 4), sizeof jump);
	distance = (int32_t)(jump << 6) >> 4;
	return jump >> 26 == 5 ? end - 4 + (uintptr_t)(intptr_t)distance : 0;
#else
	(void)distance;
	return 0;
#endif
}

/* One that ends by a jump leaves its frame to who goes on (CPython 3.13: Py_FinalizeEx to _Py_Finalize, which
 * has no name for others): that one is looked for. */
static void follow_jump(struct teller *t, const void *module)
{
	uintptr_t to = t->size >= 5 && t->size <= 32 ? jumps_to(t->start + t->size) : 0;
	uintptr_t end = to ? next_function(module, to) : 0;

	if (!end)
		return;
	t->start = to;
	t->size = end - to;
}

void ending_learn(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < TELLERS; i++) {
		void *at = dlsym(RTLD_DEFAULT, tellers[i].name);
		const ElfW(Sym) *symbol = NULL;
		Dl_info info;

		if (tellers[i].with && !dlsym(RTLD_DEFAULT, tellers[i].with))
			continue;
		if (!at || !dladdr1(at, &info, (void **)&symbol, RTLD_DL_SYMENT) || !symbol)
			continue;
		tellers[i].size = symbol->st_size;
		tellers[i].start = (uintptr_t)at;
		follow_jump(&tellers[i], info.dli_fbase);
		there[n++] = &tellers[i];
		ending_curious = ending_curious || tellers[i].how == OTHER || tellers[i].how == OUTSIDE;
	}
	dlerror(); /* what was not there is nobody else's business */
	__atomic_store_n(&count, n, __ATOMIC_RELEASE);
}

/* A call at a function's very end returns to the byte after it. */
static inline bool in(const struct teller *t, uintptr_t word)
{
	return word - t->start - 1 < t->size;
}

/* The first word from `from` on that lies in `t`; 0 none. */
__attribute__((no_sanitize("address", "thread")))
static uintptr_t find(const struct teller *t, const uintptr_t *from)
{
	const uintptr_t *top = bounds_top(from);

	for (const uintptr_t *p = from; p < top && p < from + SCAN_MAX; p++)
		if (in(t, *p))
			return *p;
	return 0;
}

void ending_not_yet_slow(void)
{
	unsigned n = __atomic_load_n(&count, __ATOMIC_ACQUIRE);
	bool curious = false;

	for (unsigned i = 0; i < n; i++) {
		struct teller *t = there[i];
		uintptr_t word;

		if (t->how == INSIDE || t->how == RUNS || t->running)
			continue;
		curious = true;
		if (self.id != MAIN_THREAD)
			continue;
		word = find(t, __builtin_frame_address(0));
		t->running = t->how == OTHER ? word : word != 0;
	}
	__atomic_store_n(&ending_curious, curious, __ATOMIC_RELAXED);
}

static bool runs_all_the_same(const struct teller *const *next, const struct teller *const *end,
			      const uintptr_t *from)
{
	return next < end && (*next)->how == RUNS && find(*next, from);
}

static bool says_so(const struct teller *const *at, const struct teller *const *end, const uintptr_t *from)
{
	const struct teller *t = *at;

	switch (t->how) {
	case INSIDE: return find(t, from) != 0;
	case OTHER: {
		uintptr_t word = t->running ? find(t, from) : 0;

		return word && word != t->running && !runs_all_the_same(at + 1, end, from);
	}
	case RUNS: return false;
	default: return t->running && self.id == MAIN_THREAD && bounds_top(from) && !find(t, from);
	}
}

bool ending_now(void)
{
	const struct teller *const *all = (const struct teller *const *)there;
	unsigned n = __atomic_load_n(&count, __ATOMIC_ACQUIRE);

	for (unsigned i = 0; i < n; i++)
		if (says_so(all + i, all + n, __builtin_frame_address(0)))
			return true;
	return ending_by_script && ending_by_script();
}

/* ---- places that were not -------------------------------------------------------------------------- */

uint64_t ending_places[ENDING_PLACES];

bool ending_now_at(uint64_t place)
{
	if (ending_now())
		return true;
	__atomic_store_n(&ending_places[place >> 58], place, __ATOMIC_RELAXED);
	return false;
}
