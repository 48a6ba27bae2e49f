/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places in Go's code that can be made jumps: where it makes its system calls, and where crypto/tls begins
 * and ends a read or a write. Only code that reads byte for byte as it does in the versions that were looked
 * at (1.19 to 1.26) counts; where one thing is otherwise, nothing is given. Pure, as image.h.
 */
#ifndef CONNLEAK_GOIMAGE_CODE_H
#define CONNLEAK_GOIMAGE_CODE_H

#include "goimage/image.h"

struct go_site {
	uint64_t at;
	uint8_t size; /* bytes of whole instructions that can be moved: at least a jump's five, none of which
	                 depends on its place, and into which nothing jumps */
};

/* The SYSCALL instructions through which every call that a package makes goes, and that of exit. Returns how
 * many; 0: this is not the code that we know. `size` counts from SYSCALL itself. */
#define GO_CALLS_MAX 8u
uint32_t go_image_calls(const struct go_image *image, struct go_site to[GO_CALLS_MAX]);

/* Where a function (as go_image_functions() has found it) begins, behind its check of the stack, and every
 * place where it returns; the beginning is the first. 0: there is none, or it is not as we know it. */
#define GO_ENDS_MAX 32u
uint32_t go_image_ends(const struct go_image *image, const struct go_function *f,
		       struct go_site to[GO_ENDS_MAX]);

#endif
