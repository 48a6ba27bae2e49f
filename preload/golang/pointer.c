/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Go's code and its signal handlers look for g at fs:-8 at any time, so it is put there in our block, too:
 * the dynamic linker has given the program's own thread-local word that place, which is all that such a
 * program has.
 */
#include "golang/pointer.h"

#include <errno.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>

#include "here/bounds.h"
#include "here/presence.h"
#include "here/readable.h"

#if defined(__x86_64__)
#include <asm/prctl.h>

#define FSGSBASE 2u   /* of AT_HWCAP2: a program may (Linux 5.9) */
#define BELOW 16384u  /* of thread-local variables */
#define ABOVE 4096u   /* libc's struct pthread */
#define PAGE 4096u

struct golang_block {
	uintptr_t fs;    /* ours */
	uintptr_t owner; /* what it was exchanged for; no two threads that live have the same */
	uintptr_t stack; /* its end: bounds_lent of a thread that is not in the recorder */
	uint32_t tid;    /* 0: made by the child of a vfork, which ran on the same fs */
};

uint8_t golang_pointer_foreign;

/* As a new thread finds it, and where bounds_lent is in it, from fs. */
static uint8_t template[BELOW + ABOVE];
static intptr_t lent;

/* Every library's variables lie below fs. Ours begin anew, libc's stay: they point to its locale. */
static int look_at_library(struct dl_phdr_info *info, size_t size, void *fits)
{
	uintptr_t fs = (uintptr_t)thread_pointer(), at = (uintptr_t)info->dlpi_tls_data;

	for (int i = 0; at && i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];

		if (ph->p_type != PT_TLS)
			continue;
		if (at > fs || fs - at > BELOW) {
			*(bool *)fits = false;
			return 1;
		}
		if ((uintptr_t)&self < at || (uintptr_t)&self >= at + ph->p_memsz)
			continue;
		memset(template + BELOW - (fs - at), 0, ph->p_memsz);
		memcpy(template + BELOW - (fs - at), (const void *)(info->dlpi_addr + ph->p_vaddr), ph->p_filesz);
	}
	return 0;
}

bool golang_pointer_learn(void)
{
	uintptr_t fs = (uintptr_t)thread_pointer(), start = fs - BELOW;
	bool fits = true;

	for (uintptr_t at = start, n; at < start + sizeof template; at += n) {
		n = PAGE - (at & (PAGE - 1));
		if (n > start + sizeof template - at)
			n = start + sizeof template - at;
		if (readable_byte((const void *)at))
			memcpy(template + (at - start), (const void *)at, n);
	}
	lent = (intptr_t)((uintptr_t)&bounds_lent - fs);
	dl_iterate_phdr(look_at_library, &fits);
	if (fits)
		golang_pointer_foreign = getauxval(AT_HWCAP2) & FSGSBASE ? GOLANG_POINTER_BY_INSTRUCTION :
									   GOLANG_POINTER_BY_CALL;
	return fits;
}

/* ---- blocks -------------------------------------------------------------------------------------------- */

/* What threads that ended left is used again, and never unmapped. */
#define BLOCKS 8192u
#define TRIES 64u
static struct golang_block *blocks[BLOCKS];
static uint32_t used, turn;

static bool ended(uint32_t tid)
{
	return sys_call3(SYS_tgkill, state.pid, tid, 0) == -ESRCH;
}

static bool take(struct golang_block *block, uint32_t from, uint32_t tid)
{
	return __atomic_compare_exchange_n(&block->tid, &from, tid, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static struct golang_block *at(uint32_t i)
{
	return __atomic_load_n(&blocks[i % BLOCKS], __ATOMIC_ACQUIRE);
}

/* The child of a vfork has no number among our threads, and who lent it its fs waits until it is gone: then
 * what it made is that one's. */
static struct golang_block *childs(uintptr_t owner, uint32_t tid)
{
	uint32_t n = __atomic_load_n(&used, __ATOMIC_ACQUIRE);

	for (uint32_t i = 0; i < n && i < BLOCKS; i++) {
		struct golang_block *block = at(i);

		if (block && __atomic_load_n(&block->owner, __ATOMIC_ACQUIRE) == owner && take(block, 0, tid))
			return block;
	}
	return NULL;
}

static struct golang_block *use_again(uint32_t tid)
{
	uint32_t n = __atomic_load_n(&used, __ATOMIC_ACQUIRE);

	for (uint32_t i = 0; i < n && i < TRIES && !state.sandboxed; i++) {
		struct golang_block *block = at(__atomic_fetch_add(&turn, 1, __ATOMIC_RELAXED) % (n < BLOCKS ? n : BLOCKS));
		uint32_t was = block ? __atomic_load_n(&block->tid, __ATOMIC_RELAXED) : 0;

		if (was && ended(was) && take(block, was, tid))
			return block;
	}
	return NULL;
}

/* It lies in the lowest level of its stack, which is never lent. */
static struct golang_block *begin(uintptr_t stack, uint32_t tid, uintptr_t owner)
{
	uintptr_t fs = stack - 4 * BOUNDS_LENT + BELOW;
	struct golang_block *block = (struct golang_block *)(fs + ABOVE);

	block->fs = fs;
	block->stack = stack;
	block->tid = tid;
	block->owner = owner;
	return block;
}

static void keep(struct golang_block *block)
{
	uint32_t at = __atomic_fetch_add(&used, 1, __ATOMIC_ACQ_REL);

	if (at < BLOCKS)
		__atomic_store_n(&blocks[at], block, __ATOMIC_RELEASE);
	else
		__atomic_store_n(&used, BLOCKS, __ATOMIC_RELEASE);
}

static void fill(struct golang_block *block)
{
	uint64_t *to = (uint64_t *)(block->fs - BELOW);
	const uint64_t *from = (const uint64_t *)template;

	for (uint32_t i = 0; i < sizeof template / sizeof *to; i++)
		((volatile uint64_t *)to)[i] = from[i]; /* not by memcpy: it may look at what is thread-local */
	((uintptr_t *)block->fs)[0] = ((uintptr_t *)block->fs)[2] = block->fs; /* tcbhead_t's tcb and self */
	*(uintptr_t *)(block->fs + (uintptr_t)lent) = block->stack;
}

/* ---- the exchange -------------------------------------------------------------------------------------- */

/* arch_prctl(2); 0: the kernel does not say. */
static uintptr_t pointer(void)
{
	uintptr_t fs = 0;

	if (golang_pointer_foreign == GOLANG_POINTER_BY_INSTRUCTION)
		__asm__ volatile("rdfsbase %0" : "=r"(fs));
	else if (sys_call2(SYS_arch_prctl, ARCH_GET_FS, &fs) < 0)
		return 0;
	return fs;
}

static bool set_pointer(uintptr_t fs)
{
	if (golang_pointer_foreign == GOLANG_POINTER_BY_INSTRUCTION)
		__asm__ volatile("wrfsbase %0" : : "r"(fs) : "memory");
	else if (sys_call2(SYS_arch_prctl, ARCH_SET_FS, fs) < 0)
		return false;
	return true;
}

/* Of whatever fs is now: a handler that came meanwhile, and made a call of its own, has exchanged it. */
static uintptr_t current_g(void)
{
	uintptr_t g;

	__asm__ volatile("movq %%fs:-8, %0" : "=r"(g) : : "memory");
	return g;
}

/* Called by golang_exchange, on Go's fs, so with nothing thread-local in it: makes fs that of a block with
 * the stack that ends at `stack`, or of another, whose thread ended. A signal may come at any time: its
 * handler leaves g as it finds it, here and there. NULL: fs is as it was. */
struct golang_block *golang_lend(uintptr_t stack)
	__attribute__((visibility("hidden"), used, no_stack_protector));

struct golang_block *golang_lend(uintptr_t stack)
{
	bool child = (uint32_t)sys_call0(SYS_getpid) != state.pid;
	uint32_t tid = child ? 0 : (uint32_t)sys_call0(SYS_gettid);
	uintptr_t owner = pointer();
	struct golang_block *found = owner ? childs(owner, tid) : NULL, *block;

	if (!owner)
		return NULL;
	if (!found && !child)
		found = use_again(tid);
	block = found ? found : begin(stack, tid, owner);
	fill(block);
	__atomic_store_n(&block->owner, owner, __ATOMIC_RELEASE);
	((uintptr_t *)block->fs)[-1] = current_g();
	if (!set_pointer(block->fs))
		return NULL;
	if (!found)
		keep(block);
	return block;
}
#else
bool golang_pointer_learn(void)
{
	return false;
}
#endif
