/* SPDX-License-Identifier: Apache-2.0 */
#include "golang/golang.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/wait.h>

#include "beside/beside.h"
#include "goimage/code.h"
#include "golang/goroutine.h"
#include "golang/in_c.h"
#include "golang/patch.h"
#include "golang/pointer.h"
#include "golang/section.h"
#include "golang/crypto.h"
#include "here/presence.h"
#include "process_facts.h"
#include "sockets/address.h"
#include "unrecorded.h"

static uint64_t known[GO_NAMES_KNOWN];
static struct go_image image = {.known = known};

/* Go's linker leaves a note (cmd/link/internal/ld/elf.go), also in stripped programs. */
static bool go_note(const uint8_t *at, size_t size)
{
	for (size_t i = 0; i + sizeof(ElfW(Nhdr)) + 4 <= size;) {
		ElfW(Nhdr) note;

		memcpy(&note, at + i, sizeof note);
		if (note.n_namesz == 4 && memcmp(at + i + sizeof note, "Go\0", 4) == 0)
			return true;
		i += sizeof note + ((note.n_namesz + 3ul) & ~3ul) + ((note.n_descsz + 3ul) & ~3ul);
	}
	return false;
}

static bool needs_library(const ElfW(Dyn) *d)
{
	while (d->d_tag != DT_NULL && d->d_tag != DT_NEEDED)
		d++;
	return d->d_tag == DT_NEEDED;
}

struct found {
	bool go, library; /* it needs one: libc, for cgo */
	uint64_t base;
	const ElfW(Phdr) *words; /* thread-local ones */
};

/* The program itself comes first (dl_iterate_phdr(3)). */
static int look_at_program(struct dl_phdr_info *info, size_t size, void *into)
{
	struct found *found = into;

	found->base = info->dlpi_addr;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uint64_t start = info->dlpi_addr + ph->p_vaddr;

		if (ph->p_type == PT_NOTE)
			found->go = found->go || go_note((const uint8_t *)start, ph->p_filesz);
		else if (ph->p_type == PT_TLS)
			found->words = ph;
		else if (ph->p_type == PT_DYNAMIC)
			found->library = needs_library((const void *)start);
		else if (ph->p_type == PT_LOAD && (ph->p_flags & PF_R) && image.count < GO_SEGMENTS_MAX)
			image.segments[image.count++] = (struct go_segment){start, start + ph->p_memsz,
									    (const uint8_t *)start, ph->p_flags & PF_W};
	}
	return 1;
}

static bool watch(const struct go_function *reads, const struct go_function *writes)
{
	struct go_site read[GO_ENDS_MAX], write[GO_ENDS_MAX];
	uint32_t n = go_image_ends(&image, reads, read);

	if (!n || !go_image_ends(&image, writes, write) || !golang_tls_learn(&image))
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (!patch_watch(&read[i], i ? GOLANG_TLS_READ_BACK : GOLANG_TLS_READ))
			return false;
	return patch_watch(&write[0], GOLANG_TLS_WRITE);
}

/* Most programs have it, for net/http does. */
static void watch_tls(void)
{
	struct go_function f[] = {{"crypto/tls.(*Conn).Read", 0, 0}, {"crypto/tls.(*Conn).Write", 0, 0}};

	if (go_image_functions(&image, f, 2) && !watch(&f[0], &f[1]))
		process_crypto_declined();
}

static void note_version(void)
{
	size_t size;
	const char *version = go_image_version(&image, &size);

	process_runtime(version ? version : "go", version ? size : 2);
}

/* Who has put ld.so beside a static program leaves no trace: the auxiliary vector is as the kernel made it,
 * and a child that nobody knows of is waited for. */
static bool tidy(void)
{
	struct beside_page *page = beside_page(getauxval(AT_PHDR));
	ElfW(auxv_t) *at = page ? (ElfW(auxv_t) *)page->auxiliary : NULL;

	for (; at && at->a_type != AT_NULL; at++)
		if (at->a_type == AT_PHDR)
			at->a_un.a_val = page->phdr;
		else if (at->a_type == AT_PHNUM)
			at->a_un.a_val = page->phnum;
		else if (at->a_type == AT_BASE)
			at->a_un.a_val = 0;
	if (page && page->helper)
		sys_call4(SYS_wait4, page->helper, NULL, __WALL, NULL);
	return page;
}

/* Nobody but the launcher can have known before, and it looks at CMD only. */
static void decline(void)
{
	struct dump_unrecorded it = {.reason = DUMP_REASON_GO};

	if (sys_call4(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", it.path, sizeof it.path - 1) > 0)
		unrecorded_tell(&it, state.pid, false);
}

/* Where its file says that the table is, else where it is found. */
static bool open_image(const struct found *found)
{
	uint64_t table = golang_section_table();

	return (table && go_image_open(&image, found->base + table)) || go_image_open(&image, 0);
}

static bool patch(const struct found *found)
{
	struct go_site calls[GO_CALLS_MAX];
	uint32_t n = open_image(found) ? go_image_calls(&image, calls) : 0;

	if (!n || !goroutine_learn(&image) || (!found->library && !golang_pointer_learn()) ||
	    !patch_begin(image.text))
		return false;
	address_comes = true;
	if (found->library && found->words)
		in_c_learn(found->words->p_memsz, found->words->p_align);
	state_set_threaded(); /* of threads that Go makes by itself libc knows nothing */
	for (uint32_t i = 0; i < n; i++)
		patch_call(&calls[i]);
	watch_tls();
	note_version();
	return true;
}

void golang_begin(void)
{
	struct found found = {false, false, 0};
	bool beside = tidy(); /* who did it knew what it is */

	if (state.off)
		return;
	dl_iterate_phdr(look_at_program, &found);
	if (!found.go && !beside)
		return;
	if (!patch(&found))
		decline();
	patch_end();
}
