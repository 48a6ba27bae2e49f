/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plug-ins that are loaded with RTLD_DEEPBIND (PHP's extensions, and libcurl with them): they look in their
 * own libraries before the global scope, so find libc's functions and not ours. Once they are loaded, what
 * they import is pointed at our wrappers, slot by slot, as if they had looked where everybody looks.
 *
 * Only where that is the one difference: a slot that holds, or would be given on its first use, the very
 * function that our wrapper calls. What an initializer of such a library has done before is not seen, nor
 * what a library has copied from a slot by then.
 *
 * dlopen looks at who calls it (DT_RUNPATH, dlopen(3)): without the flag it is a jump, and with it a call
 * only where the caller makes no difference.
 */
#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/file.h"
#include "here/presence.h"
#include "hooks/late.h"
#include "stacks/stack.h"

#if defined(__x86_64__)
#define SLOT_LAZY R_X86_64_JUMP_SLOT
#define SLOT_BOUND R_X86_64_GLOB_DAT
#define SLOT_DATA R_X86_64_64
#else
#define SLOT_LAZY R_AARCH64_JUMP_SLOT
#define SLOT_BOUND R_AARCH64_GLOB_DAT
#define SLOT_DATA R_AARCH64_ABS64
#endif

typedef void *dlopen_fn(const char *file, int mode);
extern __attribute__((visibility("hidden"))) dlopen_fn *connleak_real_dlopen;

extern const struct hook __start_connleak_hooks[], __stop_connleak_hooks[];
extern const struct late_row __start_connleak_late[], __stop_connleak_late[];

/* ---- a library that was loaded ------------------------------------------------------------------------ */

struct library {
	uintptr_t base, from, to; /* from the first to behind the last byte mapped */
	uintptr_t relro, relro_end; /* pages that were made read-only */
	const ElfW(Sym) *symbols;
	const char *strings;
	const ElfW(Half) *versions;
	const ElfW(Verneed) *needed;
	const ElfW(Rela) *slots[2];
	size_t count[2];
};

#define LIBRARIES 256u /* so many may be loaded at once, and so many be there before */
#define KNOWN 4096u

struct loading {
	uint32_t known, count;
	uintptr_t before[KNOWN];
	struct library libraries[LIBRARIES];
};

static void read_header(struct library *l, const ElfW(Phdr) *p, const ElfW(Dyn) **dynamic)
{
	uintptr_t from = l->base + p->p_vaddr, page = (uintptr_t)getpagesize();

	switch (p->p_type) {
	case PT_LOAD:
		l->from = !l->from || from < l->from ? from : l->from;
		l->to = from + p->p_memsz > l->to ? from + p->p_memsz : l->to;
		break;
	case PT_GNU_RELRO: /* as the loader rounds it */
		l->relro = from & -page;
		l->relro_end = (from + p->p_memsz) & -page;
		break;
	case PT_DYNAMIC: *dynamic = (const void *)from; break;
	default: break;
	}
}

static void read_dynamic(struct library *l, const ElfW(Dyn) *d)
{
	for (; d->d_tag != DT_NULL; d++) {
		const void *at = (const void *)(d->d_un.d_ptr < l->base ? l->base + d->d_un.d_ptr : d->d_un.d_ptr);

		switch (d->d_tag) {
		case DT_SYMTAB: l->symbols = at; break;
		case DT_STRTAB: l->strings = at; break;
		case DT_VERSYM: l->versions = at; break;
		case DT_VERNEED: l->needed = at; break;
		case DT_JMPREL: l->slots[0] = at; break;
		case DT_PLTRELSZ: l->count[0] = d->d_un.d_val / sizeof(ElfW(Rela)); break;
		case DT_RELA: l->slots[1] = at; break;
		case DT_RELASZ: l->count[1] = d->d_un.d_val / sizeof(ElfW(Rela)); break;
		default: break;
		}
	}
}

static int note_known(struct dl_phdr_info *info, size_t size, void *data)
{
	struct loading *l = data;

	(void)size;
	if (l->known < KNOWN)
		l->before[l->known] = info->dlpi_addr;
	return l->known++ >= KNOWN;
}

static int note_new(struct dl_phdr_info *info, size_t size, void *data)
{
	struct loading *l = data;
	struct library *to = &l->libraries[l->count];
	const ElfW(Dyn) *dynamic = NULL;

	(void)size;
	for (uint32_t i = 0; i < l->known; i++)
		if (l->before[i] == info->dlpi_addr)
			return 0;
	*to = (struct library){.base = info->dlpi_addr};
	for (unsigned i = 0; i < info->dlpi_phnum; i++)
		read_header(to, &info->dlpi_phdr[i], &dynamic);
	if (!dynamic)
		return 0;
	read_dynamic(to, dynamic);
	l->count += to->symbols && to->strings;
	return l->count == LIBRARIES;
}

/* ---- what it imports ----------------------------------------------------------------------------------- */

/* The version under which the library wants a symbol; NULL none. */
static const char *version_of(const struct library *l, uint32_t symbol)
{
	uint32_t wanted = l->versions ? l->versions[symbol] & 0x7fff : 0;
	const ElfW(Verneed) *n = wanted > 1 ? l->needed : NULL;

	while (n) {
		const ElfW(Vernaux) *a = (const void *)((const char *)n + n->vn_aux);

		for (unsigned i = 0; i < n->vn_cnt; i++, a = (const void *)((const char *)a + a->vna_next))
			if ((a->vna_other & 0x7fff) == wanted)
				return l->strings + a->vna_name;
		n = n->vn_next ? (const void *)((const char *)n + n->vn_next) : NULL;
	}
	return NULL;
}

/* `ours` stands for `real`. */
struct stand_in {
	void *real, *ours;
};

/* What it calls is libc's already, and not what finds that (around.h). */
static bool bound(const struct hook *h)
{
	return *h->real && !stack_is_own(*h->real);
}

static struct stand_in hooked(const char *name)
{
	for (const struct hook *h = __start_connleak_hooks; h < __stop_connleak_hooks; h++)
		if (*h->name == *name && strcmp(h->name, name) == 0)
			return (struct stand_in){bound(h) ? *h->real : hook_resolve(h), h->ours};
	return (struct stand_in){NULL, NULL};
}

/* Our wrapper calls the next in the global scope, if there is any: it has to be the same one. */
static struct stand_in late_hooked(const struct library *l, void *handle, uint32_t symbol, const char *name)
{
	const char *version = NULL;

	for (const struct late_row *r = __start_connleak_late; r < __stop_connleak_late; r++) {
		void *real, *global;

		if (strcmp(r->late.name, name) != 0)
			continue;
		version = version ? version : version_of(l, symbol);
		if (!version || strcmp(r->late.version, version) != 0)
			continue;
		real = dlvsym(handle, name, version);
		global = late_global(&r->late);
		return (struct stand_in){!global || global == real ? real : NULL, r->ours};
	}
	return (struct stand_in){NULL, NULL};
}

/* Before glibc 2.34 libpthread has close() and others once more: our wrappers call its own, and who knows
 * libc alone finds libc's, which is the same to a program. */
static bool is_libcs_twin(const char *name, const void *found, const void *real)
{
#if __GLIBC_PREREQ(2, 34)
	(void)name, (void)found, (void)real;
	return false;
#else
	static void *files[2]; /* which stay where they are */

	if (!files[0])
		files[0] = connleak_real_dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
	if (!files[1])
		files[1] = connleak_real_dlopen("libpthread.so.0", RTLD_LAZY | RTLD_NOLOAD);
	if (!files[0] || !files[1])
		return false;
	return found && real && found == dlsym(files[0], name) && real == dlsym(files[1], name);
#endif
}

/* A slot that was not used yet leads back into the library, to where it asks for the function. */
static bool would_find(const struct library *l, void *handle, const char *name, uintptr_t now,
		       const void *real)
{
	const void *found = now >= l->from && now < l->to ? dlsym(handle, name) : (const void *)now;

	return found == real || is_libcs_twin(name, found, real);
}

static bool writable(const struct library *l, uintptr_t slot, bool *opened)
{
	if (slot < l->relro || slot >= l->relro_end)
		return true;
	if (!*opened)
		*opened = mprotect((void *)l->relro, l->relro_end - l->relro, PROT_READ | PROT_WRITE) == 0;
	return *opened;
}

static void point(const struct library *l, void *handle, const ElfW(Rela) *r, bool *opened)
{
	uint32_t symbol = (uint32_t)ELF64_R_SYM(r->r_info), type = (uint32_t)ELF64_R_TYPE(r->r_info);
	uintptr_t *slot = (uintptr_t *)(l->base + r->r_offset);
	const char *name;
	struct stand_in it;

	if (!symbol || (type != SLOT_LAZY && type != SLOT_BOUND && type != SLOT_DATA) || r->r_addend ||
	    l->symbols[symbol].st_shndx != SHN_UNDEF || (uintptr_t)slot < l->from || (uintptr_t)slot >= l->to)
		return;
	name = l->strings + l->symbols[symbol].st_name;
	it = hooked(name);
	if (!it.ours)
		it = late_hooked(l, handle, symbol, name);
	if (it.real && it.ours && would_find(l, handle, name, *slot, it.real) &&
	    writable(l, (uintptr_t)slot, opened))
		__atomic_store_n(slot, (uintptr_t)it.ours, __ATOMIC_RELEASE);
}

static void point_all(const struct library *l, void *handle)
{
	bool opened = false;

	for (unsigned k = 0; k < 2; k++)
		for (size_t i = 0; l->slots[k] && i < l->count[k]; i++)
			point(l, handle, &l->slots[k][i], &opened);
	if (opened)
		mprotect((void *)l->relro, l->relro_end - l->relro, PROT_READ);
}

/* ---- dlopen -------------------------------------------------------------------------------------------- */

static dlopen_fn first;
__attribute__((visibility("hidden"))) dlopen_fn *connleak_real_dlopen = first;
__attribute__((visibility("hidden"), used)) dlopen_fn connleak_recorded_dlopen, connleak_dlopen;
static const struct hook row_dlopen
	__attribute__((section("connleak_hooks"), used, aligned(sizeof(void *)))) = {
	"dlopen", (void **)(void *)&connleak_real_dlopen, (void *)connleak_dlopen};

/* Until the real one is bound. */
static void *first(const char *file, int mode)
{
	dlopen_fn *real = (dlopen_fn *)hook_resolve(&row_dlopen);

	return real(file, mode);
}

/* Does it matter who asks for this file? A name without a slash is sought where the caller's library says. */
static bool anybody_may_ask(const char *file, const void *caller)
{
	struct link_map *map = NULL;
	Dl_info info;

	if (strchr(file, '/'))
		return true;
	if (!dladdr1(caller, &info, (void **)&map, RTLD_DL_LINKMAP) || !map)
		return false;
	for (const ElfW(Dyn) *d = map->l_ld; d && d->d_tag != DT_NULL; d++)
		if (d->d_tag == DT_RPATH || d->d_tag == DT_RUNPATH)
			return false;
	return true;
}

static void *load(const char *file, int mode, struct loading *l)
{
	void *handle;

	RECORD dl_iterate_phdr(note_known, l);
	handle = connleak_real_dlopen(file, mode);
	if (handle && l->known < KNOWN)
		RECORD {
			dl_iterate_phdr(note_new, l);
			for (uint32_t i = 0; i < l->count; i++)
				point_all(&l->libraries[i], handle);
			dlerror(); /* what was not there is nobody else's business */
		}
	return handle;
}

void *connleak_recorded_dlopen(const char *file, int mode)
{
	struct loading *l = NULL;
	void *handle;

	if (file && !state.off && !state.sandboxed && anybody_may_ask(file, __builtin_return_address(0)))
		l = file_memory(sizeof *l);
	if (!l)
		return connleak_real_dlopen(file, mode);
	handle = load(file, mode, l);
	file_free(l, sizeof *l);
	return handle;
}

#if defined(__x86_64__)
_Static_assert(RTLD_DEEPBIND == 8, "the flag below");
__asm__(".text\n"
	".globl dlopen\n"
	".type dlopen, @function\n"
	".hidden connleak_dlopen\n"
	".globl connleak_dlopen\n"
	".type connleak_dlopen, @function\n"
	"dlopen:\n"
	"connleak_dlopen:\n"
	".cfi_startproc\n"
	"	testl $8, %esi\n"
	"	jne 1f\n"
	"	jmp *connleak_real_dlopen(%rip)\n"
	"1:	jmp connleak_recorded_dlopen\n"
	".cfi_endproc\n"
	".size dlopen, .-dlopen\n");
#else
/* A call at the very end is a jump. */
void *connleak_dlopen(const char *file, int mode)
{
	if (mode & RTLD_DEEPBIND)
		return connleak_recorded_dlopen(file, mode);
	return connleak_real_dlopen(file, mode);
}
EXPORT void *dlopen(const char *file, int mode) __attribute__((alias("connleak_dlopen")));
#endif
