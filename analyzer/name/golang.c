/* SPDX-License-Identifier: Apache-2.0 */
#include "name/golang.h"

#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "goimage/code.h"

#if defined(__x86_64__)
#define RELATIVE R_X86_64_RELATIVE
#elif defined(__aarch64__)
#define RELATIVE R_AARCH64_RELATIVE
#else
#define RELATIVE 0xffffffff
#endif

struct golang {
	uint8_t *bytes; /* of the file, a private copy: relocated */
	size_t size;
	struct go_image image;
};

/* A part of the file, bounded; NULL when it is not all there. */
static void *part(const struct golang *g, uint64_t at, uint64_t size)
{
	return at <= g->size && size <= g->size - at ? g->bytes + at : NULL;
}

static const Elf64_Phdr *headers_of(const struct golang *g, uint16_t *count)
{
	const Elf64_Ehdr *eh = part(g, 0, sizeof *eh);

	if (!eh || memcmp(eh->e_ident, ELFMAG, SELFMAG) != 0 || eh->e_ident[EI_CLASS] != ELFCLASS64 ||
	    eh->e_ident[EI_DATA] != ELFDATA2LSB || eh->e_phentsize != sizeof(Elf64_Phdr) || (eh->e_phoff & 7))
		return NULL;
	*count = eh->e_phnum;
	return part(g, eh->e_phoff, eh->e_phnum * sizeof(Elf64_Phdr));
}

static bool go_note(const struct golang *g, const Elf64_Phdr *ph)
{
	static const uint8_t owner[] = {'G', 'o', 0, 0};
	const uint8_t *at = part(g, ph->p_offset, ph->p_filesz);

	return at && ph->p_filesz >= 16 &&
	       memmem(at, ph->p_filesz < 4096 ? ph->p_filesz : 4096, owner, sizeof owner);
}

/* Segments as far as they are in the file. Where Go was told to leave no build id there is no note
 * at all, which is rare elsewhere. */
static bool segments(struct golang *g)
{
	uint16_t count;
	const Elf64_Phdr *ph = headers_of(g, &count);
	bool go = false, noted = false;

	for (uint16_t i = 0; ph && i < count; i++) {
		const uint8_t *bytes = part(g, ph[i].p_offset, ph[i].p_filesz);

		noted = noted || ph[i].p_type == PT_NOTE;
		if (ph[i].p_type == PT_NOTE)
			go = go || go_note(g, &ph[i]);
		if (ph[i].p_type != PT_LOAD || !bytes || ph[i].p_vaddr + ph[i].p_filesz < ph[i].p_vaddr ||
		    g->image.count == GO_SEGMENTS_MAX)
			continue;
		g->image.segments[g->image.count++] = (struct go_segment){
			ph[i].p_vaddr, ph[i].p_vaddr + ph[i].p_filesz, bytes, ph[i].p_flags & PF_W};
	}
	return go || (ph && !noted && ((const Elf64_Ehdr *)(const void *)g->bytes)->e_type == ET_EXEC);
}

static uint8_t *at_address(const struct golang *g, uint64_t at, uint64_t size)
{
	for (uint32_t i = 0; i < g->image.count; i++) {
		const struct go_segment *s = &g->image.segments[i];

		if (at >= s->start && at < s->end && size <= s->end - at)
			return (uint8_t *)(uintptr_t)s->bytes + (at - s->start);
	}
	return NULL;
}

static uint64_t dynamic(const Elf64_Dyn *d, size_t n, int64_t tag)
{
	for (size_t i = 0; d && i < n && d[i].d_tag != DT_NULL; i++)
		if (d[i].d_tag == tag)
			return d[i].d_un.d_val;
	return 0;
}

/* A position-independent program's pointers are in its relocations. */
static void relocate(struct golang *g)
{
	uint16_t count;
	const Elf64_Phdr *ph = headers_of(g, &count);

	for (uint16_t i = 0; ph && i < count; i++) {
		const Elf64_Dyn *d = ph[i].p_type == PT_DYNAMIC && !(ph[i].p_offset & 7) ?
					     part(g, ph[i].p_offset, ph[i].p_filesz) : NULL;
		size_t n = ph[i].p_filesz / sizeof *d;
		uint64_t size = dynamic(d, n, DT_RELASZ), at = dynamic(d, n, DT_RELA);
		const uint8_t *rela = size ? at_address(g, at, size) : NULL;

		for (uint64_t k = 0; rela && k + sizeof(Elf64_Rela) <= size; k += sizeof(Elf64_Rela)) {
			Elf64_Rela r;
			uint8_t *to;

			memcpy(&r, rela + k, sizeof r);
			to = ELF64_R_TYPE(r.r_info) == RELATIVE ? at_address(g, r.r_offset, 8) : NULL;
			if (to)
				memcpy(to, &r.r_addend, 8);
		}
	}
}

static bool map(struct golang *g, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	void *bytes = MAP_FAILED;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
		bytes = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	close(fd);
	if (bytes == MAP_FAILED)
		return false;
	g->bytes = bytes;
	g->size = (size_t)st.st_size;
	return true;
}

struct golang *golang_open(const char *path)
{
	struct golang *g = calloc(1, sizeof *g);

	if (!g)
		return NULL;
	if (map(g, path) && segments(g)) {
		relocate(g);
		if (go_image_open(&g->image, 0))
			return g;
	}
	golang_close(g);
	return NULL;
}

void golang_close(struct golang *g)
{
	if (!g)
		return;
	if (g->bytes)
		munmap(g->bytes, g->size);
	free(g);
}

const struct go_image *golang_image(const struct golang *g)
{
	return &g->image;
}

uint64_t golang_entry(const struct golang *g)
{
	return ((const Elf64_Ehdr *)(const void *)g->bytes)->e_entry;
}

uint32_t golang_places(const struct golang *g, uint64_t address, struct go_place *to, uint32_t max)
{
	return go_image_places(&g->image, address, to, max);
}

bool golang_known(const char *path)
{
	struct go_site calls[GO_CALLS_MAX];
	struct golang *g = golang_open(path);
	bool known = g && go_image_calls(&g->image, calls) && go_image_goroutines(&g->image);

	golang_close(g);
	return known;
}

bool golang_library(const char *function, const char *file)
{
	static const char words[] = " bufio bytes compress container context crypto database debug embed encoding "
				    "errors expvar flag fmt go hash html image index internal io iter log maps math mime net os path "
				    "plugin reflect runtime slices sort strconv strings structs sync syscall "
				    "testing text time unicode unique vendor ";
	size_t size = function ? strcspn(function, "./") : 0, length = file ? strlen(file) : 0;
	char word[32];

	if (!size || size > 24 || !length)
		return false;
	if (strcmp(file, "<autogenerated>") != 0 && (length < 3 || strcmp(file + length - 3, ".go") != 0))
		return false;
	word[0] = ' ';
	memcpy(word + 1, function, size);
	memcpy(word + 1 + size, " ", 2);
	return strstr(words, word) && (file[0] != '/' || strstr(file, "/src/"));
}
