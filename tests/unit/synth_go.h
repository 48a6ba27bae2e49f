/* SPDX-License-Identifier: Apache-2.0 */
/* A made-up Go program: a line table with two functions, a module, a struct type; as Go 1.19 or as 1.20 lays them out. */
#ifndef CONNLEAK_TEST_SYNTH_GO_H
#define CONNLEAK_TEST_SYNTH_GO_H

#include <string.h>

#include "goimage/image.h"

#define SYNTH_GO_AT 0x400000u  /* code, table, types: read only */
#define SYNTH_GO_SIZE 0x1000u
#define SYNTH_GO_TABLE 0x400100u
#define SYNTH_GO_TYPES 0x400800u
#define SYNTH_GO_TREE 0x400c00u
#define SYNTH_GO_DATA 0x500000u /* the module */
#define SYNTH_GO_DATA_SIZE 0x400u

struct synth_go {
	uint8_t bytes[SYNTH_GO_SIZE], data[SYNTH_GO_DATA_SIZE];
	struct go_image image;
};

static inline void synth_go_put(struct synth_go *s, uint32_t at, uint64_t value, size_t width)
{
	uint8_t *to = at >= SYNTH_GO_DATA ? s->data + (at - SYNTH_GO_DATA) : s->bytes + (at - SYNTH_GO_AT);

	memcpy(to, &value, width);
}

static inline void synth_go_text(struct synth_go *s, uint32_t at, const char *text)
{
	memcpy(s->bytes + (at - SYNTH_GO_AT), text, strlen(text) + 1);
}

/* A name of the type descriptors. */
static inline void synth_go_name(struct synth_go *s, uint32_t at, const char *name)
{
	synth_go_put(s, at + 1, strlen(name), 1);
	memcpy(s->bytes + (at + 2 - SYNTH_GO_AT), name, strlen(name));
}

/* main.outer at 0x400000 for 32 bytes, line 10, then from byte 8 on line 20 of what was inlined into it:
 * main.inner, called at byte 4. runtime.exit behind it, for 16 bytes. */
static inline void synth_go_table(struct synth_go *s, bool go120)
{
	const uint32_t t = SYNTH_GO_TABLE, names = 0x48, cutab = 0x80, files = 0x88, pctab = 0xa0, functab = 0x100;
	const uint32_t one = functab + 0x40, two = functab + 0xa0, fixed = go120 ? 44 : 40;

	synth_go_put(s, t, go120 ? 0xfffffff1 : 0xfffffff0, 4);
	synth_go_put(s, t + 4, 0x08010000, 4);
	synth_go_put(s, t + 8, 2, 8);
	synth_go_put(s, t + 32, names, 8);
	synth_go_put(s, t + 40, cutab, 8);
	synth_go_put(s, t + 48, files, 8);
	synth_go_put(s, t + 56, pctab, 8);
	synth_go_put(s, t + 64, functab, 8);
	synth_go_text(s, t + names + 1, "main.outer");
	synth_go_text(s, t + names + 16, "main.inner");
	synth_go_text(s, t + names + 32, "runtime.exit");
	synth_go_put(s, t + cutab, 0, 4);
	synth_go_put(s, t + cutab + 4, 10, 4);
	synth_go_text(s, t + files, "a/main.go");
	synth_go_text(s, t + files + 10, "b/inner.go");
	memcpy(s->bytes + (t + pctab - SYNTH_GO_AT), "\0"
	       "\x16\x08\x14\x18\0" /* 1: line: -1+11 = 10 for 8, 20 for 24 */
	       "\x02\x08\x02\x18\0" /* 6: file: 0, then 1 */
	       "\0\x08\x02\x18\0", 16); /* 11: inlined: -1, then 0 */
	for (uint32_t i = 0; i < 3; i++) {
		static const uint32_t starts[] = {0, 32, 48};

		synth_go_put(s, t + functab + i * 8, starts[i], 4);
		synth_go_put(s, t + functab + i * 8 + 4, (i ? two : one) - functab, 4);
	}
	synth_go_put(s, t + one + 4, 1, 4);
	synth_go_put(s, t + one + 20, 6, 4);
	synth_go_put(s, t + one + 24, 1, 4);
	synth_go_put(s, t + one + 28, 3, 4);
	synth_go_put(s, t + one + fixed - 1, 4, 1);
	synth_go_put(s, t + one + fixed + 8, 11, 4);
	synth_go_put(s, t + one + fixed + 12 + 12, 0, 4);
	synth_go_put(s, t + two + 4, 32, 4);
	synth_go_put(s, SYNTH_GO_TREE + (go120 ? 4 : 12), 16, 4);
	synth_go_put(s, SYNTH_GO_TREE + (go120 ? 8 : 16), 4, 4);
}

/* runtime.g with goid at 152; a decoy of the same name in another package before it. */
static inline void synth_go_types(struct synth_go *s)
{
	const uint32_t names = SYNTH_GO_TYPES + 0x200;

	synth_go_name(s, names, "*runtime.g");
	synth_go_name(s, names + 0x20, "runtime");
	synth_go_name(s, names + 0x40, "goid");
	synth_go_name(s, names + 0x60, "other/runtime");
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t at = SYNTH_GO_TYPES + 64 + i * 160, field = at + 96;

		synth_go_put(s, at, 440, 8);
		synth_go_put(s, at + 20, 2, 1);
		synth_go_put(s, at + 23, 25, 1);
		synth_go_put(s, at + 40, 0x200, 4);
		synth_go_put(s, at + 48, names + (i ? 0x20 : 0x60), 8);
		synth_go_put(s, at + 56, field, 8);
		synth_go_put(s, at + 64, 1, 8);
		synth_go_put(s, at + 72, 1, 8);
		synth_go_put(s, field, names + 0x40, 8);
		synth_go_put(s, field + 16, i ? 152 : 16, 8);
	}
}

/* Pointers to both, which the linker lists by what they are called. */
static inline void synth_go_links(struct synth_go *s, uint32_t slice)
{
	const uint32_t links = SYNTH_GO_TYPES + 0x380;

	for (uint32_t i = 0; i < 2; i++) {
		uint32_t at = 0x2a0 + i * 0x60;

		synth_go_put(s, SYNTH_GO_TYPES + at + 23, 22, 1);
		synth_go_put(s, SYNTH_GO_TYPES + at + 40, 0x200, 4);
		synth_go_put(s, SYNTH_GO_TYPES + at + 48, SYNTH_GO_TYPES + 64 + i * 160, 8);
		synth_go_put(s, links + i * 4, at, 4);
	}
	synth_go_put(s, slice, links, 8);
	synth_go_put(s, slice + 8, 2, 8);
	synth_go_put(s, slice + 16, 2, 8);
}

static inline void synth_go(struct synth_go *s, bool go120)
{
	const uint32_t m = SYNTH_GO_DATA + 64, types = m + 8 + 6 * 24 + 3 * 8 + 16 + 64 + (go120 ? 16 : 0) + 24;

	memset(s, 0, sizeof *s);
	synth_go_table(s, go120);
	synth_go_types(s);
	synth_go_put(s, m, SYNTH_GO_TABLE, 8);
	synth_go_put(s, m + 160, SYNTH_GO_AT, 8);
	synth_go_put(s, m + 168, SYNTH_GO_AT + 48, 8);
	synth_go_put(s, m + 176, SYNTH_GO_AT, 8);
	synth_go_put(s, m + 184, SYNTH_GO_AT + 48, 8);
	synth_go_put(s, types, SYNTH_GO_TYPES, 8);
	synth_go_put(s, types + 8, SYNTH_GO_TREE, 8);
	synth_go_put(s, types + 24, SYNTH_GO_TREE, 8);
	synth_go_links(s, types + 56);
	memcpy(s->data, "\xff Go buildinf:\x08\x02", 16); /* before the module */
	memcpy(s->data + 0x20, "\x08go1.24.4", 9);
	s->image.count = 2;
	s->image.segments[0] = (struct go_segment){SYNTH_GO_AT, SYNTH_GO_AT + SYNTH_GO_SIZE, s->bytes, false};
	s->image.segments[1] = (struct go_segment){SYNTH_GO_DATA, SYNTH_GO_DATA + SYNTH_GO_DATA_SIZE, s->data, true};
}

#endif
