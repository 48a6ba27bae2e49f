/* SPDX-License-Identifier: Apache-2.0 */
#include "goimage/code.h"

#include "goimage/read.h"

#if defined(__x86_64__)
#define JUMP 5u

static const uint8_t *code_of(const struct go_image *image, const struct go_function *f)
{
	return f->start && f->end - f->start < 1u << 20 ? go_look(image, f->start, f->end - f->start) : NULL;
}

/* ---- system calls -------------------------------------------------------------------------------------- */

/* Whole functions, from runtime/internal/syscall/asm_linux_amd64.s and runtime/sys_linux_amd64.s: the same
 * bytes in every known version. One that kept something in a register across its SYSCALL reads otherwise. */
struct shape {
	const char *bytes;
	uint8_t size, at, moved; /* where SYSCALL is, and what can be moved, with what fills the rest of the line */
};

static const struct shape gate = {"\x49\x89\xf2\x48\x89\xfa\x48\x89\xce\x48\x89\xdf\x0f\x05"
				  "\x48\x3d\x01\xf0\xff\xff\x76\x15"                     /* cmp rax, -4095; jbe */
				  "\x48\xf7\xd8\x48\x89\xc1\x48\xc7\xc0\xff\xff\xff\xff"
				  "\x48\xc7\xc3\x00\x00\x00\x00\xc3"
				  "\x48\x89\xd3\x48\xc7\xc1\x00\x00\x00\x00\xc3", 54, 12, 8};
static const struct shape leave = {"\x8b\x7c\x24\x08\xb8\xe7\x00\x00\x00\x0f\x05\xc3\xcc\xcc", 14, 9, 5};

static bool reads_as(const struct go_image *image, const struct go_function *f, const struct shape *as,
		     struct go_site *to)
{
	const uint8_t *code = code_of(image, f);

	if (!code || f->end - f->start < as->size || memcmp(code, as->bytes, as->size))
		return false;
	*to = (struct go_site){f->start + as->at, as->moved};
	return true;
}

uint32_t go_image_calls(const struct go_image *image, struct go_site to[GO_CALLS_MAX])
{
	enum { GATES = 3, EXIT = 3, COUNT };
	struct go_function f[COUNT] = {
		{"runtime/internal/syscall.Syscall6", 0, 0},        /* 1.19 to 1.22 */
		{"internal/runtime/syscall.Syscall6", 0, 0},        /* 1.23 to 1.25 */
		{"internal/runtime/syscall/linux.Syscall6", 0, 0},  /* 1.26 */
		{"runtime.exit", 0, 0},
	};
	uint32_t gates = 0, n = 0;

	go_image_functions(image, f, COUNT);
	for (uint32_t i = 0; i < GATES; i++)
		gates += f[i].start != 0;
	if (gates != 1 || !f[EXIT].start)
		return 0;
	for (uint32_t i = 0; i < COUNT; i++)
		if (f[i].start && !reads_as(image, &f[i], i < GATES ? &gate : &leave, &to[n++]))
			return 0;
	return n;
}

/* ---- beginning and end of a function ------------------------------------------------------------------- */

/* Behind the check of the stack: push rbp; mov rbp, rsp; sub rsp, x (since 1.21), or sub rsp, x;
 * mov [rsp+y], rbp. */
static uint32_t prologue(const uint8_t *c)
{
	static const uint8_t framed[] = {0x55, 0x48, 0x89, 0xe5, 0x48};

	if (memcmp(c, framed, sizeof framed) == 0 && c[6] == 0xec)
		return c[5] == 0x83 ? 8 : c[5] == 0x81 ? 11 : 0;
	if (c[0] != 0x48 || c[2] != 0xec)
		return 0;
	if (c[1] == 0x83 && c[4] == 0x48 && c[5] == 0x89 && c[6] == 0x6c && c[7] == 0x24)
		return 9;
	return c[1] == 0x81 && c[7] == 0x48 && c[8] == 0x89 && c[9] == 0xac && c[10] == 0x24 ? 7 : 0;
}

/* add rsp, x; since 1.21 pop rbp; ret. Before, rbp is loaded first, which stays where it is. */
static uint32_t epilogue(const uint8_t *c)
{
	uint32_t n = c[0] != 0x48 || c[2] != 0xc4 ? 0 : c[1] == 0x83 ? 4 : c[1] == 0x81 ? 7 : 0;

	if (n && c[n] == 0x5d)
		n++;
	return n && c[n] == 0xc3 ? n + 1 : 0;
}

uint32_t go_image_ends(const struct go_image *image, const struct go_function *f,
		       struct go_site to[GO_ENDS_MAX])
{
	const uint8_t *code = code_of(image, f);
	size_t room = f->end - f->start, at = 0, size;
	uint32_t n = 0;

	if (!code || room < 64)
		return 0;
	while (at < 40 && !prologue(code + at))
		at++;
	size = prologue(code + at);
	if (!size)
		return 0;
	to[n++] = (struct go_site){f->start + at, (uint8_t)size};
	for (at += size; at + 12 <= room; at++) {
		size = epilogue(code + at);
		if (size < JUMP)
			continue;
		if (n == GO_ENDS_MAX)
			return 0;
		to[n++] = (struct go_site){f->start + at, (uint8_t)size};
		at += size - 1;
	}
	return n > 1 ? n : 0;
}
#else
uint32_t go_image_calls(const struct go_image *image, struct go_site to[GO_CALLS_MAX])
{
	return 0;
}

uint32_t go_image_ends(const struct go_image *image, const struct go_function *f,
		       struct go_site to[GO_ENDS_MAX])
{
	return 0;
}
#endif
