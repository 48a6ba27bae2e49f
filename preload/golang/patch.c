/* SPDX-License-Identifier: Apache-2.0 */
#include "golang/patch.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "connleak/sys.h"
#include "golang/enter.h"

#define PAGE 4096u
#define STUB_MAX 64u

static uint8_t *stub, *stubs, *stubs_end;
static long memory = -1;

/* Away from what grows: the heap of brk lies behind a program's last segment, so far ways come first. A jump
 * reaches 2 GiB. */
static bool near_page(uint64_t text)
{
	for (uint64_t way = 1u << 30; way >= 1u << 20; way -= 1u << 20)
		for (int down = 1; down >= 0; down--) {
			uint64_t at = (down ? text - way : text + way) & ~(uint64_t)(PAGE - 1);
			long page;

			if (down && way + 65536 > text)
				continue;
			page = sys_call6(SYS_mmap, at, PAGE, PROT_READ | PROT_WRITE,
					 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
			if (page == (long)at) {
				stub = stubs = (uint8_t *)page;
				stubs_end = stubs + PAGE;
				return true;
			}
			if (page > 0) /* an older kernel takes the address for a hint */
				sys_call2(SYS_munmap, page, PAGE);
		}
	return false;
}

bool patch_open(void)
{
	memory = sys_call4(SYS_openat, AT_FDCWD, "/proc/self/mem", O_RDWR | O_CLOEXEC, 0);
	return memory >= 0;
}

bool patch_begin(uint64_t text)
{
	return patch_open() && near_page(text);
}

static void put(uint8_t **to, const void *bytes, size_t n)
{
	memcpy(*to, bytes, n);
	*to += n;
}

static void put_jump(uint8_t **to, uint64_t from, uint64_t target)
{
	int32_t far = (int32_t)(int64_t)(target - (from + 5));

	put(to, "\xe9", 1);
	put(to, &far, sizeof far);
}

/* The jump, and nops where the rest of the moved instructions was. */
static bool divert(const struct go_site *site, const uint8_t *target)
{
	uint8_t code[32], *p = code;

	put_jump(&p, site->at, (uint64_t)(uintptr_t)target);
	memset(p, 0x90, sizeof code - 5);
	return sys_call4(SYS_pwrite64, memory, code, site->size, site->at) == site->size;
}

/* `head`, then a jump to `target`, which comes back to what was moved, from `from` on. */
static bool make(const struct go_site *site, const void *head, size_t size, const char *target, uint32_t from)
{
	uint8_t *begin = stub, *p = stub;
	uint64_t address = (uint64_t)(uintptr_t)target;

	if (stub + STUB_MAX > stubs_end || site->size > 16 || site->size < 5)
		return false;
	put(&p, head, size);
	put(&p, "\xff\x25\x00\x00\x00\x00", 6); /* jmp [rip] */
	put(&p, &address, sizeof address);
	put(&p, (const uint8_t *)(uintptr_t)site->at + from, site->size - from);
	put_jump(&p, (uint64_t)(uintptr_t)p, site->at + site->size);
	stub = p;
	return divert(site, begin);
}

bool patch_call(const struct go_site *site)
{
	/* lea rcx, [rip + 14]: behind the jump */
	return make(site, "\x48\x8d\x0d\x0e\x00\x00\x00", 7, golang_gate, 2);
}

bool patch_watch(const struct go_site *site, uint32_t id)
{
	uint8_t head[13] = {0x41, 0xbd}; /* mov r13d, id; lea r12, [rip + 14] */

	memcpy(head + 2, &id, sizeof id);
	memcpy(head + 6, "\x4c\x8d\x25\x0e\x00\x00\x00", 7);
	return make(site, head, sizeof head, golang_watch, 0);
}

bool patch_target(uint64_t call, uint64_t target)
{
	uint8_t *begin = stub, *p = stub;
	int32_t far = (int32_t)((int64_t)(uintptr_t)begin - (int64_t)(call + 5));

	if (stub + STUB_MAX > stubs_end)
		return false;
	put(&p, "\xff\x25\x00\x00\x00\x00", 6); /* jmp [rip] */
	put(&p, &target, sizeof target);
	stub = p;
	return sys_call4(SYS_pwrite64, memory, &far, sizeof far, call + 1) == sizeof far;
}

bool patch_word(uint64_t at, uint64_t value)
{
	return sys_call4(SYS_pwrite64, memory, &value, sizeof value, at) == sizeof value;
}

void patch_end(void)
{
	if (memory >= 0)
		sys_call1(SYS_close, memory);
	memory = -1;
	if (stubs)
		sys_call3(SYS_mprotect, stubs, PAGE, PROT_READ | PROT_EXEC);
}
