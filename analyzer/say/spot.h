/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A spot: where somebody would look who was told of a call site, for the formats that other tools
 * read. Knows stacks and symbols, no connections.
 */
#ifndef CONNLEAK_SPOT_H
#define CONNLEAK_SPOT_H

#include "name/frames.h"

struct spot {
	struct frame_text frames[FRAMES_TEXT_MAX]; /* innermost first, without where every program begins */
	unsigned count;
	unsigned at; /* the one that tells; `count` is not 0 */
};

/* Of a stack (an index into model.stacks, or MODEL_NONE). The texts live as long as `symbols`. */
void spot_of(struct spot *to, const struct model *m, struct symbols *symbols, uint32_t stack);

/* Of one frame: its function, or "module+0x12" where it has no name. Terminated, cut to `size`. */
void spot_name(const struct frame_text *f, char *to, size_t size);

/* Where it is, as tools that know a source tree want it: relative to it. A build folder's "../", and the
 * working folder's path, are left out; Java's are looked for in the source roots of the working folder.
 * Without a source the module's path. */
const char *spot_path(const struct frame_text *f);

/* The same for the same place in another build: functions and the names of their files, from the one
 * that tells outwards; no address, no line, no folder. `salt` tells findings at one place apart. */
uint64_t spot_fingerprint(const struct spot *s, const char *salt);

#endif
