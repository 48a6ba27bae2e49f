/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names for addresses in Go programs, by the line table that the runtime needs to unwind: so it is there
 * when the program was stripped and has no debugging information. Knows one ELF file, nothing of models.
 */
#ifndef CONNLEAK_GOLANG_H
#define CONNLEAK_GOLANG_H

#include <stdbool.h>
#include <stdint.h>

#include "goimage/image.h"

struct golang;

/* The file at `path`, if it is a Go program that goimage/ knows; else NULL. */
struct golang *golang_open(const char *path);
void golang_close(struct golang *g);

/* What is at an address of the ELF file's own, innermost first; returns how many, 0: none of Go's. The texts
 * are valid until golang_close(). */
uint32_t golang_places(const struct golang *g, uint64_t address, struct go_place *to, uint32_t max);

/* What goimage/ makes of the file, and the address of the program's first instruction in it. */
const struct go_image *golang_image(const struct golang *g);
uint64_t golang_entry(const struct golang *g);

/* Does the recorder know its way in the program at `path`? */
bool golang_known(const char *path);

/* Is this function, "net/http.(*Client).Get", of Go's own library, by the first word of its package? */
bool golang_library(const char *function, const char *file);

#endif
