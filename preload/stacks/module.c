/* SPDX-License-Identifier: Apache-2.0 */
#include "stacks/module.h"

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>

#include "core/arena.h"
#include "core/names.h"
#include "here/bounds.h"
#include "here/presence.h"
#include "here/program.h"
#include "stacks/unwind.h"

/* Bytes of stack: dl_iterate_phdr takes the loader's locks, and calls us. */
#define STACK_NEEDED (4u << 10)

void (*module_seen)(const struct dl_phdr_info *info);
static unsigned long long seen_adds = ~0ull; /* dlpi_adds when we last looked */
static int busy;

/* Go's type and owner (cmd/link/internal/ld/elf.go): its end tells contents apart (cmd/go/internal/work). */
#define NT_GO_BUILD_ID 4

static void put_build_id(struct dump_module *m, const uint8_t *id, size_t size, uint8_t flags)
{
	m->build_id_size = (uint8_t)size;
	m->flags = flags;
	memcpy(m->build_id, id, size);
}

static void read_build_id(struct dump_module *m, const uint8_t *p, size_t size)
{
	while (size >= sizeof(ElfW(Nhdr))) {
		const ElfW(Nhdr) *note = (const void *)p;
		size_t name = (note->n_namesz + 3u) & ~3u, desc = (note->n_descsz + 3u) & ~3u;

		if (size - sizeof *note < name + desc)
			return;
		const uint8_t *id = (const uint8_t *)(note + 1) + name;

		if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 &&
		    memcmp(note + 1, "GNU", 4) == 0 && note->n_descsz <= sizeof m->build_id) {
			put_build_id(m, id, note->n_descsz, 0);
			return;
		}
		if (note->n_type == NT_GO_BUILD_ID && note->n_namesz == 4 && memcmp(note + 1, "Go\0", 4) == 0 &&
		    !m->build_id_size) {
			size_t last = note->n_descsz < sizeof m->build_id ? note->n_descsz : sizeof m->build_id;

			put_build_id(m, id + note->n_descsz - last, last, DUMP_MODULE_GO_ID);
		}
		p += sizeof *note + name + desc;
		size -= sizeof *note + name + desc;
	}
}

static void describe(struct dump_module *m, const struct dl_phdr_info *info)
{
	m->bias = info->dlpi_addr;
	m->start = UINT64_MAX;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uint64_t at = info->dlpi_addr + ph->p_vaddr;

		if (ph->p_type == PT_NOTE)
			read_build_id(m, (const uint8_t *)(uintptr_t)at, ph->p_memsz);
		if (ph->p_type != PT_LOAD)
			continue;
		if (at < m->start)
			m->start = at;
		if (at + ph->p_memsz > m->end)
			m->end = at + ph->p_memsz;
	}
}

/* The main program has no name in the linker's list. */
static uint32_t path_of(const char *name)
{
	static char path[1024]; /* of who is `busy` */
	size_t n;

	if (name && *name)
		return names_intern(&here, name, strlen(name));
	n = state.sandboxed ? 0 : program_path(path, sizeof path);
	return n ? names_intern(&here, path, n) : 0;
}

static bool known(const struct dump_module *m, uint32_t count)
{
	while (count--) {
		const struct dump_module *other = arena_item(&here, ARENA_MODULES, count);

		if (other->start == m->start && other->end == m->end && other->bias == m->bias &&
		    other->build_id_size == m->build_id_size &&
		    memcmp(other->build_id, m->build_id, m->build_id_size) == 0)
			return true;
	}
	return false;
}

static int visit(struct dl_phdr_info *info, size_t size, void *data)
{
	struct dump_module m = {0}, *slot;
	uint32_t at;

	if (seen_adds == info->dlpi_adds + info->dlpi_subs)
		return 1; /* the same for each: nothing was loaded or unloaded */
	*(unsigned long long *)data = info->dlpi_adds + info->dlpi_subs;
	describe(&m, info);
	if (m.start >= m.end || known(&m, (uint32_t)here.arena.process->modules))
		return 0;
	if (module_seen)
		module_seen(info);
	m.path = path_of(info->dlpi_name);
	at = arena_take(&here, ARENA_MODULES, 1);
	if (at == ARENA_NONE || at != here.arena.process->modules)
		return 0;
	slot = arena_item(&here, ARENA_MODULES, at);
	*slot = m;
	__atomic_store_n(&here.arena.process->modules, at + 1, __ATOMIC_RELEASE);
	return 0;
}

uint32_t module_refresh(void)
{
	if (!here.arena.process)
		return 0;
	if (bounds_room() >= STACK_NEEDED) {
		if (__atomic_exchange_n(&busy, 1, __ATOMIC_ACQUIRE))
			return 0; /* another thread adds what was loaded */
		if (unwind_enter()) {
			unsigned long long now = seen_adds;

			dl_iterate_phdr(visit, &now);
			seen_adds = now;
			unwind_leave();
		}
		__atomic_store_n(&busy, 0, __ATOMIC_RELEASE);
	}
	return (uint32_t)__atomic_load_n(&here.arena.process->modules, __ATOMIC_ACQUIRE);
}

void module_forget(void)
{
	seen_adds = ~0ull;
	busy = 0;
}
