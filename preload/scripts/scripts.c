/* SPDX-License-Identifier: Apache-2.0 */
#include "scripts/scripts.h"

#include <string.h>

#include "conn.h"
#include "core/names.h"
#include "core/stacks.h"
#include "here/bounds.h"
#include "here/options.h"
#include "here/presence.h"
#include "process_facts.h"
#include "scripts/peek.h"
#include "stacks/module.h"
#include "stacks/stack.h"
#include "stacks/unwind.h"
#include "threads/name.h"
#include "threads/thread.h"

/* A new runtime is a file and a row. */
static const struct script_runtime *const runtimes[] = {&script_python, &script_java, &script_node,
						       &script_ruby, &script_php, &script_perl};
#define RUNTIMES (sizeof runtimes / sizeof *runtimes)
static bool here_is[RUNTIMES];

/* Bytes of stack for what is below. */
#define STACK_NEEDED (12u << 10)

/* ---- where they stand ---------------------------------------------------------------------------------- */

struct merged {
	uint64_t frames[DUMP_STACK_FRAMES_MAX];
	uint32_t count, max;
};

static void add(struct merged *m, uint64_t frame)
{
	if (m->count < m->max)
		m->frames[m->count++] = frame;
}

/* Those that one call of the loop runs, or all that are left. Returns the next one. */
static uint32_t add_scripts(struct merged *m, const struct script_frames *s, uint32_t k, bool all)
{
	while (k < s->count) {
		add(m, DUMP_FRAME_PLACE | s->places[k]);
		if (s->entry[k++] && !all)
			break;
	}
	return k;
}

/* Those whose loop was not among the addresses, which end somewhere: behind the interpreter's last one. */
static void insert_rest(struct merged *m, const struct script_frames *s, uint32_t k, uint32_t at)
{
	struct merged rest = {.max = m->count - at};

	memcpy(rest.frames, m->frames + at, rest.max * sizeof *rest.frames);
	rest.count = rest.max;
	m->count = at;
	add_scripts(m, s, k, true);
	for (uint32_t i = 0; i < rest.count; i++)
		add(m, rest.frames[i]);
}

/* The addresses up to the interpreter's first, and then the script's frames. */
static void merge_end(struct merged *m, const struct script_runtime *r, const struct script_frames *s,
		      const uint64_t *addresses, uint32_t depth)
{
	for (uint32_t i = 0; i < depth && (DUMP_FRAME_IS_PLACE(addresses[i]) || !r->owns((uintptr_t)addresses[i]));
	     i++)
		add(m, addresses[i]);
	add_scripts(m, s, 0, true);
}

static bool owned(const struct script_runtime *r, uint64_t address)
{
	return !DUMP_FRAME_IS_PLACE(address) && r->owns((uintptr_t)address);
}

/* Its loop is on no stack: a compiler that makes each instruction a function of its own (of CPython 3.14, gcc
 * from 15 on) leaves none that could be told from others. The lines stand where its first address is. */
static void merge_loopless(struct merged *m, const struct script_runtime *r, const struct script_frames *s,
			   const uint64_t *addresses, uint32_t depth)
{
	uint32_t k = 0;

	for (uint32_t i = 0; i < depth; i++)
		if (!owned(r, addresses[i]))
			add(m, addresses[i]);
		else
			k = add_scripts(m, s, k, true);
	add_scripts(m, s, k, true);
}

static bool loops(const struct script_runtime *r, const uint64_t *addresses, uint32_t depth)
{
	for (uint32_t i = 0; i < depth; i++)
		if (!DUMP_FRAME_IS_PLACE(addresses[i]) && r->runs((uintptr_t)addresses[i]))
			return true;
	return false;
}

static void merge(struct merged *m, const struct script_runtime *r, const struct script_frames *s,
		  const uint64_t *addresses, uint32_t depth)
{
	uint32_t k = 0, last = 0;

	if (r->runs && !loops(r, addresses, depth)) {
		merge_loopless(m, r, s, addresses, depth);
		return;
	}
	for (uint32_t i = 0; i < depth; i++) {
		if (owned(r, addresses[i])) {
			if (!r->runs || r->runs((uintptr_t)addresses[i]))
				k = add_scripts(m, s, k, !r->runs);
			last = m->count;
		} else {
			add(m, addresses[i]);
		}
	}
	if (k < s->count)
		insert_rest(m, s, k, last);
}

/* ---- known again --------------------------------------------------------------------------------------- */

/* Which addresses and lines are which stack. Two words that are written apart: one of them is kept mixed with
 * the other, so that halves of two do not pass for one. */
#define KNOWN 1024u
static struct {
	uint64_t id, mixed;
} known[KNOWN];

static uint64_t key_of(uint32_t id, const struct script_frames *s)
{
	return names_hash(s->places, s->count * sizeof *s->places) ^ id * 0x9e3779b97f4a7c15ull;
}

static uint32_t find(uint64_t key)
{
	uint64_t id = __atomic_load_n(&known[key % KNOWN].id, __ATOMIC_RELAXED);

	if (!id || (__atomic_load_n(&known[key % KNOWN].mixed, __ATOMIC_RELAXED) ^ id) != key ||
	    id >> 32 != stack_forgets())
		return 0;
	return (uint32_t)id;
}

static void keep(uint64_t key, uint32_t stack)
{
	uint64_t id = (uint64_t)stack_forgets() << 32 | stack;

	__atomic_store_n(&known[key % KNOWN].id, id, __ATOMIC_RELAXED);
	__atomic_store_n(&known[key % KNOWN].mixed, key ^ id, __ATOMIC_RELAXED);
}

/* ---- a stack ------------------------------------------------------------------------------------------- */

static __attribute__((noinline)) uint32_t with(const struct script_runtime *r, uint32_t id)
{
	struct script_frames s = {
		.max = options.script_depth < SCRIPT_FRAMES_MAX ? options.script_depth : SCRIPT_FRAMES_MAX};
	struct merged m = {.max = s.max};
	const struct dump_stack *addresses = s.at = stack_of(&here, id);
	uint64_t key;
	uint32_t stack;

	if (!r->take(&s) || !s.count)
		return id;
	key = key_of(id, &s);
	stack = find(key);
	if (stack)
		return stack;
	(r->ends ? merge_end : merge)(&m, r, &s, (const uint64_t *)(addresses + 1), addresses->depth);
	stack = stack_intern((void *const *)m.frames, m.count);
	if (stack == STACK_UNKNOWN)
		return id;
	keep(key, stack);
	return stack;
}

static bool may_ask(void)
{
	return !state.sandboxed && bounds_room() >= STACK_NEEDED && !unwind_in_signal_handler();
}

static uint32_t with_scripts(uint32_t id, const uintptr_t *frame)
{
	(void)frame;
	if (!may_ask())
		return id;
	peek_begin();
	for (unsigned i = 0; i < RUNTIMES; i++)
		if (__atomic_load_n(&here_is[i], __ATOMIC_ACQUIRE))
			id = with(runtimes[i], id);
	return id;
}

#define NAME_ROOM (THREAD_NAME_SIZE + 2) /* where a last character of four bytes may not fit */

static bool fit_name(char name[THREAD_NAME_SIZE], const uint8_t text[NAME_ROOM], uint32_t size)
{
	if (!size)
		return false;
	if (size >= THREAD_NAME_SIZE)
		for (size = THREAD_NAME_SIZE - 1; (text[size] & 0xc0) == 0x80; size--)
			; /* not within a character */
	memset(name, 0, THREAD_NAME_SIZE);
	memcpy(name, text, size);
	return true;
}

/* Called when the stack of its creation was just taken. */
static bool name_thread(char name[THREAD_NAME_SIZE])
{
	uint8_t text[NAME_ROOM];
	uint32_t size = 0;

	if (!may_ask())
		return false;
	peek_begin();
	for (unsigned i = 0; i < RUNTIMES && !size; i++)
		if (__atomic_load_n(&here_is[i], __ATOMIC_ACQUIRE) && runtimes[i]->new_thread_name)
			size = runtimes[i]->new_thread_name(text, sizeof text);
	return fit_name(name, text, size);
}

/* Called when it has told the kernel. */
static bool rename_thread(char name[THREAD_NAME_SIZE], const char *kernels)
{
	uint8_t text[NAME_ROOM];
	uint32_t size = 0;

	if (!may_ask())
		return false;
	peek_begin();
	for (unsigned i = 0; i < RUNTIMES && !size; i++)
		if (__atomic_load_n(&here_is[i], __ATOMIC_ACQUIRE) && runtimes[i]->thread_name)
			size = runtimes[i]->thread_name(text, sizeof text, kernels);
	return fit_name(name, text, size);
}

/* Called when the stack of a socket's birth was just taken. */
static uint32_t scripts_name_task(uint8_t *to, uint32_t max)
{
	uint32_t size = 0;

	if (!may_ask())
		return 0;
	for (unsigned i = 0; i < RUNTIMES && !size; i++)
		if (__atomic_load_n(&here_is[i], __ATOMIC_ACQUIRE) && runtimes[i]->task_name)
			size = runtimes[i]->task_name(to, max);
	return size;
}

/* ---- which there are ----------------------------------------------------------------------------------- */

static void look(const struct dl_phdr_info *info)
{
	struct library l;

	if (!library_of(&l, info))
		return;
	for (unsigned i = 0; i < RUNTIMES; i++)
		if (runtimes[i]->found(&l)) {
			__atomic_store_n(&here_is[i], true, __ATOMIC_RELEASE);
			__atomic_store_n(&stack_scripts, with_scripts, __ATOMIC_RELEASE);
			__atomic_store_n(&thread_naming, name_thread, __ATOMIC_RELEASE);
			if (runtimes[i]->thread_name)
				__atomic_store_n(&thread_renaming, rename_thread, __ATOMIC_RELEASE);
			if (runtimes[i]->task_name)
				__atomic_store_n(&conn_task, scripts_name_task, __ATOMIC_RELEASE);
		}
}

void scripts_begin(void)
{
	node_begin();
	php_begin();
	if (!state.off && options.stack_depth && !process_has_runtime())
		module_seen = look;
}
