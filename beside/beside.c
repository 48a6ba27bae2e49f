/* SPDX-License-Identifier: Apache-2.0 */
#include "beside/beside.h"

#include <elf.h>
#include <string.h>

#if defined(__x86_64__)
#include "beside/tracee.h"

#define HEADERS_MAX 32u
#define PAGE 4096ull
#define UP(x) (((x) + PAGE - 1) & ~(PAGE - 1))

static const char linker[] = "/lib64/ld-linux-x86-64.so.2";

/* ---- which program ------------------------------------------------------------------------------------- */

/* Static, and nothing of a C library's: that would have thread-local variables. */
static bool alone(const Elf64_Phdr *ph, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		if (ph[i].p_type == PT_INTERP || ph[i].p_type == PT_DYNAMIC || ph[i].p_type == PT_TLS)
			return false;
	return true;
}

static bool go_note(const uint8_t *at, size_t size)
{
	return size >= 16 && at[0] == 4 && memcmp(at + 12, "Go\0", 4) == 0;
}

bool beside_fits(const void *head, size_t size, bool note)
{
	const Elf64_Ehdr *elf = head;
	const Elf64_Phdr *ph = (const void *)((const char *)head + elf->e_phoff);
	bool noted = false;

	if (size < sizeof *elf || elf->e_type != ET_EXEC || elf->e_machine != EM_X86_64 ||
	    elf->e_phnum > HEADERS_MAX || (elf->e_phoff & 7) || elf->e_phoff > size ||
	    (size - elf->e_phoff) / sizeof *ph < elf->e_phnum)
		return false;
	for (int i = 0; i < elf->e_phnum; i++)
		noted = noted || ph[i].p_type == PT_NOTE;
	return (noted || !note) && alone(ph, elf->e_phnum);
}

/* ---- what the kernel left it --------------------------------------------------------------------------- */

struct begun {
	struct tracee *t;
	uint64_t auxiliary, phdr, phnum, vdso;
	Elf64_Phdr headers[HEADERS_MAX + 3];
};

/* Is `library` in this string of the environment, if it is LD_PRELOAD? */
static bool preloads(struct tracee *t, uint64_t string, const char *library)
{
	static const char name[] = "LD_PRELOAD=";
	char text[sizeof name - 1];
	size_t length = strlen(library), hit = 0;
	char c;

	if (!tracee_read(t, string, text, sizeof text) || memcmp(text, name, sizeof text) != 0)
		return false;
	for (string += sizeof text; hit < length && tracee_read(t, string, &c, 1) && c; string++)
		hit = c == library[hit] ? hit + 1 : c == library[0];
	return hit == length;
}

/* argc, argv, NULL, environment, NULL, auxiliary vector. */
static bool read_stack(struct begun *b, const char *library)
{
	uint64_t at = b->t->regs.rsp, count = tracee_word(b->t, at), string;
	bool preloaded = false;

	for (at += 8 * (count + 2); (string = tracee_word(b->t, at)); at += 8)
		preloaded = preloaded || preloads(b->t, string, library);
	b->auxiliary = at + 8;
	return preloaded;
}

static bool read_auxiliary(struct begun *b)
{
	bool plain = true;
	uint64_t kind;

	for (uint64_t at = b->auxiliary; (kind = tracee_word(b->t, at)) != AT_NULL; at += 16) {
		uint64_t is = tracee_word(b->t, at + 8);

		if (kind == AT_PHDR)
			b->phdr = is;
		else if (kind == AT_PHNUM)
			b->phnum = is;
		else if (kind == AT_SYSINFO_EHDR)
			b->vdso = is;
		else if (kind == AT_BASE || kind == AT_SECURE)
			plain = plain && !is;
		else if (kind == AT_ENTRY)
			plain = plain && is == b->t->regs.rip;
	}
	return plain && b->phdr && b->phnum && b->phnum <= HEADERS_MAX && b->vdso;
}

static bool read_headers(struct begun *b, bool known)
{
	Elf64_Phdr *own = b->headers + 3;
	uint8_t note[16];

	if (!tracee_read(b->t, b->phdr, own, b->phnum * sizeof *own) || !alone(own, b->phnum))
		return false;
	for (uint64_t i = 0; i < b->phnum; i++)
		if (own[i].p_type == PT_NOTE && tracee_read(b->t, own[i].p_vaddr, note, sizeof note) &&
		    go_note(note, sizeof note))
			return true;
	return known;
}

/* ---- ld.so --------------------------------------------------------------------------------------------- */

struct mapped {
	uint64_t base, size, entry;
};

static bool map_segment(struct tracee *t, const Elf64_Phdr *ph, uint64_t base, long fd)
{
	uint64_t start = ph->p_vaddr & ~(PAGE - 1), off = ph->p_vaddr - start, filed = ph->p_vaddr + ph->p_filesz;
	uint64_t end = ph->p_vaddr + ph->p_memsz;
	long prot = (ph->p_flags & PF_R ? 1 : 0) | (ph->p_flags & PF_W ? 2 : 0) | (ph->p_flags & PF_X ? 4 : 0);
	static const uint8_t zero[PAGE];

	if (tracee_map(t, base + start, ph->p_filesz + off, prot, fd, ph->p_offset - off) < 0)
		return false;
	if (end <= filed)
		return true;
	if (UP(filed) > filed && !tracee_write(t, base + filed, zero, UP(filed) - filed))
		return false;
	return end <= UP(filed) || tracee_map(t, base + UP(filed), end - UP(filed), prot, -1, 0) >= 0;
}

/* As the kernel would map it (its load_elf_interp()). */
static bool map_segments(struct tracee *t, const Elf64_Phdr *ph, int count, long fd, struct mapped *to)
{
	long base;

	for (int i = 0; i < count; i++)
		if (ph[i].p_type == PT_LOAD && ph[i].p_vaddr + ph[i].p_memsz > to->size)
			to->size = UP(ph[i].p_vaddr + ph[i].p_memsz);
	base = to->size ? tracee_map(t, 0, to->size, 0, -1, 0) : -1;
	if (base < 0)
		return false;
	to->base = (uint64_t)base;
	for (int i = 0; i < count; i++)
		if (ph[i].p_type == PT_LOAD && !map_segment(t, &ph[i], to->base, fd))
			return false;
	return true;
}

/* It is opened by the program itself, so in the program's own root. */
static bool map_linker(struct tracee *t, struct mapped *to)
{
	struct {
		Elf64_Ehdr elf;
		char rest[1024 - sizeof(Elf64_Ehdr)];
	} head __attribute__((aligned(8)));
	const Elf64_Phdr *ph;
	uint64_t path = (t->regs.rsp - 512) & ~15ull; /* below its stack pointer: nobody's */
	long fd, at;
	bool good = false;

	if (!tracee_write(t, path, linker, sizeof linker))
		return false;
	fd = tracee_call(t, SYS_openat, (uint64_t[6]){(uint64_t)-100, path, 02000000 /* O_CLOEXEC */});
	if (fd < 0)
		return false;
	at = tracee_map(t, 0, PAGE, 1, fd, 0);
	if (at >= 0 && tracee_read(t, (uint64_t)at, &head, sizeof head) && memcmp(&head, ELFMAG, SELFMAG) == 0 &&
	    head.elf.e_type == ET_DYN && head.elf.e_machine == EM_X86_64 && head.elf.e_phoff == sizeof head.elf &&
	    head.elf.e_phnum <= (sizeof head - sizeof head.elf) / sizeof *ph) {
		ph = (const void *)((const char *)&head + sizeof head.elf);
		to->entry = head.elf.e_entry;
		good = map_segments(t, ph, head.elf.e_phnum, fd, to);
	}
	if (at >= 0)
		tracee_unmap(t, (uint64_t)at, PAGE);
	tracee_call(t, SYS_close, (uint64_t[6]){(uint64_t)fd});
	return good;
}

/* ---- the second headers -------------------------------------------------------------------------------- */

/* A dynamic section that needs and offers nothing, and what it points to. */
struct nothing {
	Elf64_Dyn dynamic[6];
	uint32_t hash[4];
	Elf64_Sym symbol;
	char strings[8], path[sizeof linker];
};

#define NOTHING 3072u /* where it lies on the page */
_Static_assert(BESIDE_HEADERS + (HEADERS_MAX + 3) * sizeof(Elf64_Phdr) <= NOTHING, "headers fit before it");

#define AT(page, member) ((page) + NOTHING + offsetof(struct nothing, member))

/* Why each: without PT_INTERP ld.so asserts that there is one (rtld_setup_main_map()); without a string table
 * it follows a null pointer; without PT_TLS the first library's variables would lie where Go has g. */
static bool write_headers(struct begun *b, uint64_t page, int helper)
{
	struct beside_page first = {BESIDE_MAGIC, (uint64_t)helper, b->auxiliary, b->phdr, b->phnum};
	struct nothing none = {
		.dynamic = {{DT_STRTAB, {AT(page, strings)}}, {DT_STRSZ, {1}}, {DT_SYMTAB, {AT(page, symbol)}},
			    {DT_SYMENT, {sizeof(Elf64_Sym)}}, {DT_HASH, {AT(page, hash)}}, {DT_NULL, {0}}},
		.hash = {1, 1, 0, 0},
	};

	memcpy(none.path, linker, sizeof linker);
	b->headers[0] = (Elf64_Phdr){.p_type = PT_INTERP, .p_flags = PF_R, .p_vaddr = AT(page, path),
				     .p_filesz = sizeof linker, .p_memsz = sizeof linker, .p_align = 1};
	b->headers[1] = (Elf64_Phdr){.p_type = PT_TLS, .p_flags = PF_R, .p_vaddr = AT(page, strings), .p_memsz = 8,
				     .p_align = 8};
	b->headers[2] = (Elf64_Phdr){.p_type = PT_DYNAMIC, .p_flags = PF_R | PF_W, .p_vaddr = AT(page, dynamic),
				     .p_filesz = sizeof none.dynamic, .p_memsz = sizeof none.dynamic, .p_align = 8};
	for (uint64_t i = 3; i < b->phnum + 3; i++)
		if (b->headers[i].p_type == PT_PHDR) /* by which ld.so knows how far the program was moved: not at all */
			b->headers[i].p_vaddr = b->headers[i].p_paddr = page + BESIDE_HEADERS;
	return tracee_write(b->t, page, &first, sizeof first) &&
	       tracee_write(b->t, page + NOTHING, &none, sizeof none) &&
	       tracee_write(b->t, page + BESIDE_HEADERS, b->headers, (b->phnum + 3) * sizeof *b->headers);
}

static bool write_auxiliary(struct begun *b, uint64_t phdr, uint64_t phnum, uint64_t base)
{
	uint64_t kind;
	bool good = true;

	for (uint64_t at = b->auxiliary; (kind = tracee_word(b->t, at)) != AT_NULL; at += 16) {
		uint64_t is = kind == AT_PHDR ? phdr : kind == AT_PHNUM ? phnum : base;

		if (kind == AT_PHDR || kind == AT_PHNUM || kind == AT_BASE)
			good = tracee_write(b->t, at + 8, &is, sizeof is) && good;
	}
	return good;
}

/* ---- all of it ----------------------------------------------------------------------------------------- */

static bool begin(struct begun *b, int helper)
{
	struct mapped linked = {0, 0, 0};
	long page = -1;

	if (!tracee_can_call(b->t, b->vdso))
		return false;
	if (map_linker(b->t, &linked))
		page = tracee_map(b->t, 0, PAGE, 3, -1, 0);
	if (page >= 0 && write_headers(b, (uint64_t)page, helper) &&
	    write_auxiliary(b, (uint64_t)page + BESIDE_HEADERS, b->phnum + 3, linked.base) &&
	    tracee_go_on(b->t, linked.base + linked.entry))
		return true;
	write_auxiliary(b, b->phdr, b->phnum, 0);
	if (page >= 0)
		tracee_unmap(b->t, (uint64_t)page, PAGE);
	if (linked.base)
		tracee_unmap(b->t, linked.base, linked.size);
	tracee_go_on(b->t, b->t->regs.rip);
	return false;
}

long beside_seize(int pid)
{
	return tracee_seize(pid);
}

enum beside beside_follow(int pid, const char *library, int helper, bool known, int *status)
{
	struct tracee t = {.pid = pid};
	struct begun b = {.t = &t};
	bool done;

	if (!tracee_wait_for_exec(&t, status))
		return BESIDE_ENDED;
	done = t.stopped && read_stack(&b, library) && read_auxiliary(&b) && read_headers(&b, known) &&
	       begin(&b, helper);
	if (!tracee_let_go(&t, status))
		return BESIDE_ENDED;
	return done ? BESIDE_DONE : BESIDE_NOT;
}
#else
bool beside_fits(const void *head, size_t size, bool note)
{
	return false;
}

long beside_seize(int pid)
{
	return -38; /* ENOSYS */
}

enum beside beside_follow(int pid, const char *library, int helper, bool known, int *status)
{
	return BESIDE_NOT;
}
#endif
