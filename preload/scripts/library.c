/* SPDX-License-Identifier: Apache-2.0 */
#include "scripts/library.h"

#include <string.h>

/* glibc has added the load address to these, but for libraries whose table it could not write to. */
static uintptr_t pointer(const struct library *l, const ElfW(Dyn) *d)
{
	return d->d_un.d_ptr < l->bias ? d->d_un.d_ptr + l->bias : d->d_un.d_ptr;
}

static void read_dynamic(struct library *l, const ElfW(Dyn) *d)
{
	for (; d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_SYMTAB)
			l->symbols = (const ElfW(Sym) *)pointer(l, d);
		else if (d->d_tag == DT_STRTAB)
			l->strings = (const char *)pointer(l, d);
		else if (d->d_tag == DT_GNU_HASH)
			l->hash = (const uint32_t *)pointer(l, d);
		else if (d->d_tag == DT_JMPREL)
			l->jumps = (const ElfW(Rela) *)pointer(l, d);
		else if (d->d_tag == DT_PLTRELSZ)
			l->jump_count = d->d_un.d_val / sizeof *l->jumps;
	}
}

bool library_of(struct library *l, const struct dl_phdr_info *info)
{
	*l = (struct library){.bias = info->dlpi_addr, .start = UINTPTR_MAX,
			      .path = info->dlpi_name ? info->dlpi_name : ""};
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uintptr_t at = info->dlpi_addr + ph->p_vaddr;

		if (ph->p_type == PT_DYNAMIC)
			read_dynamic(l, (const ElfW(Dyn) *)at);
		if (ph->p_type != PT_LOAD || !(ph->p_flags & PF_X))
			continue;
		l->start = at < l->start ? at : l->start;
		l->end = at + ph->p_memsz > l->end ? at + ph->p_memsz : l->end;
	}
	return l->symbols && l->strings && l->hash && l->start < l->end;
}

static uint32_t gnu_hash(const char *name)
{
	uint32_t h = 5381;

	for (; *name; name++)
		h = h * 33 + (unsigned char)*name;
	return h;
}

static bool defines(const struct library *l, const ElfW(Sym) *s, const char *name)
{
	return s->st_shndx != SHN_UNDEF && ELF64_ST_TYPE(s->st_info) != STT_TLS &&
	       ELF64_ST_TYPE(s->st_info) != STT_GNU_IFUNC && strcmp(l->strings + s->st_name, name) == 0;
}

/* The table: how many buckets, its first symbol, words and shift of a Bloom filter; the filter, the buckets,
 * then a word for each symbol, whose lowest bit ends a bucket (https://flapenguin.me/elf-dt-gnu-hash). */
void *library_symbol(const struct library *l, const char *name, size_t *size)
{
	const uint32_t buckets = l->hash[0], first = l->hash[1], words = l->hash[2], shift = l->hash[3];
	const uint32_t h = gnu_hash(name);
	const ElfW(Addr) *filter = (const void *)(l->hash + 4);
	const uint32_t *bucket = (const void *)(filter + words), *chain = bucket + buckets;
	const unsigned bits = sizeof *filter * 8;
	ElfW(Addr) word;

	if (!buckets || !words)
		return NULL;
	word = filter[h / bits % words];
	if (!(word >> h % bits & 1) || !(word >> (h >> shift) % bits & 1))
		return NULL;
	for (uint32_t i = bucket[h % buckets]; i >= first; i++) {
		const ElfW(Sym) *s = &l->symbols[i];

		if ((chain[i - first] | 1) == (h | 1) && defines(l, s, name)) {
			if (size)
				*size = s->st_size;
			return (void *)(l->bias + s->st_value);
		}
		if (chain[i - first] & 1)
			break;
	}
	return NULL;
}
