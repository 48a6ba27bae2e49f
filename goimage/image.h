/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a Go program says of itself, stripped or not: its functions, files and lines (the line table,
 * .gopclntab, which the runtime needs to unwind), the fields of its structs (type descriptors, which
 * allocation and reflection need), where its list of goroutines is. So nobody needs a table of Go's versions.
 *
 * The second thing that recorder and analyzer share: inside the program it reads the program's own memory,
 * in the analyzer a file that may be damaged or hostile. Every read is bounded by the segments that it was
 * given. Pure: no system call, no allocation, no global. Knows Go 1.19 to 1.26; what it does not know it
 * declines. Async-signal-safe.
 *
 * Source: runtime/symtab.go, runtime/type.go (since 1.21 internal/abi/type.go), cmd/link/internal/ld/pcln.go.
 */
#ifndef CONNLEAK_GOIMAGE_IMAGE_H
#define CONNLEAK_GOIMAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct go_segment {
	uint64_t start, end;  /* addresses, as the program has them */
	const uint8_t *bytes; /* what is at `start`, relocated */
	bool writable;
};

#define GO_SEGMENTS_MAX 16
#define GO_NAMES_KNOWN 4096 /* a power of two */

struct go_image {
	struct go_segment segments[GO_SEGMENTS_MAX];
	uint32_t count;
	uint64_t *known; /* GO_NAMES_KNOWN words, zeroed, the caller's: what go_image_name() answered; NULL none */

	/* found by go_image_open() */
	struct go_segment table; /* .gopclntab, and the rest of its segment */
	struct go_segment types; /* the type descriptors; empty: not found */
	uint64_t text, etext;    /* Go's functions; those of C are outside */
	uint64_t module;         /* runtime.firstmoduledata */
	uint64_t gofunc;         /* what FUNCDATA counts from; 0 unknown */
	const uint8_t *links;    /* runtime.typelinks: types without a name of their own, in order of their names */
	uint64_t linked;         /* how many; 0 unknown */
	uint32_t functions;      /* how many */
	uint32_t names, cutab, files, pctab, functab; /* parts of the table, from its start */
	bool go120;              /* the layout that came with 1.20 */
};

/* Wants segments and count. False: no Go that we know. `table`: where .gopclntab is, if the caller knows;
 * 0: it is looked for. */
bool go_image_open(struct go_image *image, uint64_t table);

/* "go1.24.4", as the linker wrote it down, not terminated; NULL unknown. */
const char *go_image_version(const struct go_image *image, size_t *size);

/* Where runtime.allgs is, a slice of pointers to goroutines; 0 unknown. In .bss, so perhaps in no segment. */
uint64_t go_image_goroutines(const struct go_image *image);

/* ---- functions -------------------------------------------------------------------------------------- */

struct go_function {
	const char *name;
	uint64_t start, end; /* 0: there is none of that name */
};

/* Fills in start and end, by one pass over all functions. Returns how many there are. */
uint32_t go_image_functions(const struct go_image *image, struct go_function *wanted, uint32_t count);

/* The name of the function at an address, without what was inlined into it; NULL: none of Go's. */
const char *go_image_name(const struct go_image *image, uint64_t address);

struct go_place {
	const char *function, *file; /* file: NULL unknown */
	int line;
	bool inlined; /* into the next one */
};

/* What is at an address, innermost first; returns how many, 0: none of Go's. For a return address ask
 * for the byte before it. */
uint32_t go_image_places(const struct go_image *image, uint64_t address, struct go_place *to, uint32_t max);

/* ---- types ------------------------------------------------------------------------------------------ */

struct go_field {
	const char *package, *type, *field; /* "net/http", "http.persistConn", "conn" */
	uint32_t offset;
	bool found;
};

/* Fills in offset and found: by the types that link to them, or in one pass over all. How many were found. */
uint32_t go_image_fields(const struct go_image *image, struct go_field *fields, uint32_t count);

/* Is the type whose descriptor is at `type` called so, "*net.TCPConn"? */
bool go_image_type_is(const struct go_image *image, uint64_t type, const char *name);

#endif
